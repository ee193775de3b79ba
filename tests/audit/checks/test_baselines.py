"""Baselines of reports and matrices, and of accuracies without either."""

from dataclasses import replace

from made_up_paper import claim, paper
from made_up_reports import report_paper, rows

from lib.audit.checks.baselines import check_baselines
from lib.audit.exact import search
from lib.audit.exact.agreement import kappa
from lib.audit.solved_reports import solve_reports
from lib.papers.declare import Assumed, Stated, confusion_matrix

MATRIX = [[30, 10], [5, 55]]


def _check(made) -> dict:
    return {finding.topic: finding for finding in check_baselines(made, solve_reports(made))}


def test_a_report_is_told_with_its_baselines():
    found = _check(report_paper(rows(MATRIX, 4)))["Baselines of Table 1"]
    assert found.outcome == "consistent"
    assert found.arithmetic == (
        "always b: 0.600; accuracy 0.850; balanced accuracy 0.833; Cohen's kappa 0.681; Matthews' "
        "correlation 0.685; 95 % interval of the accuracy [0.767, 0.907]"
    )
    assert found.printed == ("a: 40 (Table 1)", "b: 60 (Table 1)")
    assert "right for 60.0 % of them" in found.sentence
    assert found.sentence.endswith("it may be right for 76.7 % to 90.7 %.")


def test_no_interval_is_drawn_from_training_images():
    found = _check(report_paper(rows(MATRIX, 4), part="train"))["Baselines of Table 1"]
    assert "interval" not in found.arithmetic
    assert "it was trained on" in found.sentence


def test_a_network_no_better_than_the_most_frequent_class_is_undetermined():
    found = _check(report_paper(rows([[10, 30], [5, 55]], 4)))["Baselines of Table 1"]
    assert found.outcome == "undetermined"
    assert "not surely better" in found.sentence


def test_several_solutions_give_ranges():
    found = _check(report_paper(rows([[950, 25], [30, 995]])))["Baselines of Table 1"]
    assert "kappa 0.9" in found.arithmetic
    assert " … 0.9" in found.arithmetic.split("kappa")[1].split(";")[0]


def test_a_matrix_is_told_in_place_of_the_report_it_gives():
    cells = confusion_matrix(
        {"a": {"a": "30", "b": "10"}, "b": {"a": "5", "b": "55"}}, where="Fig. 2", arm="net"
    )
    assert list(_check(report_paper(rows(MATRIX), claims=cells))) == [
        "Baselines of the confusion matrix"
    ]
    other = report_paper(rows([[31, 9], [5, 55]]), claims=cells)
    assert list(_check(other)) == ["Baselines of Table 1", "Baselines of the confusion matrix"]


def test_accuracies_without_a_report_stand_beside_the_largest_class():
    counts = {"cat": Stated("686", "§1"), "dog": Assumed("314", "counted")}
    made = paper(claims=[claim("accuracy", "0.69"), claim("loss", "0.5", unit="loss")])
    made = replace(made, dataset=replace(made.dataset, counts=counts))
    (found,) = check_baselines(made, [])
    assert found.outcome == "undetermined"  # 0.69 may be 0.685
    assert (
        "686 of all 1,000 images = 0.686; the numbers of the classes are assumed"
        in found.arithmetic
    )
    better = replace(made, claims=(claim("accuracy", "0.70"),))
    assert next(check_baselines(better, [])).outcome == "consistent"


def test_ranges_are_those_of_all_solutions_and_not_of_the_first_thousand():
    large = [[625, 20, 20], [20, 624, 20], [20, 20, 624]]
    made = report_paper(rows(large))
    (solved,) = solve_reports(made)
    assert solved.solutions.count > len(solved.solutions.found)
    least, most = solved.solutions.ranges["kappa"]
    found = _check(made)["Baselines of Table 1"]
    assert f"Cohen's kappa {least:.3f} … {most:.3f}" in found.arithmetic
    kept = [kappa(margins) for margins in solved.solutions.found]
    assert most > max(kept)


def test_scores_of_a_search_that_was_given_up_are_not_told(monkeypatch):
    monkeypatch.setattr(search, "MOST_STEPS", 3000)
    large = [[625, 20, 20], [20, 624, 20], [20, 20, 624]]
    monkeypatch.setattr(search.solve, "__defaults__", (None, 3000))
    found = _check(report_paper(rows(large)))["Baselines of Table 1"]
    assert "other scores: not checkable" in found.arithmetic
    assert "kappa" not in found.arithmetic
