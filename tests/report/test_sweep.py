"""The page of a sweep: its answer, its table, the matrix of models and tasks; and the same as CSV."""

import io

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from made_up_paper import model
from made_up_runs import data
from made_up_sweeps import failure, swept, swept_run

from lib.report.sweep import sweep_csv, sweep_page

GOOD, NEAR, POOR = "+" * 36 + "-" * 4, "+" * 35 + "-" * 5, "+" * 16 + "-" * 24


def page(sweep, **options) -> BeautifulSoup:
    return BeautifulSoup(sweep_page(sweep, **options), "html.parser")


def lead(soup) -> list[str]:
    return [item.get_text() for item in soup.select(".lead li")]


def cells(row) -> dict[str, str]:
    return {cell["data-column"]: cell.get_text(" ", strip=True) for cell in row.select("td")}


def three() -> list:
    return [
        swept_run({"epochs": epochs}, right) for epochs, right in ((1, POOR), (2, GOOD), (5, NEAR))
    ]


def test_the_answer_names_the_highest_and_what_it_is_told_from():
    about, flattery, intervals = lead(page(swept(*three())))
    assert "epochs=2 reached the highest accuracy, 0.900 [" in about
    assert "rule out 1 of the 2 others as the best, but not epochs=5." in about
    assert "flatters" in flattery
    assert "one seed" in intervals


@pytest.mark.parametrize(
    ("others", "words"),
    [
        ([POOR], " rule out the other as the best."),
        ([POOR, POOR], "rule out all 2 others as the best."),
        ([NEAR], "do not rule out the other as the best."),
        ([NEAR, NEAR], "rule out none of the 2 others as the best."),
    ],
)
def test_the_answer_says_all_none_and_the_only_other_one(others, words):
    sweep = swept(*(swept_run({"x": x}, right) for x, right in enumerate([GOOD, *others])))
    assert words in lead(page(sweep))[0]


def test_equal_accuracies_are_told_as_equal():
    sweep = swept(swept_run({"x": 1}, GOOD), swept_run({"x": 2}, GOOD))
    assert (
        "x=1 reached the highest accuracy, 0.900 [0.769, 0.960], as x=2 did."
        in lead(page(sweep))[0]
    )


def test_without_a_comparison_nothing_is_said_to_be_told_apart():
    other_seed = swept(swept_run({"x": 1}, GOOD), swept_run({"x": 2}, POOR, seeds=(1,)))
    assert "answered different test images" in lead(page(other_seed))[0]
    groups = "abcd" * 10
    few = swept(*(swept_run({"x": x}, right, groups=groups) for x, right in ((1, GOOD), (2, POOR))))
    assert "too few groups" in lead(page(few))[0]


def test_nothing_is_best_where_nothing_has_learnt_or_one_value_has_a_result():
    unlearnt = swept(*(swept_run({"x": x}, GOOD, unlearnt=("net",)) for x in (1, 2)))
    soup = page(unlearnt)
    assert "no value can be called best" in lead(soup)[0]
    assert len(lead(soup)) == 1
    assert "not shown to have learnt" in soup.select_one("#models td small").get_text()
    single = swept(swept_run({"x": 1}, GOOD), failures=(failure({"x": 2}),))
    assert "Only x=1 has a result" in lead(page(single))[0]


def test_several_models_are_named_with_their_values():
    sweep = swept(*(swept_run({"x": x}, {"net": POOR, "deep": GOOD}) for x in (1, 2)))
    assert "deep (x=1) reached" in lead(page(sweep))[0]


def test_a_row_a_run_with_what_it_is_behind():
    rows = page(swept(*three())).select("#models tbody tr")
    first, highest, near = map(cells, rows)
    assert (first["epochs"], first["Model"], first["Protocol"]) == ("1", "net", "published")
    assert first["Behind the highest"].startswith("0.500 [")
    assert highest["Behind the highest"] == "highest"
    assert "[−" in near["Behind the highest"]  # the interval reaches below 0
    assert (highest["Seeds"], highest["Tested"], highest["Images"]) == ("1", "40", "exact")
    assert rows[1].th.a["href"] == "made_up/epochs=2/report.html"


def test_every_column_sorts_and_is_named_in_the_cards_of_a_phone():
    soup = page(swept(*three(), failures=(failure({"epochs": 9}),)))
    names = [button.get_text() for button in soup.select("#models th > button")]
    for row in soup.select("#models tbody tr"):
        assert names == ["Paper", *(cell["data-column"] for cell in row.select("td"))]


def test_a_failure_is_a_row_with_its_reason_and_what_there_is_to_look_at():
    failed = failure({"epochs": 9}, "It <b>broke</b>.", links={"the notebook": "failed/n.ipynb"})
    soup = page(swept(*three(), failures=(failed,)))
    row = soup.select("#models tbody tr")[0]
    assert cells(row)["epochs"] == "9"
    assert "It <b>broke</b>." in cells(row)["Accuracy"]
    assert row.select_one("td a")["href"] == "failed/n.ipynb"


def test_a_sweep_in_which_all_failed_has_its_table_and_no_figure():
    soup = page(swept(failures=(failure({"x": 1}), failure({"x": 2}))))
    assert len(soup.select("#models tbody tr")) == 2
    assert not soup.select("img, .lead li")


def test_what_an_earlier_call_left_is_in_the_table_alone():
    soup = page(swept(*three(), swept_run({"epochs": 7}, GOOD, asked=False)))
    assert "earlier call" in cells(soup.select("#models tbody tr")[-1])["Run"]
    assert "epochs=7" not in " ".join(lead(soup))
    assert "7:" not in soup.select_one("img")["alt"]


def test_a_single_value_is_not_held_against_what_an_earlier_call_left():
    sweep = swept(swept_run({"x": 1}, POOR), swept_run({"x": 2}, GOOD, asked=False))
    assert "Only x=1 has a result, 0.400 [" in lead(page(sweep))[0]


def test_variants_are_for_programs_alone():
    models = [model("net"), model("net-native", variant_of="net")]
    right = {"net": POOR, "net-native": GOOD}
    sweep = swept(*(swept_run({"x": x}, right, models=models) for x in (1, 2)))
    soup = page(sweep)
    assert [cells(row)["Model"] for row in soup.select("#models tbody tr")] == ["net"] * 2
    assert "0.900" not in soup.get_text() + soup.select_one("img")["alt"]
    table = pd.read_csv(io.StringIO(sweep_csv(sweep)), keep_default_na=False)
    assert table["variant_of"].tolist() == ["", "net"] * 2


def test_drawn_images_and_random_weights_stand_above_the_answer_and_on_the_figure():
    random = model(used="random")
    runs = [swept_run({"x": x}, GOOD, data=data(kind="phantom"), models=[random]) for x in (1, 2)]
    soup = page(swept(*runs))
    drawn, weights = (line.get_text() for line in soup.select(".status"))
    assert "drew the images" in drawn
    assert "random weights" in weights
    assert "Synthetic images" in soup.select_one("figcaption .mark").get_text()


def arm_sweep():
    """Two papers' models, each on both papers' images."""
    return swept(
        swept_run({"arms": ["net"]}, {"net": GOOD}, slug="first"),
        swept_run({"arms": ["second/deep"]}, {"second/deep": POOR}, slug="first"),
        swept_run({"arms": ["first/net"]}, {"first/net": NEAR}, slug="second"),
        swept_run({"arms": ["deep"]}, {"deep": GOOD}, slug="second", unlearnt=("deep",)),
    )


def test_every_model_on_every_papers_images_is_a_matrix():
    soup = page(arm_sweep())
    table = soup.select_one("table.matrix")
    assert [head.get_text() for head in table.select("thead th")] == [
        "Model",
        "Task of first",
        "Task of second",
    ]
    rows = {row.th.get_text(): row.select("td") for row in table.select("tbody tr")}
    assert list(rows) == ["first/net", "second/deep"]
    on_first, on_second = rows["first/net"]
    assert on_first.b.get_text().startswith("0.900 [")
    assert on_first.a["href"] == "first/arms=['net']/report.html"
    assert on_second.b.get_text().startswith("0.875 [")
    below, unlearnt = rows["second/deep"]
    assert below.b is None
    assert unlearnt.b is None
    assert "not shown to have learnt" in unlearnt.get_text()


def test_models_are_named_with_the_paper_whose_recipe_they_have():
    soup = page(arm_sweep())
    text = " ".join(lead(soup))
    assert "first/net reached the highest accuracy" in text
    assert "recipe of its own paper" in text
    rows = soup.select("#models tbody tr")
    assert [cells(row)["Model"] for row in rows[:2]] == ["first/net", "second/deep"]


def test_the_page_leads_home_only_where_there_is_one():
    assert page(swept(*three()), home="../../index.html").select(".links a")
    assert not page(swept(*three())).select(".links a")


def test_the_table_for_programs_has_the_values_and_the_failures():
    sweep = swept(*three(), failures=(failure({"epochs": 9}, "It broke."),))
    table = pd.read_csv(io.StringIO(sweep_csv(sweep)))
    assert table["epochs"].tolist() == [1, 2, 5, 9]
    assert table["status"].tolist() == ["done"] * 3 + ["failed"]
    assert table["accuracy"].tolist()[:3] == [0.4, 0.9, 0.875]
    assert table["behind"].tolist()[:3] == pytest.approx([0.5, float("nan"), 0.025], nan_ok=True)
    assert table["best"].tolist()[:3] == [False, True, False]
    assert table["reason"].tolist()[3] == "It broke."
