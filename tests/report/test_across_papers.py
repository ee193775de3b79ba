"""All papers beside each other: which rows there are, what stands in them, which are marked."""

from dataclasses import replace

import made_up_paper as made_up
import made_up_runs
import pytest
from bs4 import BeautifulSoup
from made_up_measurements import ARM, SLUG, kept, run
from report_html import page

from lib import papers
from lib.report.across_papers import (
    MARKS,
    accuracy_overview,
    collect_measurements,
    missing_papers,
)
from lib.report.plots import GROUPED, PUBLISHED


def table_rows(block) -> list[dict[str, str]]:
    """By heading; what stands in front under "Model"."""
    return [
        {"Model": line.th.get_text(" ", strip=True)}
        | {cell["data-column"]: cell.get_text(" ", strip=True) for cell in line.select("td")}
        for line in page(block).select("tbody tr")
    ]


def overview(runs=(), references=(), **options):
    return accuracy_overview(collect_measurements(runs, references, **options))


def test_a_row_holds_printed_possible_published_and_grouped_accuracy():
    (row,) = table_rows(overview(references=[kept()]))
    assert row["Model"].startswith(f"{ARM} ")
    assert row["Model"].endswith(papers.load(SLUG).name)
    assert row["Images"].startswith("Cats of a neighbour 200 images, 5 seeds, paper profile, ")
    assert row["Printed"] == "91 %"
    assert row["Possible"] == "91 of 100 [0.838, 0.952]"
    assert row["Published split"] == "0.900 [0.880, 0.920]"
    assert row["Grouped split"] == "0.700 [0.600, 0.800]"
    assert row["Majority"] == "0.500"


def test_a_run_and_a_reference_of_the_same_numbers_have_the_same_row():
    of_run, of_reference = (
        table_rows(overview(**{name: [value]}))[0]
        for name, value in (("runs", run()), ("references", kept()))
    )
    assert of_run.pop("Images").startswith("Folder folder, other images than the paper's")
    del of_reference["Images"]
    assert of_run == of_reference


def test_papers_models_and_images_stand_in_order_and_variants_nowhere():
    kumar = run(
        slug="kumar_breakhis",
        arms=("resnet50v2", "vgg16", "vgg16-native"),
        models=[
            made_up.model("resnet50v2"),
            made_up.model("vgg16"),
            made_up.model("vgg16-native", variant_of="vgg16"),
        ],
    )
    rows = collect_measurements([run(), kumar], [kept()])
    assert [(row.paper.slug, row.arm, row.images) for row in rows] == [
        ("kumar_breakhis", "vgg16", rows[0].images),
        ("kumar_breakhis", "mobilenetv3", ""),  # not measured
        ("kumar_breakhis", "resnet50v2", rows[0].images),
        (SLUG, ARM, "Cats of a neighbour"),
        (SLUG, ARM, rows[0].images),
    ]
    unmeasured = table_rows(accuracy_overview(rows))[1]
    assert (unmeasured["Images"], unmeasured["Printed"]) == ("not measured", "0.811526")
    assert unmeasured["Published split"] == "–"


def test_a_borrowed_model_has_no_printed_number():
    arm = "kumar_breakhis/vgg16"
    (_, row) = collect_measurements([run(arms=(arm,))], [])
    assert (row.arm, row.printed, row.attainable) == (arm, None, None)


def test_drawn_images_have_a_marked_table_of_their_own_folded_away_beside_real_ones():
    block = page(overview([run("phantom")], [kept()]))
    real, drawn = block.select("table")
    assert real.select_one("caption .mark").get_text() == "Substitute images, not the paper's."
    assert drawn.select_one("caption .mark").get_text() == "Synthetic images."
    assert drawn.find_parent("details") is not None
    assert "Drawn by a program" in drawn.get_text()
    assert "Drawn by a program" not in real.get_text()


def test_drawn_images_alone_stand_in_one_marked_table_with_the_models_that_were_not_measured():
    shown = overview([run("phantom", slug="kumar_breakhis", arms=("vgg16",))])
    assert page(shown).select_one("caption .mark").get_text() == "Synthetic images."
    assert not page(shown).select("details")
    images = [row["Images"] for row in table_rows(shown)]
    assert images[0].startswith("Drawn by a program")
    assert images[1:] == ["not measured"] * 2


def test_images_of_two_kinds_have_no_mark_together_but_each_row_says_its_own():
    block = overview([run("exact")], [kept()])
    assert not page(block).select("caption .mark")
    _, of_run = table_rows(block)
    assert "the paper's own" in of_run["Images"]
    assert "other images" not in of_run["Images"]


@pytest.mark.parametrize(
    ("basis", "remark"),
    [
        ("known groups", ""),
        ("partly known groups", " partly grouped"),
        ("search", " by-look"),
        ("near-duplicates", " by-look"),
    ],
)
def test_a_grouped_score_says_where_groups_are_not_all_known(basis, remark):
    (row,) = table_rows(overview(references=[kept(grouping=made_up_runs.grouping(basis=basis))]))
    assert row["Grouped split"] == f"0.700 [0.600, 0.800]{remark}"


def test_a_model_that_is_not_above_the_majority_is_said_to_be_so():
    learning = [
        made_up_runs.learning(ARM, protocol, outcome=outcome)
        for protocol, outcome in (("published", "learnt"), ("grouped", "one answer"))
    ]
    (row,) = table_rows(overview([run(learning=learning)]))
    assert "learnt" not in row["Published split"]
    assert row["Grouped split"].endswith("not shown to have learnt")
    test = {"cat": 32, "dog": 8}  # 0.80 are cats
    folds = [
        made_up_runs.fold(protocol=name, train={"cat": 90, "dog": 70}, test=test)
        for name in ("published", "grouped")
    ]
    (row,) = table_rows(overview(references=[kept(folds=folds)]))
    assert "learnt" not in row["Published split"]
    assert row["Grouped split"].endswith("not shown to have learnt")


def test_other_weights_and_a_run_out_of_date_are_told_in_the_row():
    stale = {SLUG: "keras 3.14 → <3.15>"}
    random = [made_up.model(ARM, used="random")]
    block = overview([run(models=random)], [kept()], stale=stale)
    of_reference, of_run = table_rows(block)
    assert "random weights" in of_run["Images"]
    assert of_run["Images"].endswith("out of date")
    assert "out of date" not in of_reference["Images"]
    assert page(block).select_one("[title]")["title"] == stale[SLUG]


def test_a_protocol_that_nobody_ran_has_no_column():
    (row,) = table_rows(overview(references=[kept(protocols=("published",))]))
    assert "Grouped split" not in row
    assert "Official split" not in row


def test_an_address_is_linked_where_there_is_one():
    rows = collect_measurements([run()], [])
    assert page(accuracy_overview(rows, {SLUG: "x/report.html"})).th.find_next("a")["href"] == (
        "x/report.html"
    )
    assert not page(accuracy_overview(rows)).select("a")


def test_with_nothing_at_all_a_sentence_says_what_to_run():
    block = page(overview())
    assert "python run_all.py" in block.get_text()
    assert not block.select("table")


# The strip


def strip(**options) -> BeautifulSoup:
    return page(overview(references=[kept(**options)])).select_one("svg.strip")


def test_what_a_strip_shows_stands_where_the_numbers_are():
    drawn = strip()
    majority, printed = drawn.select("line")[1:3]  # behind the axis
    published, grouped = drawn.select("polygon")
    ends = {name: float(drawn["width"]) * share for name, share in (("low", 0), ("high", 1))}
    middle = {
        name: sum(float(corner.split(",")[0]) for corner in mark["points"].split()) / 4
        for name, mark in (("published", published), ("grouped", grouped))
    }
    circle = float(drawn.circle["cx"])
    # In the order of the numbers: 0.500, 0.700, 0.900, 0.910; twice the distance for twice the difference.
    places = [float(majority["x1"]), middle["grouped"], middle["published"], circle]
    assert ends["low"] < places[0] < places[1] < places[2] < places[3] < ends["high"]
    assert places[2] - places[1] == pytest.approx(places[1] - places[0], abs=0.2)
    assert places[3] - places[2] == pytest.approx((places[1] - places[0]) / 20, abs=0.2)
    assert float(printed["x1"]) < circle < float(printed["x2"])


def test_a_strip_has_the_colours_of_the_figures():
    fills = [mark["fill"] for mark in strip().select("polygon")]
    assert fills == [PUBLISHED, GROUPED]
    assert {name: colour for name, (colour, _) in MARKS.items()}["published"] == PUBLISHED


# Papers without numbers


def test_a_paper_without_numbers_is_named_with_the_reason_or_what_to_run():
    rows = collect_measurements([], [kept()])
    lines = [
        line.get_text()
        for line in page(missing_papers(rows, {"kumar_breakhis": "Its last run <b>failed</b>."}))
    ]
    assert lines[0] == "kumar_breakhis: Its last run <b>failed</b>."
    others = set(papers.slugs()) - {"kumar_breakhis", SLUG}
    assert len(lines) == 1 + len(others)
    assert all(any(f"python run_all.py {slug}" in line for line in lines) for slug in others)
    assert not any(line.startswith(SLUG) for line in lines)


def test_of_no_paper_at_all_nothing_is_added_to_the_one_sentence():
    assert missing_papers([], {}).html == ""
    unmeasured = replace(collect_measurements([run()], [])[0], scores={})
    assert missing_papers([unmeasured], {}).html == ""
