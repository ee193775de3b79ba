"""Curves by epoch: what is ours, what the paper prints, and how the captions tell it."""

import made_up_paper as made_up
import numpy as np
import pandas as pd
from report_html import alts, arm_headings, caption, captions, points

from lib import report
from lib.papers.declare import epoch_log

MARKS = {"": "All arms", "mobilenetv2": ""}


def test_curves_say_what_is_ours_and_where_the_papers_stands(record, paper):
    shown = report.curve_figure(record.history, paper, MARKS)
    assert "mean of 2 seeds" in caption(shown)
    assert "(Table 1)" in caption(shown)


def test_curves_change_with_the_history(record, paper):
    before = report.curve_figure(record.history, paper, MARKS).html
    record.history["loss"] += 0.5
    assert report.curve_figure(record.history, paper, MARKS).html != before


def test_curves_are_those_of_the_papers_arms_not_of_their_variants(with_variant, paper):
    history = with_variant.history
    both = report.curve_figure(history, paper, MARKS).html
    alone = history[history["arm"] == "mobilenetv2"]
    assert report.curve_figure(alone, paper, MARKS).html == both
    others = history.assign(arm=history["arm"].map(lambda arm: {"mobilenetv2": "x"}.get(arm, arm)))
    renamed = others.assign(arm=others["arm"].replace("mobilenetv2-native", "mobilenetv2"))
    assert report.curve_figure(renamed, paper, MARKS).html != both


def test_every_arm_has_its_curves_under_its_name_and_its_mark(figures):
    paper = made_up.paper(made_up.arm("b"), made_up.arm("a"))
    marks = {"": "x", "a": "Mark of a", "b": ""}
    shown = report.curve_figure(made_up.history("a", "b"), paper, marks)
    assert arm_headings(shown) == ["b", "a"]
    assert [text.startswith("Mark of a. ") for text in captions(shown)] == [False, True]
    last = [points(figure.axes[0])["ours, train"][-1] for figure in figures]
    # b lies 0.1 below a, and the seeds 0.01 apart.
    assert last == [(3, 0.795), (3, 0.895)]


def test_a_curve_is_the_mean_over_seeds_in_a_band_from_the_lowest_to_the_highest(figures):
    (figure,) = _curves(figures, made_up.history(epochs=2), made_up.paper())
    accuracy, loss = figure.axes
    assert points(accuracy) == {
        "ours, train": [(1, 0.445), (2, 0.895)],
        "ours, validation": [(1, 0.395), (2, 0.795)],
    }
    assert points(loss) == {
        "ours, train": [(1, 0.555), (2, 0.105)],
        "ours, validation": [(1, 0.705), (2, 0.305)],
    }
    bands = [band.get_datalim(accuracy.transData).extents for band in accuracy.collections]
    assert np.round(bands, 9).tolist() == [[1, 0.44, 2, 0.9], [1, 0.39, 2, 0.8]]
    assert [axis.get_ylabel() for axis in figure.axes] == ["accuracy", "loss (cross-entropy)"]


def _curves(figures, history, paper) -> list:
    """The figures of a paper's curves."""
    report.curve_figure(history, paper, {"": "", **{arm.name: "" for arm in paper.arms}})
    return figures


def test_the_papers_numbers_lie_in_the_order_of_the_epochs(figures):
    """Even where the last epoch is printed first, in the abstract."""
    log = (("accuracy", "validation"), ("loss", "train"))
    rows = [(1, "0.5", "0.9"), (2, "0.6", "0.8")]
    claims = [
        made_up.claim(
            "accuracy", "70", epoch=3, unit="percent", part="validation", where="Abstract"
        ),
        *epoch_log(rows, log, where="Table 2", arm="net"),
        *epoch_log([(1, "0.1", "0.1")], log, where="Table 3", arm="other"),
        made_up.claim("accuracy", "0.99", part="validation"),
    ]
    paper = made_up.paper(claims=claims)
    (figure,) = _curves(figures, made_up.history(), paper)
    accuracy, loss = map(points, figure.axes)
    assert accuracy["paper, validation"] == [(1, 0.5), (2, 0.6), (3, 0.7)]
    assert loss["paper, train"] == [(1, 0.9), (2, 0.8)]
    ours = {"ours, train", "ours, validation"}
    assert set(accuracy) - ours == {"paper, validation"}
    assert set(loss) - ours == {"paper, train"}
    shown = report.curve_figure(made_up.history(), paper, {"net": ""})
    assert "Circles: the paper's own numbers (Abstract, Table 2)." in caption(shown)


def test_a_paper_without_numbers_by_epoch_has_no_circles():
    claims = [made_up.claim("accuracy", "0.9")]
    shown = report.curve_figure(made_up.history(), made_up.paper(claims=claims), {"net": ""})
    assert "The paper prints no numbers by epoch." in caption(shown)
    assert "ircles" not in caption(shown)


def test_the_curves_of_one_seed_are_no_plural():
    shown = report.curve_figure(made_up.history(seeds=1), made_up.paper(), {"net": ""})
    assert "mean of 1 seed;" in caption(shown)


def test_a_run_of_one_epoch_is_seen_and_its_axis_counts_in_whole_epochs(figures):
    (figure,) = _curves(figures, made_up.history(epochs=1), made_up.paper())
    for axis in figure.axes:
        assert all(line.get_marker() == "." for line in axis.lines)
        low, high = axis.get_xlim()
        assert [tick for tick in axis.get_xticks() if low <= tick <= high] == [1]


def test_a_long_run_is_a_line_without_dots(figures):
    (figure,) = _curves(figures, made_up.history(epochs=150), made_up.paper())
    assert {line.get_marker() for line in figure.axes[0].lines} == {""}


def test_curves_are_told_apart_without_colours(figures):
    claims = epoch_log(
        [(1, "0.5", "0.4")],
        (("accuracy", "train"), ("accuracy", "validation")),
        where="Table 2",
        arm="net",
    )
    (figure,) = _curves(figures, made_up.history(), made_up.paper(claims=claims))
    styles = {line.get_label(): line.get_linestyle() for line in figure.axes[0].lines}
    assert styles["ours, train"] != styles["ours, validation"]
    assert styles["paper, train"] not in (styles["ours, train"], styles["ours, validation"])


def test_curves_are_those_of_one_protocol_the_papers_where_it_was_run(figures):
    published = made_up.history()
    grouped = made_up.history(protocol="grouped").assign(accuracy=0.25)
    for history in (pd.concat([grouped, published]), published, grouped):
        shown = report.curve_figure(history, made_up.paper(), {"net": ""})
    both, alone, other = (points(figure.axes[0])["ours, train"] for figure in figures)
    assert both == alone
    assert other == [(1, 0.25), (2, 0.25), (3, 0.25)]
    assert caption(shown).endswith(" Protocol: grouped.")


# All arms in one figure


def test_all_arms_share_a_figure_of_accuracy_and_one_of_loss(figures):
    paper = made_up.paper(made_up.arm("b"), made_up.arm("a"))
    history = made_up.history("a", "b", "a-native", epochs=2)
    shown = report.validation_figure(history, paper, {"": "Mark"})
    accuracy, loss = figures
    assert points(accuracy.axes[0]) == {
        "b": [(1, 0.295), (2, 0.695)],
        "a": [(1, 0.395), (2, 0.795)],
    }
    assert points(loss.axes[0]) == {"b": [(1, 0.805), (2, 0.405)], "a": [(1, 0.705), (2, 0.305)]}
    bands = [band.get_datalim(band.axes.transData).extents for band in accuracy.axes[0].collections]
    assert np.round(bands, 9).tolist() == [[1, 0.29, 2, 0.7], [1, 0.39, 2, 0.8]]
    assert [figure.axes[0].get_ylabel() for figure in figures] == [
        "validation accuracy",
        "validation loss",
    ]
    assert alts(shown) == [
        "Validation accuracy of every model by epoch",
        "Validation loss of every model by epoch",
    ]
    text = caption(shown)
    assert text.startswith("Mark. Validation loss by epoch of every model.")
    assert "mean of 2 seeds" in text


def test_arms_are_told_apart_by_colour_and_by_line_even_six_of_them(figures):
    names = tuple("abcdef")
    paper = made_up.paper(*map(made_up.arm, names))
    report.validation_figure(made_up.history(*names), paper, {"": ""})
    lines = figures[0].axes[0].lines
    assert [line.get_label() for line in lines] == list(names)
    assert len({line.get_color() for line in lines}) == 6
    assert len({line.get_linestyle() for line in lines[:4]}) == 4


def test_one_epoch_and_one_seed_are_seen_and_are_no_plural(figures):
    shown = report.validation_figure(made_up.history(epochs=1, seeds=1), made_up.paper(), {"": ""})
    assert "mean of 1 seed;" in caption(shown)
    assert figures[0].axes[0].lines[0].get_marker() == "."


def test_validation_curves_are_those_of_one_protocol(figures):
    grouped = made_up.history(protocol="grouped").assign(val_accuracy=0.25)
    both = pd.concat([grouped, made_up.history()])
    for history in (both, grouped):
        shown = report.validation_figure(history, made_up.paper(), {"": ""})
    assert points(figures[0].axes[0])["net"][-1] == (3, 0.795)
    assert points(figures[2].axes[0])["net"][-1] == (3, 0.25)
    assert caption(shown).endswith(" Protocol: grouped.")
