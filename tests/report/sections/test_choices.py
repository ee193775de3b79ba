"""What open choices make of a score: what is drawn where, legible however close values lie."""

from collections.abc import Mapping
from types import SimpleNamespace

import made_up_paper as made_up
import made_up_runs
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from report_html import arm_headings, caption, captions

from lib import report
from lib.report.plots import TRAIN, VALIDATION
from lib.results import Choice

# One arm: name of a choice → value → accuracy; the run's own has a star.
ONE = {
    "pixel scaling": {"[0, 1]*": 0.90, "[-1, 1]": 0.94},
    "batch size": {"32*": 0.90, "16": 0.91, "64": 0.88},
    "epoch": {"11": 0.87, "12": 0.89, "15*": 0.90},
}


def _choices(values_by_name: Mapping[str, Mapping[str, float]], arm: str = "net") -> list[Choice]:
    return [
        Choice(arm=arm, name=name, value=value.rstrip("*"), used="*" in value, accuracy=accuracy)
        for name, values in values_by_name.items()
        for value, accuracy in values.items()
    ]


def _shown(*choices: list[Choice], kind: str = "exact", asked: bool = True):
    """The figure of these arms, of a run on images of this kind."""
    every = [choice for of_arm in choices for choice in of_arm]
    data = made_up.data(kind=kind)
    settings = {"choices": asked}
    learning = [made_up_runs.learning(arm) for arm in ("net", "other")]
    results = SimpleNamespace(
        choices=every,
        data=data,
        models=[made_up.model("net"), made_up.model("other")],
        settings=settings,
        learning=learning,
    )
    return report.choice_figure(results)


def _points(figure: Figure) -> set[tuple[float, float, str, str]]:
    """Accuracy, line, marker and colour of every point."""
    return {
        (line.get_xdata()[0], line.get_ydata()[0], line.get_marker(), to_hex(line.get_color()))
        for line in figure.axes[0].lines
        if line.get_marker() in ("o", "D")
    }


def _labels(figure: Figure) -> list[tuple[str, float]]:
    """The labels of values, and the line that each stands at."""
    return [(label.get_text(), label.xy[1]) for label in figure.axes[0].texts]


def test_every_value_is_a_point_on_the_line_of_its_choice(figures):
    _shown(_choices(ONE))
    own, other = ("D", VALIDATION.lower()), ("o", TRAIN.lower())
    assert _points(figures[0]) == {
        *((0.90, 0, *own), (0.94, 0, *other)),
        *((0.90, 1, *own), (0.91, 1, *other), (0.88, 1, *other)),
        *((0.90, 2, *own), (0.89, 2, *other), (0.87, 2, *other)),
    }
    axis = figures[0].axes[0]
    assert [label.get_text() for label in axis.get_yticklabels()] == list(ONE)
    assert axis.get_ylim()[0] > axis.get_ylim()[1]  # the first on top
    low, high = axis.get_xlim()
    assert low < 0.87 < 0.94 < high
    assert [text for text, line in _labels(figures[0]) if line == 1] == ["64", "32", "16"]


def test_a_bar_spans_the_values_of_a_choice(figures):
    _shown(_choices(ONE))
    bars = [line for line in figures[0].axes[0].lines if len(line.get_xdata()) == 2]
    spans = [tuple(bar.get_xdata()) for bar in bars if bar.get_linestyle() == "-"]
    assert spans == [(0.90, 0.94), (0.88, 0.91), (0.87, 0.90)]


def test_the_dashed_line_is_the_runs_own_accuracy_and_not_that_of_an_epochs_history(figures):
    """The history is rounded; and it could be that the epoch comes first."""
    _shown(_choices({"epoch": {"15*": 0.899}} | {"batch size": {"32*": 0.9, "16": 0.8}}))
    (line,) = (line for line in figures[0].axes[0].lines if line.get_linestyle() == "--")
    assert set(line.get_xdata()) == {0.9}


def test_the_caption_names_the_choice_that_matters_most():
    text = caption(_shown(_choices(ONE), kind="phantom"))
    assert text.startswith("Synthetic images. Test accuracy of net by open choice.")
    assert (
        "Test accuracy of net by open choice. The pixel scaling matters most: 4.0 points"
    ) in text
    wider = ONE | {"epoch": {"11": 0.70, "15*": 0.90}}
    assert ("Test accuracy of net by open choice. The epoch matters most: 20.0 points") in caption(
        _shown(_choices(wider))
    )


def test_every_arm_has_a_figure_of_its_own(figures):
    shown = _shown(_choices(ONE), _choices({"batch size": {"32*": 0.5, "16": 0.6}}, "other"))
    assert len(figures) == 2
    assert arm_headings(shown) == ["net", "other"]
    assert {point[0] for point in _points(figures[1])} == {0.5, 0.6}
    assert "Test accuracy of other " in captions(shown)[1]


def test_without_a_choice_there_is_a_sentence_instead(figures):
    shown = _shown()
    assert figures == []
    assert "and a model with a frozen backbone and" in shown.html
    assert "<img" not in shown.html


def test_what_the_settings_left_out_is_not_put_down_to_the_model(figures):
    text = _shown(asked=False).html
    assert figures == []
    assert "Not tried in this run" in text
    assert "frozen" not in text


# In a sentence


def _sentences(*choices: list[Choice], outcome: str = "learnt") -> str:
    paper = made_up.paper(made_up.arm("net"), made_up.arm("other"))
    every = [choice for of_arm in choices for choice in of_arm]
    learning = [made_up_runs.learning(arm, outcome=outcome) for arm in ("net", "other")]
    return report.choice_sentences(every, learning, paper, {"": "Synthetic"}).html


def test_every_arm_has_its_spread_or_is_said_to_have_none():
    text = _sentences(_choices(ONE))
    assert (
        'title="Synthetic">Synthetic.</strong> net: another setting that the paper leaves open '
        "gives 0.880 to 0.940"
    ) in text
    assert (
        "another setting that the paper leaves open gives 0.880 to 0.940 instead of 0.900 (test "
        "accuracy, first seed). No other settings that the paper leaves open were tried with other,"
    ) in text
    assert "not tried" not in _sentences(_choices(ONE), _choices(ONE, "other"))
    assert "were tried with net and other," in _sentences()
    assert "Synthetic" in _sentences()


def test_of_arms_that_did_not_learn_nothing_is_tried():
    text = _sentences(_choices(ONE), outcome="one answer")
    assert "0.940" not in text
    assert "for net and other, which are not shown to have learnt" in text


# Legible


CLOSE = {
    "an epoch like the next": ONE | {"epoch": {f"{n}": 0.9 for n in range(11, 15)} | {"15*": 0.9}},
    "all the same": {name: dict.fromkeys(values, 1.0) for name, values in ONE.items()},
    "one far away": ONE | {"learning rate": {"0.001*": 0.9, "0.0001": 0.1, "0.01": 0.899}},
    "long words": {
        "pixel scaling": {"BGR - mean*": 0.61, "[0, 1]": 0.6, "(RGB - mean) / sd": 0.605, "x": 0.42}
    },
    "both ends crowded": {
        "epoch": {"46": 0.5, "47": 0.501, "48": 0.502, "9": 0.9, "49": 0.899, "50*": 0.898},
        "seed of the weights": {"0*": 0.898, "1": 0.9, "2": 0.5},
    },
    "next to each other": {"batch size": {f"{n}": 0.5 + n / 1000 for n in range(30)} | {"x*": 0.5}},
    "one value": {"seed of the split": {"0*": 0.75}},
}


@pytest.mark.parametrize("values_by_name", CLOSE.values(), ids=CLOSE)
@pytest.mark.parametrize("kind", ["exact", "phantom"])
def test_labels_neither_overlap_nor_reach_across_the_edge(figures, values_by_name, kind):
    _shown(_choices(values_by_name), kind=kind)
    (figure,) = figures
    axis = figure.axes[0]
    boxes = made_up.boxes(figure, [*axis.texts, *axis.get_yticklabels(), axis.xaxis.label])
    assert len(boxes) > len(values_by_name)
    assert made_up.overlapping(boxes) == 0
    assert made_up.cut_off(figure) == []
    # No value is lost where several share a label, and each stands at the line of its choice.
    names = list(values_by_name)
    labels = [(value, names[row]) for text, row in _labels(figure) for value in text.split("; ")]
    expected = [
        (value.rstrip("*"), name) for name, values in values_by_name.items() for value in values
    ]
    assert sorted(labels) == sorted(expected)


def test_labels_never_overlap_wherever_values_lie(figures):
    rng = np.random.default_rng(0)
    for _ in range(10):
        names = ("pixel scaling", "learning rate", "epoch")
        values_by_name = {
            name: {f"{rng.integers(10 ** int(rng.integers(1, 7)))}*": accuracy for accuracy in some}
            for name, some in zip(names, rng.uniform(0.4, 1, (3, 7)).round(2), strict=True)
        }
        _shown(_choices(values_by_name))
        axis = figures[-1].axes[0]
        assert made_up.overlapping(made_up.boxes(figures[-1], axis.texts)) == 0


def test_a_label_that_grew_takes_in_the_one_before_it(figures):
    """The third joins the second, and both are then too wide to stand beside the first."""
    values = {"100000": 0.500, "200000": 0.560, "300000": 0.575, "x*": 0.9}
    _shown(_choices({"epoch": values | {"y": 0.1}, "batch size": {"x*": 0.9}}))
    labels = [text for text, line in _labels(figures[0]) if line == 0]
    assert labels == ["y", "100000; 200000; 300000", "x"]


def test_the_runs_own_value_is_drawn_on_top_of_others_of_the_same_accuracy(figures):
    _shown(_choices({"batch size": {"16": 0.9, "32*": 0.9, "64": 0.9}}))
    markers = [line.get_marker() for line in figures[0].axes[0].lines]
    assert [marker for marker in markers if marker in "oD"] == ["o", "o", "D"]


def test_values_that_share_a_label_stand_in_it_from_left_to_right(figures):
    _shown(_choices(CLOSE["both ends crowded"]))
    assert [text for text, line in _labels(figures[0]) if line == 0] == ["46; 47; 48", "50; 49; 9"]


def test_values_that_lie_apart_have_labels_of_their_own(figures):
    _shown(_choices(ONE))
    assert not any(";" in text for text, _ in _labels(figures[0]))
