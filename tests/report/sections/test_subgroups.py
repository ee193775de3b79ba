"""The table of subgroups: its cells, and the sentence about which of them differ."""

from dataclasses import replace

import made_up_paper as made_up
import made_up_runs
import pytest
from report_html import cells, columns, page

from lib.papers.declare import Attribute
from lib.report.sections.subgroups import subgroup_table
from lib.results import Results, Subgroup

MARK = "Synthetic images"
ZOOM = Attribute(name="zoom", pattern="x", where="file names")
SIDE = Attribute(name="side", pattern="x", where="a list of films")


def paper(*attributes: Attribute, arms=("net",)):
    made = made_up.paper(*map(made_up.arm, arms))
    return replace(made, dataset=replace(made.dataset, subgroups=attributes))


def group(value: str, mean: float, low: float, high: float, **changes) -> Subgroup:
    """A value of "zoom" with 8 images of 6 patients, unless `changes` say otherwise."""
    fields = {"name": "zoom", "images": 8, "groups": 6}
    fields |= {key: changes.pop(key) for key in list(changes) if key in fields}
    score = made_up.score(mean, low=low, high=high, **changes)
    return Subgroup(value=value, accuracy=score, **fields)


def record(scores, subgroups, *silent: str) -> Results:
    """A record as far as scores and subgroups go; the arms `silent` give one answer."""
    learning = [
        made_up_runs.learning(
            score.arm, score.protocol, outcome="one answer" if score.arm in silent else "learnt"
        )
        for score in scores
    ]
    return Results.model_construct(
        scores=scores,
        subgroups=subgroups,
        data=made_up.data(kind="phantom"),
        models=[],
        learning=learning,
        grouping=made_up_runs.grouping(),
    )


def show(subgroups, *attributes, arms=("net",), whole=0.8, protocol="published", silent=()):
    scores = [made_up.score(whole, low=0.7, high=0.9, arm=arm, protocol=protocol) for arm in arms]
    shown = subgroup_table(
        paper(*attributes or (ZOOM,), arms=arms), record(scores, subgroups, *silent)
    )
    return page(shown)


def sentence(table) -> str:
    return table.p.get_text()


SAME = group("40×", 0.75, 0.6, 0.85)


def test_every_value_stands_below_all_test_images_with_images_groups_and_interval():
    table = show([SAME, group("L", 0.5, 0.4, 0.69, name="side")], ZOOM, SIDE)
    assert columns(table) == [
        "Subgroup",
        "Value",
        "Images",
        "Patients",
        "net",
    ]
    assert cells(table) == [
        ["–", "all test images", "–", "–", "0.800 [0.700, 0.900]"],
        ["zoom", "40×", "8", "6", "0.750 [0.600, 0.850]"],
        ["side", "L", "8", "6", "0.500 [0.400, 0.690] ↓"],
    ]
    caption = table.caption.get_text()
    assert caption.startswith(f"{MARK}. Accuracy on the test images of each subgroup")
    assert caption.endswith("Source: zoom: file names; side: a list of films.")
    (alone,) = cells(show([SAME], ZOOM))[1:]
    assert alone == ["40×", "8", "6", "0.750 [0.600, 0.850]"]  # the caption names the subgroup


def test_a_value_differs_where_its_interval_does_not_overlap_that_of_all_images():
    subgroups = [
        group("below", 0.5, 0.4, 0.69),
        group("touching", 0.65, 0.6, 0.7),
        group("above", 0.95, 0.91, 1.0),
        group("low", 0.1, 0.0, 0.2),
    ]
    table = show(subgroups)
    assert [row[-1][-1] for row in cells(table)[1:]] == ["↓", "]", "↑", "↓"]
    assert sentence(table) == (
        "Apart from all test images: net is lower on below, low; net is higher on above."
    )


def test_where_every_interval_holds_it_a_sentence_says_that_none_differs():
    table = show([SAME, group("100×", 0.8, 0.7, 0.9)])
    assert sentence(table) == "No subgroup differs from all test images by its interval."


@pytest.mark.parametrize(("groups", "judged"), [(5, False), (6, True), (None, True)])
def test_a_value_of_few_groups_is_not_judged(groups, judged):
    few = group("few", 0.1, 0.0, 0.2, groups=groups)
    table = show([few, group("many", 0.1, 0.0, 0.2)])
    shown = "–" if groups is None else str(groups)
    assert cells(table)[1][2:] == [shown, "0.100 [0.000, 0.200]" + judged * " ↓"]
    assert sentence(table) == (
        f"Apart from all test images: net is lower on {judged * 'few, '}many."
        + (not judged) * " Values of fewer than 6 patients are not judged."
    )


def test_each_of_the_papers_arms_has_a_column_and_is_held_against_its_own_accuracy():
    subgroups = [
        group("40×", 0.5, 0.4, 0.6, arm="b"),
        group("40×", 0.7, 0.6, 0.9, arm="a"),
        group("40×", 0.0, 0.0, 0.1, arm="a-variant"),
        group("40×", 0.1, 0.0, 0.2, arm="a", protocol="grouped"),
    ]
    table = show(subgroups, arms=("a", "b"))
    assert columns(table)[-2:] == ["a", "b"]
    assert cells(table)[1:] == [["40×", "8", "6", "0.700 [0.600, 0.900]", "0.500 [0.400, 0.600] ↓"]]
    assert sentence(table) == "Apart from all test images: b is lower on 40×."


def test_an_arm_that_did_not_learn_has_no_column():
    subgroups = [group("40×", 0.5, 0.4, 0.6, arm=arm) for arm in "ab"]
    table = show(subgroups, arms=("a", "b"), silent=("a",))
    assert columns(table)[-1] == "b"
    assert sentence(table) == (
        "Apart from all test images: b is lower on 40×. No scores of subgroups for a, which is not "
        "shown to have learnt."
    )
    table = show(subgroups, arms=("a", "b"), silent=("a", "b"))
    assert table.table is None
    assert "for a and b, which are not shown to have learnt" in sentence(table)


def test_the_caption_names_a_protocol_that_is_not_the_papers():
    table = show([group("40×", 0.7, 0.6, 0.9, protocol="grouped")], protocol="grouped")
    assert table.caption.get_text().endswith(" Protocol: grouped.")


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ((ZOOM, SIDE), "the paths of these images tell no zoom or side that divides them."),
        ((), "no file name of this paper's images is known to tell more than the class."),
    ],
)
def test_a_sentence_says_why_there_are_none(attributes, expected):
    results = record([made_up.score(0.8)], [])
    table = page(subgroup_table(paper(*attributes), results))
    assert (table.get_text(), table.table) == (f"{MARK}. No subgroups: {expected}", None)
