"""Figures of single images and of several models: what is drawn, and how it is told in words."""

import made_up_paper as made_up
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from matplotlib.colors import same_color

from lib import report
from lib.papers.declare import Assumed, Brightness, Flip, Rotation, Stated
from lib.report.plots import RIGHT, WRONG

LONG = ("Norwegian Forest Cat", "acute lymphoblastic leukaemia", "<b> & c")


@pytest.fixture
def figures(monkeypatch):
    return made_up.drawn(monkeypatch)


def caption(shown) -> str:
    return BeautifulSoup(shown.html, "html.parser").find_all("figcaption")[-1].get_text()


def alts(shown) -> list[str]:
    return [one["alt"] for one in BeautifulSoup(shown.html, "html.parser").select("img")]


def images(number: int, size: int = 8) -> np.ndarray:
    """Images of one grey each: 0, 10, 20, …"""
    return (
        np.ones((number, size, size, 3), np.uint8)
        * np.arange(0, 10 * number, 10, dtype=np.uint8)[:, None, None, None]
    )


def greys(figure) -> list[int | None]:
    """The grey of the image in each axis, None where there is none."""
    return [
        int(axis.images[0].get_array()[0, 0, 0]) if axis.images else None for axis in figure.axes
    ]


# Augmentation

TURN, MIRROR = Rotation(0.1, "nearest"), Flip("horizontal_and_vertical")


def previews(*changes) -> dict[str, np.ndarray]:
    return {str(one): images(3) + 100 for one in changes}


def augmentation(*changes, setting=Stated, **shown):
    arm = made_up.arm(augmentation=setting(changes, "Table 2"))
    return report.augmentation(arm, images(1)[0] + 50, previews(*changes) | shown, "Mark")


def test_each_random_change_is_told_in_words_with_its_place():
    page = BeautifulSoup(augmentation(TURN, MIRROR).html, "html.parser")
    rows = [[cell.get_text() for cell in row.select("td")] for row in page.select("tbody tr")]
    assert rows == [
        ["turned by up to ± 36°, corners filled by nearest", "Table 2"],
        ["mirrored at random, horizontal and vertical", "Table 2"],
    ]
    assert page.figcaption.get_text() == "Augmentation of net."


def test_an_assumed_augmentation_gives_its_reason():
    page = BeautifulSoup(augmentation(TURN, setting=Assumed).html, "html.parser")
    assert page.select("tbody td")[1].get_text() == "Table 2"


def test_the_original_stands_in_front_of_what_each_change_makes_of_it(figures):
    shown = augmentation(TURN, MIRROR, both=images(3) + 200)
    assert greys(figures[0]) == [50, 100, 110, 120] * 2 + [50, 200, 210, 220]
    told = [axis.texts[0].get_text() for axis in figures[0].axes[1::4]]
    assert told == [str(TURN), str(MIRROR), "both"]
    assert {axis.get_title() for axis in figures[0].axes[::4]} == {"original"}
    assert caption(shown).startswith("Mark. One training image and random draws of each change")
    assert alts(shown) == [f"Augmentation: {TURN}, {MIRROR}, both"]


@pytest.mark.parametrize("changes", [(TURN,), (TURN, MIRROR, Brightness(0.2))])
def test_the_names_of_changes_are_whole_and_leave_the_images_where_they_are(figures, changes):
    augmentation(*changes)
    (figure,) = figures
    assert made_up.cut_off(figure) == []
    above = [text for axis in figure.axes for text in (axis.title, *axis.texts)]
    assert made_up.overlapping(made_up.boxes(figure, above)) == 0
    steps = np.diff([axis.bbox.x0 for axis in figure.axes[:4]])
    assert steps.max() - steps.min() < 2  # pixels


def test_an_arm_without_random_changes_has_no_figure(figures):
    arm = made_up.arm()
    shown = report.augmentation(arm, images(1)[0], {}, "Mark")
    assert figures == []
    assert alts(shown) == []


# Validation curves


def lines(figure) -> dict[str, list[tuple[float, float]]]:
    return {
        one.get_label(): [(float(x), round(float(y), 9)) for x, y in one.get_xydata()]
        for one in figure.axes[0].lines
    }


def test_all_arms_share_a_figure_of_accuracy_and_one_of_loss(figures):
    paper = made_up.paper(made_up.arm("b"), made_up.arm("a"))
    history = made_up.history("a", "b", "a-native", epochs=2)
    shown = report.validation_curves(history, paper, "Mark")
    accuracy, loss = figures
    assert lines(accuracy) == {"b": [(1, 0.295), (2, 0.695)], "a": [(1, 0.395), (2, 0.795)]}
    assert lines(loss) == {"b": [(1, 0.805), (2, 0.405)], "a": [(1, 0.705), (2, 0.305)]}
    bands = [one.get_datalim(one.axes.transData).extents for one in accuracy.axes[0].collections]
    assert np.round(bands, 9).tolist() == [[1, 0.29, 2, 0.7], [1, 0.39, 2, 0.8]]
    assert [one.axes[0].get_ylabel() for one in figures] == [
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
    report.validation_curves(made_up.history(*names), paper, "")
    found = figures[0].axes[0].lines
    assert [one.get_label() for one in found] == list(names)
    assert len({one.get_color() for one in found}) == 6
    assert len({one.get_linestyle() for one in found[:4]}) == 4


def test_one_epoch_and_one_seed_are_seen_and_are_no_plural(figures):
    shown = report.validation_curves(made_up.history(epochs=1, seeds=1), made_up.paper(), "")
    assert "mean of 1 seed;" in caption(shown)
    assert figures[0].axes[0].lines[0].get_marker() == "."


def test_validation_curves_are_those_of_one_protocol(figures):
    grouped = made_up.history(protocol="grouped").assign(val_accuracy=0.25)
    both = pd.concat([grouped, made_up.history()])
    for history in (both, grouped):
        shown = report.validation_curves(history, made_up.paper(), "")
    assert lines(figures[0])["net"][-1] == (3, 0.795)
    assert lines(figures[2])["net"][-1] == (3, 0.25)
    assert caption(shown).endswith(" Protocol: grouped.")


# The gallery


def predictions(true: str, predicted: str, **changes) -> pd.DataFrame:
    """One image a letter: c for cat, d for dog."""
    names = {"c": "cat", "d": "dog"}
    columns = {"true": [names[one] for one in true], "predicted": [names[one] for one in predicted]}
    return pd.DataFrame(columns | {"arm": "net", "seed": 4} | changes)


def test_every_image_stands_under_its_predicted_class_and_a_wrong_one_names_the_true(figures):
    shown = report.gallery(predictions("ccd", "cdd"), images(3), "Mark")
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
        shown = report.gallery(predictions(letters, letters), images(number), "")
    full, more, single = figures
    assert [len(one.axes) for one in figures] == [28, 35, 1]
    assert greys(full) == [10 * number % 256 for number in range(28)]
    assert greys(more)[30:] == [None] * 5
    assert not any(axis.axison for axis in more.axes)
    assert caption(shown).startswith("1 test image of net, seed 4: 1 right (green, ✓), 0 wrong")
    assert single.get_figwidth() < full.get_figwidth() / 5


def test_a_gallery_over_several_seeds_names_them():
    shown = report.gallery(predictions("cc", "cd", seed=[4, 9]), images(2), "")
    assert "seed 4, 9: 1 right" in caption(shown)


def test_a_gallery_needs_an_image_for_every_row():
    with pytest.raises(ValueError, match="is longer than"):
        report.gallery(predictions("cc", "cd"), images(1), "")


def test_large_images_are_thinned_out(figures):
    report.gallery(predictions("c", "c"), images(1, size=448), "")
    assert figures[0].axes[0].images[0].get_array().shape == (112, 112, 3)


@pytest.mark.parametrize("classes", [("benign", "malignant"), LONG])
def test_titles_neither_overlap_nor_are_cut_off(figures, classes):
    rng = np.random.default_rng(0)
    rows = pd.DataFrame(
        {
            "true": rng.choice(classes, 28),
            "predicted": rng.choice(classes, 28),
            "arm": "net",
            "seed": 0,
        }
    )
    report.gallery(rows, images(28), "")
    (figure,) = figures
    assert made_up.cut_off(figure) == []
    titles = [axis.title for axis in figure.axes]
    assert made_up.overlapping(made_up.boxes(figure, titles)) == 0
    pictures = [axis.get_window_extent() for axis in figure.axes]
    assert min(one.height for one in pictures) > 50


# One photograph


def test_one_photograph_shows_mean_and_single_probabilities_of_every_class(figures):
    found = [np.array([0.2, 0.7, 0.1]), np.array([0.6, 0.3, 0.1])]
    shown = report.photo(images(1)[0] + 60, "from <b>", found, ("a", "b", "c"), "Mark")
    left, right = figures[0].axes
    assert int(left.images[0].get_array()[0, 0, 0]) == 60
    assert [round(one.get_width(), 9) for one in right.patches] == [0.4, 0.5, 0.1]
    other, called, last = (one.get_facecolor() for one in right.patches)
    assert same_color(other, last)
    assert not same_color(other, called)
    strokes = [one.get_xydata().tolist() for one in right.lines]
    assert strokes == [[[0.2, 0], [0.6, 0]], [[0.7, 1], [0.3, 1]], [[0.1, 2], [0.1, 2]]]
    assert [one.get_text() for one in right.get_yticklabels()] == ["a", "b", "c"]
    assert right.get_ylim()[0] > right.get_ylim()[1]  # the first class on top
    assert caption(shown) == (
        "Mark. One image (from <b>), classified by 2 trained models, one a split: 1 of 2 called it b; "
        "mean confidence 50.00 % (bars: mean; strokes: single models)."
    )
    assert alts(shown) == ["One image, classified as b"]


def test_a_class_that_no_model_called_can_have_the_highest_mean(figures):
    found = [np.array([0.5, 0.45, 0.05]), np.array([0.05, 0.45, 0.5])]
    text = caption(report.photo(images(1)[0], "x", found, ("a", "b", "c"), ""))
    assert "0 of 2 called it b; mean confidence 45.00 %" in text


def test_a_single_model_is_no_plural():
    text = caption(report.photo(images(1)[0], "x", [np.array([0.25, 0.75])], ("a", "b"), ""))
    assert "classified by 1 trained model, one a split: 1 of 1 called it b" in text


@pytest.mark.parametrize("classes", [("a", "b"), (*LONG, "x", "y")])
def test_class_names_stand_whole_between_photograph_and_bars(figures, classes):
    share = np.full(len(classes), 1 / len(classes))
    report.photo(images(1)[0], "x", [share], classes, "Mark")
    (figure,) = figures
    assert made_up.cut_off(figure) == []
    left, right = figure.axes
    names = made_up.boxes(figure, right.get_yticklabels())
    assert min(one.x0 for one in names) > left.get_window_extent().x1
    assert right.get_window_extent().width > figure.bbox.width / 3
