"""Tables of differences between arms and between protocols: cells, captions, and the sentence below."""

import made_up_paper as made_up
import made_up_runs
import pytest
from report_html import caption, cells, columns, page

from lib.report.leaks import missed_copies
from lib.report.sections.comparisons import comparison_table, protocol_table
from lib.results import Comparison, Results

MARK = "Synthetic images"


# Arm against arm


def _comparison(arm: str = "a", versus: str = "b", **changes) -> Comparison:
    values = {
        "protocol": "published",
        "mean": 0.05,
        "low": 0.01,
        "high": 0.0905,
        "family_low": -0.002,
        "family_high": 0.11,
        "family": 3,
        "p": 0.0312,
        "p_family": 0.0936,
        "per_seed": [0.04, 0.06],
        "method": "bootstrap 95 %, resampling images",
    }
    return Comparison(arm=arm, versus=versus, **values | changes)


def _compared(*comparisons: Comparison, arms: str = "abc", failed: str = "") -> Results:
    """All `arms` learnt but those in `failed`."""
    learning = [
        made_up_runs.learning(name, outcome="one answer" if name in failed else "learnt")
        for name in arms
    ]
    return Results.model_construct(
        learning=learning,
        models=[made_up.model(name) for name in arms],
        comparisons=list(comparisons),
        data=made_up.data(kind="phantom", group_noun="patient <1>"),
        grouping=made_up_runs.grouping(),
    )


def test_every_pair_of_arms_has_its_difference_both_intervals_and_both_p():
    other = _comparison("a", "c", mean=-0.2, low=-0.3, high=-0.1, p=0.0004, p_family=0.0012)
    shown = comparison_table(_compared(_comparison(), other))
    assert columns(shown) == [
        *("Model", "Minus", "Protocol", "Difference", "All together", "p", "p, Holm")
    ]
    ours = ["a", "b", "published", "+0.050 [+0.010, +0.090]", "[-0.002, +0.110]", "0.031", "0.094"]
    assert cells(shown)[0] == ours
    assert cells(shown)[1][3:] == [
        *("-0.200 [-0.300, -0.100]", "[-0.002, +0.110]", "< 0.001", "0.001")
    ]
    assert len(page(shown).select("td.number")) == 2 * 4


def test_the_caption_names_the_test_the_family_and_what_is_corrected():
    text = caption(comparison_table(_compared(_comparison())))
    assert text.startswith(f"{MARK}. Accuracy of one trained model minus that of another")
    assert "(bootstrap 95 %, resampling images)" in text
    assert "all 3 of the run" in text
    assert "(Bonferroni)" in text
    assert "McNemar's exact test" in text
    assert "twice the median over seeds" in text
    assert "corrected for 3 tests" in text


def test_one_comparison_and_one_seed_need_no_correction():
    alone = _comparison(family=1, per_seed=[0.05])
    text = caption(comparison_table(_compared(alone, arms="ab")))
    assert "McNemar's exact test" in text
    for word in ("Bonferroni", "Holm", "median", "chance"):
        assert word not in text


def test_groups_leave_no_p_and_the_caption_says_why():
    comparison = _comparison(p=None, p_family=None, method="bootstrap 95 %, resampling patients")
    shown = comparison_table(_compared(comparison))
    assert columns(shown)[-1] == "All together"
    assert len(cells(shown)[0]) == 5
    text = caption(shown)
    assert "No p-value: images of one patient <1> are not independent." in text
    assert "McNemar" not in text


def test_probes_have_no_place_among_the_arms():
    probe = _comparison("a", "colour")
    assert comparison_table(_compared(probe)).html == ""
    shown = comparison_table(_compared(probe, _comparison()))
    assert [row[1] for row in cells(shown)] == ["b"]


def test_an_arm_that_did_not_learn_is_compared_with_none():
    comparisons = [_comparison("a", "b"), _comparison("a", "c"), _comparison("b", "c")]
    shown = comparison_table(_compared(*comparisons, failed="b"))
    assert [row[:2] for row in cells(shown)] == [["a", "c"]]
    assert page(shown).p.get_text().startswith("No comparison for b, which is not shown")
    alone = comparison_table(_compared(*comparisons, failed="bc"))
    assert [tag.name for tag in page(alone).find_all()] == ["p"]


def test_one_arm_alone_has_no_table():
    assert comparison_table(_compared(arms="a")).html == ""


# Protocols


def _both(*gaps, names=("published", "grouped"), trained: int = 80, **changes):
    """A run whose arms have 0.9 under `published` and less by their gap under `grouped`."""
    arms = [gap.arm for gap in gaps]
    scores = [
        made_up_runs.accuracy(value, value - 0.1, value + 0.1, arm=gap.arm, protocol=name)
        for gap in gaps
        for name, value in (("grouped", 0.9 - gap.mean), ("published", 0.9))
    ]
    folds = [
        made_up_runs.fold(
            protocol=name,
            fold=fold,
            train={"cat": 30, "dog": (80 if name == "published" else trained) - 30 + extra},
        )
        for name in names
        for fold, extra in enumerate((0, 2))
    ]
    values = {
        "data": made_up.data(kind="phantom"),
        "grouping": made_up_runs.grouping(noun="photo <1>", units=40),
        "scores": scores,
        "folds": folds,
        "gaps": list(gaps),
    }
    return made_up_runs.results(*arms, **values | changes)


def _sentence(results) -> str:
    return " ".join(tag.get_text() for tag in page(protocol_table(results)).find_all("p"))


def test_every_arm_and_variant_stands_under_each_protocol_with_its_difference():
    gaps = [made_up_runs.gap(0.1, 0.3), made_up_runs.gap(0.15, 0.45, "net-native")]
    shown = protocol_table(_both(*gaps))
    assert columns(shown) == ["Model", "published", "grouped", "Difference"]
    assert cells(shown) == [
        ["net", "0.900 [0.800, 1.000]", "0.700 [0.600, 0.800]", "+0.200 [+0.100, +0.300]"],
        ["net-native", "0.900 [0.800, 1.000]", "0.600 [0.500, 0.700]", "+0.300 [+0.150, +0.450]"],
    ]
    assert len(page(shown).select("td.number")) == 6
    text = caption(shown)
    assert text.startswith(f"{MARK}. Test accuracy by protocol")
    assert "no photo <1> on both sides" in text
    assert "A model was trained on 81 and 81 images on average." in text


def test_the_caption_tells_what_the_interval_of_the_difference_allows_for():
    allowed = "allows for which cells are tested, fold and"
    data = made_up.data(group_noun="cell", groups=40)
    several = made_up_runs.gap(0.1, 0.3)
    assert f"{allowed} seed." in caption(protocol_table(_both(several, data=data)))
    single = made_up_runs.gap(0.1, 0.3, parts={"groups": 0.1, "folds": 0.0, "epochs": 0.1})
    settings = {"seeds": [3], "choices": True}
    shown = protocol_table(_both(single, data=data, settings=settings))
    assert f"{allowed} last epoch." in caption(shown)


def test_an_arm_that_did_not_learn_has_scores_and_no_difference():
    gaps = [made_up_runs.gap(0.1, 0.3), made_up_runs.gap(0.2, 0.4, "other")]
    learning = [
        made_up_runs.learning(arm, name, outcome=outcome)
        for arm, outcome in (("net", "learnt"), ("other", "one answer"))
        for name in ("published", "grouped")
    ]
    results = _both(*gaps, learning=learning)
    assert [row[-1] for row in cells(protocol_table(results))] == ["+0.200 [+0.100, +0.300]", "–"]
    assert "costs net 0.200" in _sentence(results)
    assert "other" not in _sentence(results)


def test_a_split_by_look_is_called_so_in_table_and_caption():
    grouping = made_up_runs.grouping(basis="search", noun="picture")
    searched = made_up_runs.look_alikes(pairs=20)
    shown = protocol_table(
        _both(made_up_runs.gap(0.1, 0.3), grouping=grouping, look_alikes=searched)
    )
    assert columns(shown)[2] == "by-look"
    assert "grouped" not in page(shown).get_text()
    assert missed_copies(_both(grouping=grouping, look_alikes=searched)) in page(shown).get_text()


@pytest.mark.parametrize(
    ("names", "run"),
    [
        (("published",), "published protocol was"),
        (("grouped",), "grouped protocol was"),
        (("official", "grouped"), "official and grouped protocols were"),
    ],
)
def test_without_both_protocols_a_sentence_says_why(names, run):
    assert protocol_table(_both(names=names)).html == (
        f"<p>Only the {run} run: the setting protocols names no other.</p>"
    )


def test_what_hinders_a_grouped_split_is_said():
    hindered = made_up_runs.grouping(units=None, hindrance="all images of <cat> come from one")
    results = _both(names=("published",), grouping=hindered)
    assert protocol_table(results).html == (
        "<p>Only the published protocol was run: all images of &lt;cat&gt; come from one.</p>"
    )
