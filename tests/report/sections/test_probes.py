"""The table of probes and that of leaks: cell by cell, and the sentences below them."""

from types import SimpleNamespace

import made_up_paper as made_up
import made_up_runs
import pytest
from report_html import page

from lib.evidence.probes import LEAK_RULE, RULE
from lib.report.sections.probes import leak_table, probe_table
from lib.results import Comparison, Leak, Probe, Score

MARK = "Synthetic images (phantoms)"
KINDS = {
    **dict.fromkeys(("majority", "colour", "features"), "baseline"),
    "border": "shortcut",
    "nearest neighbour": "leak",
    "random labels": "random labels",
}


def _cells(shown) -> list[list[str]]:
    return [
        [cell.get_text(", ") for cell in line.find_all("td")]
        for line in page(shown).table.select("tbody tr")
    ]


def _columns(shown) -> list[str]:
    return [tag.get_text() for tag in page(shown).table.select("th")]


def _sentences(shown) -> list[str]:
    return [tag.get_text() for tag in page(shown).find_all("p")]


def _score(name: str, mean: float, protocol: str = "published", half: float = 0.1) -> Score:
    key = (name, protocol, "accuracy", "", "test", None)
    return Score.over_seeds(key, [mean], mean - half, mean + half, "by hand")


def _probe(name: str, mean: float, protocol: str = "published", arm: str = "") -> Probe:
    return Probe(name=name, kind=KINDS[name], arm=arm, accuracy=_score(name, mean, protocol))


def _ahead(arm: str, versus: str, mean: float, protocol: str = "published") -> Comparison:
    return Comparison.model_construct(
        arm=arm, versus=versus, protocol=protocol, mean=mean, low=mean - 0.1, high=mean + 0.1
    )


def _results(probes: list[Probe], comparisons: list[Comparison]) -> SimpleNamespace:
    data = made_up.data(kind="phantom")
    return SimpleNamespace(probes=probes, comparisons=comparisons, data=data, models=[])


# Probes

ALONE = _results(
    [
        *(_probe("border", 0.9), _probe("nearest neighbour", 0.7), _probe("colour", 0.75)),
        *(_probe("features", 0.55, arm="vgg16"), _probe("majority", 0.5)),
    ],
    [
        *(_ahead("vgg16", "border", 0.05), _ahead("vgg16", "colour", 0.2)),
        *(_ahead("vgg16", "features", 0.4), _ahead("vgg16", "majority", 0.45)),
        *(_ahead("vgg16", "nearest neighbour", 0.25), _ahead("vgg16", "resnet50", 0.3)),
    ],
)


def test_each_probe_has_a_row_by_kind_with_what_it_sees_its_accuracy_and_its_level():
    shown = probe_table(ALONE)
    assert _columns(shown) == ["Kind", "Probe", "Accuracy", "vgg16 less probe"]
    assert _cells(shown) == [
        ["Baseline", "majority", "0.500 [0.400, 0.600]", "+0.450 [+0.350, +0.550], at chance"],
        ["", "colour", "0.750 [0.650, 0.850]", "+0.200 [+0.100, +0.300], above chance"],
        ["", "features (vgg16)", "0.550 [0.450, 0.650]", "+0.400 [+0.300, +0.500], at chance"],
        [
            "Shortcut",
            "border",
            "0.900 [0.800, 1.000]",
            "+0.050 [-0.050, +0.150], reaches the network",
        ],
        [
            "Leak",
            "nearest neighbour",
            "0.700 [0.600, 0.800]",
            "+0.250 [+0.150, +0.350], above chance",
        ],
    ]
    assert "borderthe outer frame, 6 % of the side wide" in page(shown).details.get_text()
    caption = page(shown).figcaption.get_text()
    assert caption.startswith(MARK)
    assert RULE in caption
    assert LEAK_RULE not in caption  # there is only one protocol
    assert "Protocol" not in caption


def test_the_sentence_tells_what_may_have_been_learnt():
    (sentence,) = _sentences(probe_table(ALONE))
    assert sentence.startswith("vgg16 (published): border reaches the network, so")
    assert "the margin of each class's pictures" in sentence


def test_a_single_protocol_that_is_not_the_papers_is_named():
    probes = [_probe(name, 0.5, "grouped") for name in ("majority", "colour")]
    shown = probe_table(_results(probes, [_ahead("net", "colour", 0.4, "grouped")]))
    assert page(shown).figcaption.get_text().endswith("Protocol: grouped.")
    assert _sentences(shown)[0].startswith("net (grouped): no shortcut probe reaches")


BOTH = _results(
    [
        *(_probe("majority", 0.5), _probe("majority", 0.3, "grouped")),
        *(_probe("colour", 0.62), _probe("colour", 0.45, "grouped")),
        *(_probe("nearest neighbour", 0.9), _probe("nearest neighbour", 0.6, "grouped")),
        _probe("border", 0.8),
    ],
    [
        *(_ahead("vgg16", "colour", 0.3), _ahead("resnet50", "colour", 0.05)),
        *(_ahead("vgg16", "colour", 0.1, "grouped"), _ahead("resnet50", "colour", 0.3, "grouped")),
        *(_ahead("vgg16", "border", 0.05), _ahead("resnet50", "border", 0.05)),
    ],
)


def test_protocols_stand_below_and_arms_beside_each_other_each_with_its_own_majority():
    shown = probe_table(BOTH)
    heads = ["Protocol", "Accuracy", "vgg16 less probe", "resnet50 less probe"]
    assert _columns(shown)[2:] == heads
    rows = _cells(shown)
    assert [row[:3] for row in rows] == [
        ["Baseline", "majority", "published"],
        ["", "", "grouped"],
        ["", "colour", "published"],
        ["", "", "grouped"],
        ["Shortcut", "border", "published"],
        ["Leak", "nearest neighbour", "published"],
        ["", "", "grouped"],
    ]
    assert rows[2][3:] == [
        "0.620 [0.520, 0.720]",
        "+0.300 [+0.200, +0.400], above chance",
        "+0.050 [-0.050, +0.150], reaches the network",
    ]
    assert rows[3][3:] == [
        "0.450 [0.350, 0.550]",
        "+0.100 [+0.000, +0.200], reaches the network",
        "+0.300 [+0.200, +0.400], above chance",
    ]
    assert rows[0][4:] == ["–"] * 2
    assert LEAK_RULE in page(shown).figcaption.get_text()


def test_networks_that_the_same_probes_reach_share_a_sentence():
    sentences = _sentences(probe_table(BOTH))
    starts = [sentence.split(",")[0] for sentence in sentences]
    assert starts == [
        "vgg16 (published): border reaches the network",
        "resnet50 (published): colour and border reach the network",
        "vgg16 (grouped): colour reaches the network",
        "resnet50 (grouped): no shortcut probe reaches the network",
        "The nearest neighbour tells of a leak: 0.900 [0.800",
    ]
    alike = _results(BOTH.probes, [_ahead(arm, "border", 0.05) for arm in ("a", "b")])
    assert _sentences(probe_table(alike))[0].startswith("a (published) and b (published): border")


def test_the_nearest_neighbour_tells_nothing_of_leaks_where_the_intervals_meet():
    probes = [_probe("majority", 0.5, name) for name in ("published", "grouped")]
    probes += [_probe("nearest neighbour", 0.85), _probe("nearest neighbour", 0.7, "grouped")]
    assert _sentences(probe_table(_results(probes, []))) == [
        "The nearest neighbour tells nothing of leaks: 0.850 [0.750, 0.950] under the published protocol, "
        "0.700 [0.600, 0.800] under the grouped one."
    ]


def test_features_are_compared_with_their_own_arm_alone():
    probes = [_probe("majority", 0.5)]
    probes += [_probe("features", 0.8, arm=arm) for arm in ("vgg16", "resnet50")]
    comparisons = [_ahead(arm, "features", by) for arm, by in (("vgg16", 0.2), ("resnet50", 0.3))]
    rows = _cells(probe_table(_results(probes, comparisons)))
    assert [[row[1], *row[3:]] for row in rows[1:]] == [
        ["features (resnet50)", "–", "+0.300 [+0.200, +0.400], above chance"],
        ["features (vgg16)", "+0.200 [+0.100, +0.300], above chance", "–"],
    ]


@pytest.mark.parametrize(
    ("mean", "expected"),
    [
        (0.55, "is at chance on the test images, as it must be: 0.550 [0.450, 0.650]."),
        (0.65, "is above chance on the test images: something other than their class gives them"),
    ],
)
def test_a_run_on_shuffled_labels_is_judged_by_chance(mean, expected):
    probes = [_probe("majority", 0.5), _probe("random labels", mean, arm="net")]
    shown = probe_table(_results(probes, []))
    assert _cells(shown)[1][:2] == ["Random labels", "random labels (net)"]
    assert "shuffled labels" in page(shown).details.get_text()
    (sentence,) = _sentences(shown)
    assert sentence.startswith("net (published), trained on shuffled labels, ")
    assert expected in sentence


def test_without_probes_there_is_no_table():
    assert probe_table(_results([], [])).html == ""


# Leaks


def _leak(by: str, share: float, sharing: float | None, others: float | None, **where) -> Leak:
    place = {"arm": "net", "protocol": "published"} | where
    scores = {
        name: None if mean is None else _score(place["arm"], mean, place["protocol"], half=0.05)
        for name, mean in (("sharing", sharing), ("others", others))
    }
    return Leak(by=by, share=share, **scores, **place)


def _leaked(*leaks: Leak) -> SimpleNamespace:
    data = made_up.data(kind="phantom", group_noun="slide")
    unsearched = made_up_runs.look_alikes()
    return SimpleNamespace(leaks=list(leaks), data=data, models=[], look_alikes=unsearched)


def test_each_kind_of_sharing_has_its_share_and_both_accuracies():
    shown = leak_table(
        _leaked(_leak("identical pixels", 0, None, 0.8), _leak("group", 0.125, 0.95, 0.8))
    )
    assert _columns(shown)[2:] == ["Shared", "Test images", "Accuracy on them", "On the rest"]
    assert _cells(shown) == [
        ["net", "published", "group", "12.5 %", "0.950 [0.900, 1.000]", "0.800 [0.750, 0.850]"],
    ]
    caption = page(shown).figcaption.get_text()
    assert caption.startswith(MARK)
    assert "group (slide)" in caption


@pytest.mark.parametrize(
    ("leaks", "expected"),
    [
        (
            [_leak("group", 0.5, 0.95, 0.8), _leak("near-duplicate", 0.5, 0.95, 0.86)],
            "The accuracy is higher, beyond both intervals, of net (published) on those that share a "
            "slide: so much",
        ),
        (
            [
                _leak("near-duplicate", 0.5, 0.95, 0.8),
                _leak("identical pixels", 0.5, 0.9, 0.7, arm="other", protocol="grouped"),
            ],
            "of net (published) on those that share the same picture and other (grouped) on those that "
            "share the same pixels",
        ),
        (
            [_leak("near-duplicate", 0.5, 0.8, 0.95), _leak("group", 0, None, 0.9)],
            "The accuracy is not higher beyond both intervals: net (published) on those that share the "
            "same picture.",
        ),
        (
            [_leak("group", 1, 0.9, None)],
            "All test images share something, so there is no rest to compare with: net (published) on",
        ),
        (
            [_leak("near-duplicate", 0, None, 0.9)],
            "No test image was found to share anything with a training image.",
        ),
    ],
)
def test_the_sentence_on_leaks_tells_whether_sharing_made_it_easier(leaks, expected):
    (sentence,) = _sentences(leak_table(_leaked(*leaks)))
    assert expected in sentence


def test_where_no_image_shares_anything_there_is_a_sentence_and_no_table():
    assert page(leak_table(_leaked(_leak("group", 0, None, 0.9)))).table is None


def test_without_records_there_is_no_table():
    assert leak_table(_leaked()).html == ""
