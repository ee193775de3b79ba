"""Each check sees the kinds of numbers that it holds for."""

from made_up_paper import claim, paper

from lib.audit.all_checks import findings_of
from lib.audit.claims import single_evaluations
from lib.audit.solved_reports import solve_reports
from lib.papers.declare import Claim, Kind


def _outcomes(accuracy: Claim) -> dict[str, str]:
    made = paper(claims=[accuracy, claim("support", "160", unit="count")])
    solved = solve_reports(single_evaluations(made))
    return {finding.check: finding.outcome for finding in findings_of(made, solved)}


def test_a_mean_is_no_share_of_the_test_images():
    assert _outcomes(claim("accuracy", "0.6201"))["accuracy"] == "impossible"
    mean = _outcomes(claim("accuracy", "0.6201", kind=Kind(mean_over="folds", times=5)))
    assert mean["means"] == "not checkable"
    assert "accuracy" not in mean
