"""Curves by epoch: every arm and protocol, what is ours and what the paper prints, and how the captions tell it."""

import made_up_paper as made_up
import made_up_runs
import numpy as np
import pandas as pd
import pytest
from report_html import alts, caption, page, points

from lib import report
from lib.papers.declare import epoch_log
from lib.report.plots import WHITE

LOG = (("accuracy", "validation"), ("loss", "train"))
GROUPING = made_up_runs.grouping()
MARKS = {"": "All arms"}


def all_learnt(history, *but: tuple[str, str]) -> list:
    """That everything learnt, but for these pairs of arm and protocol."""
    keys = history.groupby(["arm", "protocol"]).groups
    outcomes = {key: "one answer" if key in but else "learnt" for key in keys}
    return [made_up_runs.learning(*key, outcome=outcomes[key]) for key in keys]


def curves(figures, history, paper=None):
    """The axes of the curves by row and column, and their block."""
    learning = all_learnt(history)
    shown = report.curve_figure(history, learning, paper or made_up.paper(), GROUPING, MARKS)
    rows = history["arm"].nunique()
    return np.reshape(figures[-1].axes, (rows, -1)), shown


def both_protocols(*arms: str, epochs: int = 3) -> pd.DataFrame:
    """Under `grouped`, every accuracy is 0.25 and every loss 2."""
    published = made_up.history(*arms, epochs=epochs)
    lower = dict.fromkeys(("accuracy", "val_accuracy"), 0.25) | dict.fromkeys(
        ("loss", "val_loss"), 2.0
    )
    return pd.concat([published.assign(protocol="grouped", **lower), published])


def test_every_arm_and_variant_has_a_row_and_every_metric_and_protocol_a_column(figures):
    paper = made_up.paper(made_up.arm("b"), made_up.arm("a"))
    grid, _ = curves(figures, both_protocols("a", "b"), paper)
    assert len(figures) == 1
    assert [axes[0].get_ylabel() for axes in grid] == ["b", "a"]
    titles = [axis.get_title() for axis in grid[0]]
    assert titles == [
        *("accuracy, published", "accuracy, grouped"),
        *("loss, published", "loss, grouped"),
    ]
    last = [[points(axis)["ours, train"][-1] for axis in axes] for axes in grid]
    # b lies 0.1 below a, and the seeds 0.01 apart.
    assert last == [
        [(3, 0.795), (3, 0.25), (3, 0.205), (3, 2.0)],
        [(3, 0.895), (3, 0.25), (3, 0.105), (3, 2.0)],
    ]


def test_variants_are_shown_too(figures, with_variant, paper):
    grid, _ = curves(figures, with_variant.history, paper)
    assert [axes[0].get_ylabel() for axes in grid] == ["mobilenetv2", "mobilenetv2-native"]


def test_a_curve_is_the_mean_over_seeds_in_a_band_from_the_lowest_to_the_highest(figures):
    ((accuracy, loss),), shown = curves(figures, made_up.history(epochs=2))
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
    assert [axis.get_title() for axis in (accuracy, loss)] == ["accuracy", "loss (cross-entropy)"]
    assert "2 fits (published)" in caption(shown)


def test_fits_of_all_folds_are_counted(figures):
    folds = [made_up.history(protocol="grouped").assign(fold=fold) for fold in range(3)]
    _, shown = curves(figures, pd.concat([*folds, made_up.history(seeds=1)]))
    assert (
        "1 fit (published) and 6 fits (grouped); bands: lowest to highest. The paper prints"
        in caption(shown)
    )


def test_a_protocol_whose_groups_were_found_by_look_is_not_called_grouped(figures):
    grouping, history = made_up_runs.grouping(basis="search"), both_protocols()
    for show in (report.curve_figure, report.validation_figure):
        shown = show(history, all_learnt(history), made_up.paper(), grouping, MARKS)
        titles = [
            text for axis in figures[-1].axes for text in (axis.get_title(), axis.get_ylabel())
        ]
        for told in (caption(shown), alts(shown)[0], " ".join(titles)):
            assert "by-look" in told
            assert "grouped" not in told


def test_the_papers_numbers_lie_in_the_order_of_the_epochs(figures):
    """Even where the last epoch is printed first, in the abstract."""
    rows = [(1, "0.5", "0.9"), (2, "0.6", "0.8")]
    claims = [
        made_up.claim(
            "accuracy", "70", epoch=3, unit="percent", part="validation", where="Abstract"
        ),
        *epoch_log(rows, LOG, where="Table 2", arm="net"),
        *epoch_log([(1, "0.1", "0.1")], LOG, where="Table 3", arm="other"),
        made_up.claim("accuracy", "0.99", part="validation"),
    ]
    ((accuracy, loss),), shown = curves(figures, made_up.history(), made_up.paper(claims=claims))
    ours = {"ours, train", "ours, validation"}
    assert {name: line for name, line in points(accuracy).items() if name not in ours} == {
        "paper, validation": [(1, 0.5), (2, 0.6), (3, 0.7)]
    }
    assert {name: line for name, line in points(loss).items() if name not in ours} == {
        "paper, train": [(1, 0.9), (2, 0.8)]
    }
    assert "The paper's numbers: Table 2; Abstract." in caption(shown)
    assert "Triangles" not in caption(shown)


def test_the_papers_numbers_stand_with_its_own_protocol_alone(figures):
    claims = epoch_log([(1, "0.5", "0.9")], LOG, where="Table 2", arm="net")
    grid, _ = curves(figures, both_protocols(), made_up.paper(claims=claims))
    assert ["paper, validation" in points(axis) for axis in grid[0]] == [True, False, False, False]


def test_the_axis_ends_with_the_epochs_run_and_the_papers_last_epoch_stands_at_its_edge(figures):
    rows = [(2, "0.5", "0.9"), (20, "0.7", "0.3"), (40, "0.8", "0.2")]
    claims = epoch_log(rows, LOG, where="Table 2", arm="net")
    ((accuracy, _),), shown = curves(figures, made_up.history(), made_up.paper(claims=claims))
    drawn = points(accuracy)
    low, high = accuracy.get_xlim()
    assert low < 1
    assert 3 < high < 4
    assert drawn["paper, validation"] == [(2, 0.5)]
    assert drawn["paper, validation, later epoch"] == [(high, 0.8)]
    assert (
        "epoch of net. Lines: the mean of 2 fits (published); bands: lowest to highest. The paper's "
        "numbers: Table 2. Circles: training images; squares: validation images. Triangles: its "
        "last epoch, not run here (40 of net)"
    ) in caption(shown)


def test_a_paper_without_numbers_by_epoch_has_no_markers(figures):
    claims = [made_up.claim("accuracy", "0.9")]
    _, shown = curves(figures, made_up.history(), made_up.paper(claims=claims))
    assert "The paper prints no numbers by epoch." in caption(shown)
    assert "ircles" not in caption(shown)


@pytest.mark.parametrize("epochs", [1, 2, 150])
def test_the_axis_counts_in_whole_epochs_from_the_first(figures, epochs):
    grid, _ = curves(figures, made_up.history(epochs=epochs))
    for axis in grid[0]:
        low, high = axis.get_xlim()
        ticks = [tick for tick in axis.get_xticks() if low <= tick <= high]
        assert ticks
        assert all(tick == int(tick) and 1 <= tick <= epochs for tick in ticks)


def test_short_runs_have_dots_that_are_seen_long_ones_a_line_alone(figures):
    for epochs, marker in ((1, "."), (150, "")):
        grid, _ = curves(figures, made_up.history(epochs=epochs))
        assert {line.get_marker() for line in grid[0, 0].lines} == {marker}


def test_curves_are_told_apart_without_colours(figures):
    both = (("accuracy", "train"), ("accuracy", "validation"))
    claims = epoch_log([(1, "0.5", "0.4"), (9, "0.8", "0.7")], both, where="Table 2", arm="net")
    grid, _ = curves(figures, made_up.history(), made_up.paper(claims=claims))
    lines = grid[0, 0].lines
    looks = {
        (line.get_linestyle(), line.get_marker(), line.get_markerfacecolor() == WHITE)
        for line in lines
    }
    assert len(looks) == len(lines) == 6


def test_accuracies_share_one_scale_and_so_do_the_losses_of_an_arm(figures):
    paper = made_up.paper(made_up.arm("a"), made_up.arm("b"))
    grid, _ = curves(figures, both_protocols("a", "b"), paper)
    assert len({axis.get_ylim() for axis in grid[:, :2].ravel()}) == 1
    assert all(axes[2].get_ylim() == axes[3].get_ylim() for axes in grid)


def test_losses_of_which_the_first_dwarfs_the_rest_stand_on_a_logarithmic_scale(figures):
    paper = made_up.paper(made_up.arm("a"), made_up.arm("b"))
    history = made_up.history("a", "b")
    steep = (history["arm"] == "b") & (history["epoch"] == 1)
    grid, shown = curves(figures, history.assign(loss=history["loss"].mask(steep, 30.0)), paper)
    assert [axes[1].get_yscale() for axes in grid] == ["linear", "log"]
    assert "The losses of b have a logarithmic scale." in caption(shown)


def test_the_text_for_those_who_do_not_see_it_tells_where_the_curves_start_and_end(figures):
    _, shown = curves(figures, made_up.history(epochs=2))
    assert "net, published: 0.395 after epoch 1, 0.795 after epoch 2." in alts(shown)[0]


def test_curves_change_with_the_history(figures):
    history = made_up.history()
    _, before = curves(figures, history)
    _, after = curves(figures, history.assign(loss=history["loss"] + 0.5))
    assert before.html != after.html


# What did not learn


def test_what_did_not_learn_has_a_sentence_and_no_curves(figures):
    history = both_protocols("a", "b", epochs=2)
    paper = made_up.paper(made_up.arm("a"), made_up.arm("b"), made_up.arm("c"))
    learning = all_learnt(history, ("a", "published"), ("a", "grouped"), ("b", "grouped"))
    shown = report.curve_figure(history, learning, paper, GROUPING, MARKS)
    assert [axis.get_ylabel() for axis in figures[0].axes] == ["b", ""]  # published alone
    assert page(shown).p.get_text() == (
        "No learning curves for a and b (grouped split), which are not shown to have learnt."
    )
    assert "Accuracy and loss by epoch of b. Lines: the mean of 2 fits (published)" in caption(
        shown
    )
    together = report.validation_figure(history, learning, paper, GROUPING, MARKS)
    assert [line.get_label() for line in figures[1].axes[0].lines] == ["b"]
    assert page(together).p is None


def test_an_arm_that_learnt_under_one_protocol_leaves_the_place_of_the_other_empty(figures):
    history = both_protocols("a", "b", epochs=2)
    paper = made_up.paper(made_up.arm("a"), made_up.arm("b"))
    learning = all_learnt(history, ("a", "published"), ("b", "grouped"))
    shown = report.curve_figure(history, learning, paper, GROUPING, MARKS)
    drawn = [bool(axis.lines) for axis in figures[0].axes]
    assert drawn == [False, True, False, True, True, False, True, False]
    assert "a, grouped: 0.250 after epoch 1" in alts(shown)[0]
    assert "a, published" not in alts(shown)[0]
    report.validation_figure(history, learning, paper, GROUPING, MARKS)
    (legend,) = figures[1].legends
    assert [text.get_text() for text in legend.get_texts()] == ["a", "b"]


def test_where_nothing_learnt_one_sentence_is_all(figures):
    history = made_up.history()
    learning = all_learnt(history, ("net", "published"))
    shown = report.curve_figure(history, learning, made_up.paper(), GROUPING, MARKS)
    assert [tag.name for tag in page(shown).find_all()] == ["p"]
    together = report.validation_figure(history, learning, made_up.paper(), GROUPING, MARKS)
    assert (together.html, figures) == ("", [])


# All arms in one plot


def compared(figures, history, paper):
    shown = report.validation_figure(history, all_learnt(history), paper, GROUPING, MARKS)
    return np.reshape(figures[-1].axes, (-1, 2)), shown


def test_all_arms_share_a_plot_of_accuracy_and_one_of_loss_a_row_per_protocol(figures):
    paper = made_up.paper(made_up.arm("b"), made_up.arm("a"))
    grid, shown = compared(figures, both_protocols("a", "b", epochs=2), paper)
    accuracy, loss = map(points, grid[0])
    assert accuracy == {"b": [(1, 0.295), (2, 0.695)], "a": [(1, 0.395), (2, 0.795)]}
    assert loss == {"b": [(1, 0.805), (2, 0.405)], "a": [(1, 0.705), (2, 0.305)]}
    assert points(grid[1, 0])["a"] == [(1, 0.25), (2, 0.25)]
    assert [axes[0].get_ylabel() for axes in grid] == ["published", "grouped"]
    assert "2 fits (published)" in caption(shown)
    assert caption(shown).startswith("All arms. ")


def test_arms_are_told_apart_by_colour_and_by_line_even_six_of_them(figures):
    names = tuple("abcdef")
    paper = made_up.paper(*map(made_up.arm, names))
    grid, _ = compared(figures, made_up.history(*names), paper)
    lines = grid[0, 0].lines
    assert [line.get_label() for line in lines] == list(names)
    assert len({line.get_color() for line in lines}) == 6
    assert len({line.get_linestyle() for line in lines[:4]}) == 4
