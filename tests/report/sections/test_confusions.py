"""Confusion matrices: which of them, where they stand, and what a cell shows."""

from collections.abc import Sequence

import made_up_paper as made_up
import made_up_runs
import numpy as np
import pytest
from report_html import alts, caption, page

from lib import report
from lib.evaluation.scores import confusion_matrices
from lib.papers.declare import confusion_matrix
from lib.report.plots import WHITE
from lib.report.sections import confusions
from lib.results import Confusion

GROUPING = made_up_runs.grouping()
MARKS = {"": "All arms"}
LONG = ("American Shorthair", "Norwegian Forest Cat", "acute lymphoblastic leukaemia", "<b>", "x")


def confusion(arm: str = "net", part: str = "test", counts=((3, 1), (0, 2)), **changes):
    values = {"protocol": "published", "seed": 4, "folds": 1, "counts": counts}
    return Confusion(arm=arm, part=part, **values | changes)


def printed(cells: Sequence[Sequence[str]], arm: str = "net", part: str = "test", where="Fig. 7"):
    """The claims of the paper's matrix of cats and dogs."""
    names = ("cat", "dog")
    rows = {
        true: dict(zip(names, row, strict=True)) for true, row in zip(names, cells, strict=True)
    }
    return confusion_matrix(rows, where=where, arm=arm, part=part)


def show(confusions, paper=None, grouping=GROUPING, failed=()):
    """What is shown, where all learnt but for the pairs of arm and protocol in `failed`."""
    keys = dict.fromkeys((each.arm, each.protocol) for each in confusions)
    outcomes = {key: "one answer" if key in failed else "learnt" for key in keys}
    learning = [made_up_runs.learning(*key, outcome=outcomes[key]) for key in keys]
    return report.confusion_figure(confusions, learning, paper or made_up.paper(), grouping, MARKS)


def matrices(figures, confusions, paper=None, grouping=GROUPING):
    """The titles of the matrices in their rows, and the axes; places without one are left out."""
    show(confusions, paper, grouping)
    axes = [axis for axis in figures[0].axes if axis.get_title()]
    rows = {}
    for axis in axes:
        rows.setdefault(axis.get_subplotspec().rowspan.start, []).append(axis.get_title())
    return list(rows.values()), axes


def test_the_papers_matrix_stands_in_front_of_ours_by_protocol(figures):
    paper = made_up.paper(claims=printed([["9", "1"], ["2", "8"]]))
    confusions = [confusion(protocol="grouped", folds=3, counts=((50, 0), (0, 50))), confusion()]
    titles, axes = matrices(figures, confusions, paper)
    assert titles == [
        [
            "net\nthe paper, Fig. 7\n20 test images",
            "net\npublished, seed 4\n6 test images",
            "net\ngrouped, seed 4, 3 folds\n100 test images",
        ]
    ]
    assert [cell.get_text() for cell in axes[0].texts][::2] == ["9", "1", "2", "8"]


def test_a_matrix_that_is_printed_in_part_is_not_shown_as_one(figures):
    paper = made_up.paper(claims=printed([["9", "1"], ["2", "8"]])[:3])
    titles, _ = matrices(figures, [confusion()], paper)
    assert len(titles[0]) == 1


def test_matrices_of_an_arm_and_a_part_share_a_row(figures):
    claims = [made_up.claim("accuracy", "0.9", arm="b", part="train")]
    paper = made_up.paper(made_up.arm("b"), made_up.arm("a"), claims=claims)
    confusions = [
        confusion(arm, part, protocol=protocol)
        for arm, part in (("b", "test"), ("b", "train"), ("a", "test"))
        for protocol in ("grouped", "published")
    ]
    titles, _ = matrices(figures, confusions, paper)
    starts = [[tuple(title.split(",")[0].split("\n")) for title in row] for row in titles]
    b, a = ([(arm, "published"), (arm, "grouped")] for arm in "ba")
    assert starts == [[*b, *b], a]
    assert [row[0].split("\n")[2] for row in titles] == ["6 test images", "6 test images"]
    assert titles[0][2].endswith("6 training images")


def with_variant():
    """A paper that prints the matrix of "net", and the matrices of that and of its variant, by protocol."""
    variant = made_up.arm("net-native", variant_of="net", differs="pixels")
    paper = made_up.paper(claims=printed([["9", "1"], ["2", "8"]]), variants=(variant,))
    protocols = ("published", "grouped")
    return paper, [
        confusion(arm, protocol=protocol) for protocol in protocols for arm in ("net", "net-native")
    ]


def test_matrices_of_variants_are_folded_away_beside_what_is_printed_of_their_arm(figures):
    paper, confusions = with_variant()
    shown = page(show(confusions, paper))
    assert [fold.summary.get_text() for fold in shown.select("details")] == [
        "Confusion matrices of the variants"
    ]
    own, of_variant = ([axis.get_title().split(", ")[0] for axis in f.axes] for f in figures)
    assert own == ["net\nthe paper", "net\npublished", "net\ngrouped"]
    assert of_variant == ["net\nthe paper", "net-native\npublished", "net-native\ngrouped"]
    assert len(shown.select("details figure")) == 1


def test_what_did_not_learn_has_a_sentence_and_no_matrix(figures):
    paper, confusions = with_variant()
    failed = [("net", "grouped"), ("net-native", "published"), ("net-native", "grouped")]
    shown = page(show(confusions, paper, failed=failed))
    assert [axis.get_title().split(", ")[0] for axis in figures[0].axes] == [
        *("net\nthe paper", "net\npublished")
    ]
    assert shown.select("details") == []
    assert shown.p.get_text() == (
        "No confusion matrix for net (grouped split) and net-native, which are not shown to have learnt."
    )


def test_where_nothing_learnt_not_even_the_papers_matrix_is_drawn(figures):
    paper = made_up.paper(claims=printed([["9", "1"], ["2", "8"]]))
    shown = page(show([confusion()], paper, failed=[("net", "published")]))
    assert ([tag.name for tag in shown.find_all()], figures) == (["p"], [])


def test_matrices_too_wide_for_one_row_stand_in_several(figures):
    classes = tuple(f"class {number}" for number in range(12))
    counts = np.eye(12, dtype=int).tolist()
    confusions = [confusion(counts=counts), confusion(counts=counts, protocol="grouped")]
    titles, _ = matrices(figures, confusions, made_up.paper(classes=classes))
    assert [len(row) for row in titles] == [1, 1]


def test_a_cell_holds_images_and_below_their_share_of_the_row(figures):
    _, (axis,) = matrices(figures, [confusion(counts=((1500, 500), (0, 0)))])
    assert [cell.get_text() for cell in axis.texts] == ["1,500", "0.75", "500", "0.25", "0", "0"]
    count, share = axis.texts[:2]
    upper, lower = made_up.boxes(figures[0], [count, share])
    assert lower.y1 <= upper.y0


def test_the_colour_is_the_share_not_the_number(figures):
    _, axes = matrices(
        figures, [confusion(counts=((3, 1), (0, 2))), confusion("net", protocol="grouped")]
    )
    (mesh,) = axes[0].collections
    assert mesh.get_array().tolist() == [[0.75, 0.25], [0, 1]]
    assert mesh.get_clim() == (0, 1)
    assert np.round(mesh.to_rgba([0, 0.25, 1])[:, 3], 2).tolist() == [0, 0.25, 1]


def test_rows_are_true_classes_from_above_and_columns_predicted_ones(figures):
    _, (axis,) = matrices(figures, [confusion(counts=((5, 6), (7, 8)))])
    places = {cell.get_text(): cell.get_position() for cell in axis.texts[::2]}
    assert places["6"] == (1.5, 0.5)
    assert axis.get_ylim() == (2, 0)
    assert [label.get_text() for label in axis.get_yticklabels()] == ["cat", "dog"]
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("predicted class", "true class")


def test_training_images_of_several_folds_are_answered_more_than_once(figures):
    claims = [made_up.claim("accuracy", "0.9", part="train")]
    paper = made_up.paper(claims=claims)
    titles, _ = matrices(figures, [confusion(part="train", folds=3)], paper)
    assert titles[0][0].endswith("3 folds\n6 answers to training images")


def test_the_matrices_are_told_in_words(figures):
    paper = made_up.paper(claims=printed([["9", "1"], ["2", "8"]]))
    shown = show([confusion()], paper)
    assert alts(shown)[0].endswith(
        "net, the paper, Fig. 7, 20 test images: 17 right. "
        "net, published, seed 4, 6 test images: 5 right."
    )
    assert caption(shown).startswith("All arms. Confusion matrices as the paper prints them")


def test_a_protocol_whose_groups_were_found_by_look_is_not_called_grouped(figures):
    grouping = made_up_runs.grouping(basis="search")
    titles, _ = matrices(figures, [confusion(protocol="grouped")], grouping=grouping)
    assert titles[0][0].split("\n")[1].startswith("by-look, ")


def test_a_class_without_test_images_does_not_break_the_shares(figures, record, paper):
    (found,) = confusion_matrices(record.predictions, record.images.classes)
    assert np.trace(np.array(found.counts)) == 15
    empty = found.model_copy(update={"counts": [[0] * 5, *found.counts[1:]]})
    titles, _ = matrices(figures, [empty], paper)
    assert titles[0][0].endswith("\n12 test images")


@pytest.mark.parametrize("classes", [("benign", "malignant"), LONG[:2], LONG])
def test_names_of_classes_neither_overlap_nor_are_cut_off(figures, classes):
    counts = np.full((len(classes), len(classes)), 1234).tolist()
    confusions = [confusion(counts=counts), confusion(counts=counts, protocol="grouped")]
    _, (left, right) = matrices(figures, confusions, made_up.paper(classes=classes))
    (figure,) = figures
    assert made_up.cut_off(figure) == []
    # A tilted name starts below its column: its end is at the tick, not its middle.
    names = left.get_xticklabels()
    assert [label.get_text() for label in names] == list(classes)
    assert {(label.get_ha(), label.get_rotation_mode()) for label in names} == {("right", "anchor")}
    upright = [*left.get_yticklabels(), *left.texts, *right.texts, left.title, right.title]
    assert made_up.overlapping(made_up.boxes(figure, upright)) == 0


@pytest.mark.parametrize("number", [21, 1000])
def test_of_many_classes_the_cells_have_their_colour_alone(figures, number):
    """A number in each of a million cells would take gigabytes, and nobody could read it."""
    classes = [f"class {place}" for place in range(number)]
    block = confusions.matrix_picture(
        [[confusions.Panel("net", np.eye(number, dtype=int), WHITE)]], classes, "Caption.", ""
    )
    (axis,) = figures[0].axes
    assert not axis.texts
    assert not [label.get_text() for label in axis.get_xticklabels()]
    assert np.array_equal(axis.images[0].get_array(), np.eye(number))
    assert max(figures[0].get_size_inches()) < 8
    assert "too small for numbers" in caption(block)
    assert len(block.html) < 100_000
