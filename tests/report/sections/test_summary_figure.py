"""The figure of the summary: its lines, what stands on each, and where."""

import made_up_paper as made_up
import made_up_runs
import pytest
from report_html import alts, caption, page

from lib.report.sections.summary_figure import summary_figure

BOTH = ("published", "grouped")


def run(*arms: str, protocols=BOTH, **changes):
    """0.9 [0.88, 0.92] under the paper's protocol, 0.7 [0.6, 0.8] under the other."""
    accuracies = {"published": (0.9, 0.88, 0.92), "grouped": (0.7, 0.6, 0.8)}
    values = {
        "models": [made_up.model(name) for name in arms],
        "folds": [made_up_runs.fold(protocol=protocol) for protocol in protocols],
        "scores": [
            made_up_runs.accuracy(*accuracies[protocol], arm=name, protocol=protocol)
            for name in arms
            for protocol in protocols
        ],
    }
    return made_up_runs.results(*arms, **values | changes)


def paper(*arms: str, **printed: str):
    """`printed`: arm → its accuracy in per cent, as printed."""
    claims = [
        made_up.claim("accuracy", number, arm=arm, unit="percent")
        for arm, number in printed.items()
    ]
    return made_up_runs.paper(*arms, claims=tuple(claims))


def shown(figures, declared, results):
    """Labels at the left and numbers at the right by line, and the block."""
    block = summary_figure(declared, results)
    axis, numbers = figures[-1].axes
    left, right = (
        [label.get_text() for label in side.get_yticklabels()] for side in (axis, numbers)
    )
    return list(zip(left, right, strict=True)), block


def test_of_one_model_the_papers_number_and_each_protocol_have_a_line(figures):
    lines, _ = shown(figures, paper("net", net="94.8"), run("net"))
    assert lines == [
        ("paper", "94.8 %"),
        ("published split", "0.900 [0.880, 0.920]"),
        ("grouped split", "0.700 [0.600, 0.800]"),
    ]


def test_of_several_models_each_has_its_name_above_and_a_number_only_where_one_is_printed(figures):
    lines, _ = shown(figures, paper("a", "b", b="80"), run("a", "b", protocols=["grouped"]))
    ours = ("grouped split", "0.700 [0.600, 0.800]")
    assert lines == [("a", ""), ours, ("b", ""), ("paper", "80 %"), ours]


def test_points_intervals_and_the_majority_stand_where_their_numbers_are(figures):
    folds = [
        made_up_runs.fold(protocol="published", test={"cat": 30, "dog": 10}),
        made_up_runs.fold(protocol="grouped", test={"cat": 10, "dog": 30}),
    ]
    shown(figures, paper("net", net="94.8"), run("net", folds=folds))
    drawn = [line.get_xydata().round(9).tolist() for line in figures[-1].axes[0].lines]
    assert drawn == [
        [[0.948, 0]],
        [[0.9, 1]],
        [[0.88, 1], [0.92, 1]],
        [[0.75, 0.5], [0.75, 1.5]],
        [[0.7, 2]],
        [[0.6, 2], [0.8, 2]],
        [[0.25, 1.5], [0.25, 2.5]],
    ]
    assert figures[-1].axes[0].get_ylim() == (2.5, -0.5)


def test_the_paper_and_the_protocols_are_told_apart_by_their_markers(figures):
    shown(figures, paper("net", net="94.8"), run("net"))
    markers = [
        line.get_marker() for line in figures[-1].axes[0].lines if line.get_marker() != "None"
    ]
    assert len(set(markers)) == len(markers) == 3


def test_the_figure_is_told_in_words_and_small(figures):
    _, block = shown(figures, paper("a", "b", b="80"), run("a", "b"))
    majority = "majority 0.500"
    ours = f"published split 0.900 [0.880, 0.920], {majority}; grouped split 0.700 [0.600, 0.800], {majority}"
    assert alts(block) == [f"Accuracy on test images. a: {ours}; b: paper 80 %; {ours}."]
    image = page(block).img
    assert image["src"].startswith("data:image/svg+xml;base64,")
    assert int(image["width"]) <= 640
    assert int(image["height"]) <= 5 * 40
    assert "majority" not in caption(block)


def test_a_protocol_whose_groups_were_found_by_look_is_not_called_grouped(figures):
    grouping = made_up_runs.grouping(basis="search")
    lines, block = shown(figures, paper("net"), run("net", grouping=grouping))
    assert [label for label, _ in lines] == ["published split", "by-look split"]
    assert "grouped" not in alts(block)[0]


@pytest.mark.parametrize("number", [1, 5])
def test_no_text_is_cut_off_or_overlaps_another(figures, number):
    arms = tuple(f"mobilenetv2-native-{place}" for place in range(number))
    shown(figures, paper(*arms, **{arms[0]: "94.839"}), run(*arms))
    (figure,) = figures
    assert made_up.cut_off(figure) == []
    texts = [label for axis in figure.axes for label in axis.get_yticklabels()]
    assert made_up.overlapping(made_up.boxes(figure, texts)) == 0
