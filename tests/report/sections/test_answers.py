"""Figures of single images: what is drawn, and how it is told in words."""

import made_up_paper as made_up
import made_up_runs
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import same_color
from report_html import alts, caption, grey_images, greys, page

from lib import report
from lib.report.plots import RIGHT, WRONG

LONG = ("Norwegian Forest Cat", "acute lymphoblastic leukaemia", "<b> & c")


LEARNT = [made_up_runs.learning()]


# The gallery


def predictions(true: str, predicted: str, **changes) -> pd.DataFrame:
    """One image a letter: c for cat, d for dog."""
    names = {"c": "cat", "d": "dog"}
    columns = {
        "true": [names[letter] for letter in true],
        "predicted": [names[letter] for letter in predicted],
    }
    return pd.DataFrame(columns | {"arm": "net", "protocol": "published", "seed": 4} | changes)


def test_every_image_stands_under_its_predicted_class_and_a_wrong_one_names_the_true(figures):
    shown = report.gallery_figure(
        predictions("ccd", "cdd"), grey_images(3), LEARNT, {"net": "Mark"}
    )
    assert greys(figures[0]) == [0, 10, 20]
    assert [axis.get_title() for axis in figures[0].axes] == ["✓ cat", "✗ dog\n(is: cat)", "✓ dog"]
    colours = [axis.title.get_color() for axis in figures[0].axes]
    assert all(map(same_color, colours, (RIGHT, WRONG, RIGHT)))
    assert caption(shown) == (
        "Mark. 3 test images of net, seed 4: 2 right (green, ✓), 1 wrong (red, ✗)."
    )
    assert alts(shown) == ["3 test images with predicted classes"]


def test_a_gallery_of_28_has_four_rows_of_seven_and_a_last_row_may_be_short(figures):
    for number in (28, 30, 1):
        letters = "c" * number
        shown = report.gallery_figure(
            predictions(letters, letters), grey_images(number), LEARNT, {"net": ""}
        )
    full, more, single = figures
    assert [len(figure.axes) for figure in figures] == [28, 35, 1]
    assert greys(full) == [10 * number % 256 for number in range(28)]
    assert greys(more)[30:] == [None] * 5
    assert not any(axis.axison for axis in more.axes)
    assert caption(shown).startswith("1 test image of net, seed 4: 1 right (green, ✓), 0 wrong")
    assert single.get_figwidth() < full.get_figwidth() / 5


def test_a_gallery_over_several_seeds_names_them():
    shown = report.gallery_figure(
        predictions("cc", "cd", seed=[4, 9]), grey_images(2), LEARNT, {"net": ""}
    )
    assert "seed 4, 9: 1 right" in caption(shown)


def test_a_gallery_needs_an_image_for_every_row():
    with pytest.raises(ValueError, match="is longer than"):
        report.gallery_figure(predictions("cc", "cd"), grey_images(1), LEARNT, {"net": ""})


def test_large_images_are_thinned_out(figures):
    report.gallery_figure(predictions("c", "c"), grey_images(1, size=448), LEARNT, {"net": ""})
    assert figures[0].axes[0].images[0].get_array().shape == (112, 112, 3)


def test_there_is_no_gallery_of_an_arm_that_did_not_learn(figures):
    learning = [made_up_runs.learning(outcome="not above the majority")]
    shown = report.gallery_figure(
        predictions("cc", "cd"), grey_images(2), learning, {"net": "Mark"}
    )
    assert figures == []
    assert "Mark" in shown.html
    assert "No gallery for net" in shown.html


@pytest.mark.parametrize("classes", [("benign", "malignant"), LONG])
def test_titles_neither_overlap_nor_are_cut_off(figures, classes):
    rng = np.random.default_rng(0)
    rows = pd.DataFrame(
        {
            "true": rng.choice(classes, 28),
            "predicted": rng.choice(classes, 28),
            "arm": "net",
            "protocol": "published",
            "seed": 0,
        }
    )
    report.gallery_figure(rows, grey_images(28), LEARNT, {"net": ""})
    (figure,) = figures
    assert made_up.cut_off(figure) == []
    titles = [axis.title for axis in figure.axes]
    assert made_up.overlapping(made_up.boxes(figure, titles)) == 0
    pictures = [axis.get_window_extent() for axis in figure.axes]
    assert min(box.height for box in pictures) > 50


# One photograph


def _photo(answers, pixels=None, *, origin="x", classes=("a", "b", "c"), learning=LEARNT):
    """What "net" calls one photograph."""
    pixels = grey_images(1)[0] if pixels is None else pixels
    classes = classes[: len(answers[0])]
    where = {"arm": "net", "protocol": "published"}
    return report.photo_figure(pixels, origin, answers, classes, learning, {"net": "Mark"}, **where)


def test_a_photograph_is_not_shown_to_a_model_that_did_not_learn():
    learning = [made_up_runs.learning(outcome="one answer")]
    shown = page(_photo([np.array([0.9, 0.1])], learning=learning))
    assert shown.figure is None
    assert "net" in shown.get_text()


def test_one_photograph_shows_mean_and_single_probabilities_of_every_class(figures):
    answers = [np.array([0.2, 0.7, 0.1]), np.array([0.6, 0.3, 0.1])]
    shown = _photo(answers, grey_images(1)[0] + 60, origin="from <b>")
    left, right = figures[0].axes
    assert int(left.images[0].get_array()[0, 0, 0]) == 60
    assert [round(bar.get_width(), 9) for bar in right.patches] == [0.4, 0.5, 0.1]
    other, called, last = (bar.get_facecolor() for bar in right.patches)
    assert same_color(other, last)
    assert not same_color(other, called)
    strokes = [line.get_xydata().tolist() for line in right.lines]
    assert strokes == [[[0.2, 0], [0.6, 0]], [[0.7, 1], [0.3, 1]], [[0.1, 2], [0.1, 2]]]
    assert [label.get_text() for label in right.get_yticklabels()] == ["a", "b", "c"]
    assert right.get_ylim()[0] > right.get_ylim()[1]  # the first class on top
    assert caption(shown) == (
        "Mark. One image (from <b>), classified by 2 trained models, one per seed: 1 of 2 called it b; "
        "mean confidence 50.00 % (bars: mean; strokes: single models)."
    )
    assert alts(shown) == ["One image, classified as b"]


def test_a_class_that_no_model_called_can_have_the_highest_mean(figures):
    answers = [np.array([0.5, 0.45, 0.05]), np.array([0.05, 0.45, 0.5])]
    text = caption(_photo(answers))
    assert "0 of 2 called it b; mean confidence 45.00 %" in text


def test_a_single_model_has_no_mean():
    text = caption(_photo([np.array([0.25, 0.75])]))
    assert "(x), classified by the trained model as b, with a confidence of 75.00 %." in text


@pytest.mark.parametrize("classes", [("a", "b"), (*LONG, "x", "y")])
def test_class_names_stand_whole_between_photograph_and_bars(figures, classes):
    share = np.full(len(classes), 1 / len(classes))
    _photo([share], classes=classes)
    (figure,) = figures
    assert made_up.cut_off(figure) == []
    left, right = figure.axes
    names = made_up.boxes(figure, right.get_yticklabels())
    assert min(label.x0 for label in names) > left.get_window_extent().x1
    assert right.get_window_extent().width > figure.bbox.width / 3
