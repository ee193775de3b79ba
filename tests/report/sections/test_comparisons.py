"""Tables of differences between arms and between protocols: cells, captions, and the sentence below."""

import made_up_paper as made_up
import pytest
from report_html import caption, cells, columns, page

from lib.report.sections.comparisons import comparison_table, protocol_table
from lib.results import Comparison, FoldCounts, Gap, Grouping, Results

MARK = "Synthetic images (phantoms)"


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


def _compared(*comparisons: Comparison, arms: str = "abc") -> Results:
    return Results.model_construct(
        models=[made_up.model(name) for name in arms],
        comparisons=list(comparisons),
        data=made_up.data(kind="phantom", group_noun="patient <1>"),
    )


def test_every_pair_of_arms_has_its_difference_both_intervals_and_both_p():
    other = _comparison("a", "c", mean=-0.2, low=-0.3, high=-0.1, p=0.0004, p_family=0.0012)
    shown = comparison_table(_compared(_comparison(), other))
    assert columns(shown) == [
        *("Arm", "Against", "Protocol", "Difference", "For the whole family", "p", "p, Holm")
    ]
    ours = ["a", "b", "published", "+0.050 [+0.010, +0.090]", "[-0.002, +0.110]", "0.031", "0.094"]
    assert cells(shown)[0] == ours
    assert cells(shown)[1][3:] == [
        *("-0.200 [-0.300, -0.100]", "[-0.002, +0.110]", "< 0.001", "0.001")
    ]
    assert len(page(shown).select("td.number")) == 2 * 4


def test_the_caption_names_the_test_the_family_and_what_is_corrected():
    text = caption(comparison_table(_compared(_comparison())))
    assert text.startswith(f"{MARK}. Arm against arm on the same test images")
    assert "(bootstrap 95 %, resampling images)" in text
    assert "There are 3 here" in text
    assert "(Bonferroni)" in text
    assert "McNemar's exact test" in text
    assert "twice the median over seeds" in text
    assert "raised for 3 tests" in text


def test_one_comparison_and_one_seed_need_no_correction():
    alone = _comparison(family=1, per_seed=[0.05])
    text = caption(comparison_table(_compared(alone, arms="ab")))
    assert "McNemar's exact test" in text
    for word in ("Bonferroni", "Holm", "median", "chance"):
        assert word not in text


def test_groups_leave_no_p_and_the_caption_says_why():
    comparison = _comparison(p=None, p_family=None, method="bootstrap 95 %, resampling patients")
    shown = comparison_table(_compared(comparison))
    assert columns(shown)[-1] == "For the whole family"
    assert len(cells(shown)[0]) == 5
    text = caption(shown)
    assert "No p-value: images of one patient <1> are not independent." in text
    assert "McNemar" not in text


def test_probes_have_no_place_among_the_arms():
    probe = _comparison("a", "colour")
    assert comparison_table(_compared(probe)).html == ""
    shown = comparison_table(_compared(probe, _comparison()))
    assert [row[1] for row in cells(shown)] == ["b"]


def test_one_arm_alone_has_no_table():
    assert comparison_table(_compared(arms="a")).html == ""


# Protocols


def _gap(mean: float, low: float, high: float, arm: str = "a") -> Gap:
    method = "bootstrap 95 %, resampling patients"
    return Gap(arm=arm, mean=mean, low=low, high=high, per_seed=[mean], method=method)


def _under(*gaps: Gap, names=("published", "grouped"), trained: int = 80, **grouping) -> Results:
    """A record as far as protocols go: published 0.9, grouped as much less as the gap says."""
    scores = [
        made_up.score(value, arm=gap.arm, protocol=name, low=value - 0.1, high=value + 0.1)
        for gap in gaps
        for name, value in (("grouped", 0.9 - gap.mean), ("published", 0.9))
    ]
    folds = [
        FoldCounts(
            protocol=name,
            seed=0,
            fold=fold,
            train={"cat": 30, "dog": (80 if name == "published" else trained) - 30 + extra},
            test={"cat": 1, "dog": 1},
            shared_groups=None,
            near_duplicates=0,
            look_alikes=None,
        )
        for name in names
        for fold, extra in enumerate((0, 2))
    ]
    values = {
        "basis": "known groups",
        "noun": "photo <1>",
        "units": 40,
        "joined": 0,
        "hindrance": "",
    }
    return Results.model_construct(
        scores=scores,
        folds=folds,
        gaps=list(gaps),
        grouping=Grouping(**values | grouping),
        data=made_up.data(kind="phantom"),
        models=[],
    )


def _sentence(results: Results) -> str:
    (tag,) = page(protocol_table(results)).find_all("p")
    return tag.get_text()


def test_every_arm_and_variant_stands_under_each_protocol_with_its_difference():
    results = _under(_gap(0.2, 0.1, 0.3), _gap(0.3, 0.15, 0.44, arm="a-native"))
    shown = protocol_table(results)
    assert columns(shown) == ["Arm", "published", "grouped", "Difference"]
    assert cells(shown) == [
        ["a", "0.900 [0.800, 1.000]", "0.700 [0.600, 0.800]", "+0.200 [+0.100, +0.300]"],
        ["a-native", "0.900 [0.800, 1.000]", "0.600 [0.500, 0.700]", "+0.300 [+0.150, +0.440]"],
    ]
    assert len(page(shown).select("td.number")) == 6
    text = caption(shown)
    assert text.startswith(f"{MARK}. Test accuracy by protocol")
    assert "no photo <1> on both sides" in text
    assert "(bootstrap 95 %, resampling patients)" in text
    assert text.endswith("Training images a model, on average: 81 and 81.")


def test_a_gap_above_zero_is_what_the_published_accuracy_owes():
    assert _sentence(_under(_gap(0.33, 0.21, 0.44))) == (
        "Keeping every photo <1> on one side of the split costs 0.330 [0.210, 0.440]: so much of the "
        "published accuracy is owed to test images whose photo <1> was trained on."
    )


def test_fewer_training_images_are_named_as_another_reason():
    gap = _gap(0.33, 0.21, 0.44)
    assert _sentence(_under(gap, trained=50)).endswith(
        "was trained on, and to training on 81 images instead of 51."
    )
    assert "instead" not in _sentence(_under(gap, trained=75))


def test_a_gap_across_zero_cannot_be_told():
    assert _sentence(_under(_gap(0.01, -0.02, 0.04))) == (
        "The two protocols cannot be told apart with 40 photo <1>s: +0.010 [-0.020, +0.040]."
    )
    for gap in (_gap(0.0, 0.0, 0.04), _gap(-0.01, -0.05, 0.03), _gap(-0.01, -0.05, 0.0)):
        assert "cannot be told apart" in _sentence(_under(gap))


def test_a_gap_below_zero_shows_no_leak():
    assert _sentence(_under(_gap(-0.05, -0.08, -0.02))).startswith(
        "Keeping every photo <1> on one side of the split adds 0.050 [0.020, 0.080]: that shows "
        "no leak and rules none out"
    )


def test_several_arms_share_a_sentence():
    gaps = [
        *(_gap(0.3, 0.2, 0.4), _gap(0.2, 0.1, 0.3, "b"), _gap(0.1, 0.05, 0.2, "c")),
        *(_gap(-0.1, -0.2, -0.05, "d"), _gap(0.01, -0.1, 0.1, "e")),
    ]
    sentence = _sentence(_under(*gaps))
    assert "costs a 0.300 [0.200, 0.400], b 0.200 [0.100, 0.300] and c 0.100 [0.050, 0.200]: " in (
        sentence
    )
    assert "; keeping every photo <1> on one side of the split adds d 0.100 [0.050, 0.200]: " in (
        sentence
    )
    assert sentence.endswith("40 photo <1>s: e +0.010 [-0.100, +0.100].")


@pytest.mark.parametrize(
    ("names", "run"),
    [
        (("published",), "published protocol was"),
        (("grouped",), "grouped protocol was"),
        (("official", "grouped"), "official and grouped protocols were"),
    ],
)
def test_without_both_protocols_a_sentence_says_why(names, run):
    assert protocol_table(_under(names=names)).html == (
        f"<p>Only the {run} run: the setting protocols names no other.</p>"
    )


def test_what_hinders_a_grouped_split_is_said():
    results = _under(
        names=("published",), units=None, hindrance="all images of <cat> come from one"
    )
    assert protocol_table(results).html == (
        "<p>Only the published protocol was run: all images of &lt;cat&gt; come from one.</p>"
    )
