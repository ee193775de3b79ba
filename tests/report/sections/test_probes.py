"""The section on probes: the verdict in words first, the strongest rival beside each network, all others folded."""

from collections.abc import Sequence

import made_up_paper as made_up
import made_up_runs
import pytest
from report_html import columns, page

from lib.evidence.probes import find_description
from lib.report import Block
from lib.report.sections.probes import probe_table
from lib.results import Comparison, Probe, Results

BLOOD = {"colour": "dyes stain them"}


def _probe(name: str, mean: float, protocol: str = "published", arm: str = "") -> Probe:
    description = find_description(name)
    return Probe(
        name=name,
        kind=description.kind if description else "random labels",
        arm=arm,
        accuracy=made_up_runs.accuracy(mean, mean - 0.1, mean + 0.1, arm=name, protocol=protocol),
    )


def _ahead(versus: str, mean: float, protocol: str = "published", arm: str = "net") -> Comparison:
    """The network less the probe."""
    return made_up_runs.comparison(versus, mean - 0.1, mean + 0.1, protocol=protocol, arm=arm)


def _results(
    probes: Sequence[Probe], comparisons: Sequence[Comparison], *arms: str, **changes
) -> Results:
    return made_up_runs.results(
        *arms, probes=list(probes), comparisons=list(comparisons), **changes
    )


def _shown(results: Results, **defining: str) -> Block:
    dataset = made_up.paper().dataset
    return probe_table(
        made_up.paper(dataset=type(dataset)(**vars(dataset) | {"defining": defining})), results
    )


def _sentences(shown: Block) -> list[str]:
    """In front of the fold."""
    paragraphs = page(shown).find_all("p")
    return [tag.get_text() for tag in paragraphs if not tag.find_parent("details")]


def _cells(table) -> list[list[str]]:
    return [
        [cell.get_text(", ") for cell in line.find_all("td")] for line in table.select("tbody tr")
    ]


ALONE = _results(
    [
        *(_probe("border", 0.9), _probe("nearest neighbour", 0.7), _probe("colour", 0.75)),
        *(_probe("features", 0.55, arm="net"), _probe("majority", 0.5)),
    ],
    [
        *(_ahead("border", 0.05), _ahead("colour", 0.2), _ahead("features", 0.4)),
        *(_ahead("majority", 0.45), _ahead("nearest neighbour", 0.25), _ahead("other arm", 0.3)),
    ],
)


MAJORITY, COLOUR, FEATURES, BORDER, NEAREST = (
    find_description(name).sees
    for name in ("majority", "colour", "features", "border", "nearest neighbour")
)


def test_the_first_thing_is_the_verdict_in_words():
    shown = _shown(ALONE)
    assert page(shown).find().name == "p"
    (sentence,) = _sentences(shown)
    assert sentence.startswith(
        "net (published) does not clearly beat a simple classifier that sees only the border."
    )
    assert "the margin of each class's pictures" in sentence


def test_a_network_has_a_row_with_the_three_comparisons():
    shown = page(_shown(ALONE))
    assert _cells(shown.table) == [
        [
            "net, published, 0.900 [0.880, 0.920]",
            "border, 0.900 [0.800, 1.000]",
            "+0.050 [-0.050, +0.150], not clearly ahead",
        ]
    ]


def test_every_number_stands_in_the_fold_with_what_each_probe_sees():
    fold = page(_shown(ALONE)).details
    assert _cells(fold.table) == [
        ["majority", MAJORITY, "0.500", "+0.450"],
        ["colour", COLOUR, "0.750", "+0.200"],
        ["features (net)", FEATURES, "0.550", "–"],
        ["border", BORDER, "0.900", "+0.050*"],
        ["nearest neighbour", NEAREST, "0.700", "+0.250"],
    ]


def test_a_network_that_no_shortcut_probe_reaches_is_said_to_be_so():
    probes = [_probe("majority", 0.5), _probe("colour", 0.7)]
    (sentence,) = _sentences(_shown(_results(probes, [_ahead("colour", 0.2)])))
    assert sentence.startswith("No classifier that sees only a possible")
    assert "not ruled out" in sentence


def test_what_is_better_than_the_network_beats_it():
    probes = [_probe("pixels", 0.99)]
    shown = _shown(_results(probes, [_ahead("pixels", -0.2)]))
    assert any(
        "net (published) is beaten by a simple classifier that sees only a thumbnail: nothing" in of
        for of in _sentences(shown)
    )
    assert "behind" in _cells(page(shown).table)[0][-1]
    assert "not clearly ahead" not in page(shown).table.get_text()


def test_what_defines_the_classes_is_said_to_be_no_shortcut():
    results = _results([_probe("colour", 0.9)], [_ahead("colour", 0)])
    text = " ".join(_sentences(_shown(results, **BLOOD)))
    assert "dyes stain them" in text
    assert "may have learnt" not in text
    assert "nothing shows that a deep network" in text
    assert "may have learnt" in " ".join(_sentences(_shown(results)))


@pytest.mark.parametrize(
    ("used", "expected"), [("imagenet", "pretrained features"), ("random", "random features")]
)
def test_features_are_called_what_they_are(used, expected):
    """And that they are enough is no word against deep networks: they come from one."""
    results = _results(
        [_probe("features", 0.9, arm="net")],
        [_ahead("features", 0)],
        models=[made_up.model(used=used)],
    )
    text = " ".join(_sentences(_shown(results)))
    assert expected in text
    assert "deep network" not in text
    assert "frozen" not in page(_shown(results)).get_text()


def test_networks_share_a_sentence_and_protocols_a_bracket():
    both = ("published", "grouped")
    results = _results(
        [_probe(name, 0.9, protocol) for name in ("border", "blurred") for protocol in both],
        [
            *(_ahead("border", 0, protocol, arm) for arm in ("a", "b") for protocol in both),
            _ahead("blurred", 0, "grouped", "b"),
        ],
        *("a", "b"),
        learning=[made_up_runs.learning(arm, protocol) for arm in "ab" for protocol in both],
    )
    sentence, *_ = _sentences(_shown(results))
    assert sentence.startswith(
        "a (published and grouped) and b (published and grouped) do not clearly beat some of the "
        "simple classifiers that see only the border or only blurred areas. So instead of"
    )


@pytest.mark.parametrize("probe", ["border", "pixels", "colour", "nearest neighbour"])
def test_of_networks_that_did_not_learn_nothing_is_said(probe):
    learning = [made_up_runs.learning(outcome="one answer")]
    results = _results(
        [_probe("majority", 0.5), _probe(probe, 0.9), _probe("random labels", 0.9, arm="net")],
        [_ahead(probe, -0.2)],
        learning=learning,
    )
    shown = _shown(results)
    assert _sentences(shown) == []
    assert page(shown).find().name == "details"
    *_, numbers = page(shown).select("table")
    assert columns(numbers) == ["Classifier", "Sees", "Published"]


def _nearest(published: float, grouped: float) -> Results:
    probes = [
        _probe("nearest neighbour", published),
        _probe("nearest neighbour", grouped, "grouped"),
    ]
    return _results(probes, [])


def test_the_nearest_neighbour_tells_of_a_leak_or_nothing():
    (sentence,) = _sentences(_shown(_nearest(0.9, 0.6)))
    assert sentence.startswith("The nearest neighbour indicates a leak: it reaches 0.900")
    assert _sentences(_shown(_nearest(0.85, 0.72))) == []


@pytest.mark.parametrize(
    ("mean", "expected"), [(0.55, "as it should be"), (0.65, "gives them away")]
)
def test_a_run_on_shuffled_labels_is_judged_by_chance(mean, expected):
    results = _results([_probe("random labels", mean, arm="net")], [])
    (sentence,) = _sentences(_shown(results))
    assert sentence.startswith("Trained on shuffled labels, net (published) did")
    assert expected in sentence


def test_without_probes_there_is_no_section():
    assert _shown(_results([], [])).html == ""
