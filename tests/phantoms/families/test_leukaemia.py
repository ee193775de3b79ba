"""The phantoms carry the marks by which a blast is told from a mature leucocyte, and no others.

Everything is measured on finished pictures of the paper's size: stain, focus, lamp and noise vary.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from PIL import Image, ImageFilter
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from lib.phantoms.families.leukaemia import KINDS, draw

SIZE = 64
PER_KIND = 100


@pytest.fixture(scope="module")
def pictures() -> dict[str, np.ndarray]:
    """kind → (PER_KIND, SIZE, SIZE, 3) uint8."""
    rng = np.random.default_rng(64)
    return {
        kind: np.stack([draw(kind, size=SIZE, rng=rng) for _ in range(PER_KIND)]) for kind in KINDS
    }


def _filtered(picture: np.ndarray, step: ImageFilter.Filter) -> np.ndarray:
    return np.asarray(Image.fromarray(picture).filter(step))


def _grown(mask: np.ndarray, width: int) -> np.ndarray:
    """`mask` grown to windows of `width` pixels; a negative width shrinks it."""
    step = ImageFilter.MaxFilter(width) if width > 0 else ImageFilter.MinFilter(-width)
    return _filtered(np.uint8(mask), step) > 0


def _density(picture: np.ndarray) -> np.ndarray:
    """(SIZE, SIZE[, 3]) optical density over the plasma's, which no exposure changes."""
    plasma = np.percentile(picture, 93, axis=(0, 1))
    return -np.log(np.maximum(picture, 1) / plasma)


def _nucleus(picture: np.ndarray) -> np.ndarray:
    """(SIZE, SIZE) bool: what absorbs green as neither cytoplasm nor red cells do."""
    green = _density(_filtered(picture[..., 1], ImageFilter.MedianFilter(3)))
    return green > 0.5 * np.percentile(green, 98)


def _nuclear_area(picture: np.ndarray) -> float:
    return _nucleus(picture).mean()


def _compactness(picture: np.ndarray) -> float:
    """Share that the nucleus fills of the disc around it: low for lobes and kidneys."""
    points = np.argwhere(_nucleus(picture))
    radius = np.percentile(np.hypot(*(points - points.mean(0)).T), 97)
    return len(points) / (np.pi * radius**2)


def _nucleus_to_cell(picture: np.ndarray) -> float:
    """Area of the nucleus over that of the cell, whose cytoplasm lets more blue pass than green."""
    nucleus = _nucleus(picture)
    _, green, blue = np.moveaxis(_density(_filtered(picture, ImageFilter.GaussianBlur(0.7))), 2, 0)
    violet = (green > 0.1) & (blue < 0.75 * green) | (green > 0.6)
    return nucleus.sum() / (nucleus | violet & _grown(nucleus, 11)).sum()


def _clumping(picture: np.ndarray) -> float:
    """Relative spread of the stain inside the nucleus, pixel noise smoothed away."""
    density = _density(_filtered(picture, ImageFilter.GaussianBlur(0.8)))[..., :2].mean(2)
    inside = density[_grown(_nucleus(picture), -5)]
    return inside.std() / inside.mean()


def _palest_spot(picture: np.ndarray) -> float:
    """How far green gains on red in the greenest spot of the nucleus: a nucleolus, if any."""
    smooth = _filtered(picture, ImageFilter.GaussianBlur(0.8)).astype(float)
    inside = (smooth[..., 1] - smooth[..., 0])[_grown(_nucleus(picture), -5)]
    return np.percentile(inside, 97) - np.median(inside)


def _around(picture: np.ndarray) -> np.ndarray:
    """(3,) mean density just outside the nucleus."""
    nucleus = _nucleus(picture)
    return _density(picture)[_grown(nucleus, 7) & ~_grown(nucleus, 3)].mean(0)


def _blueness(picture: np.ndarray) -> float:
    red, green, _ = _around(picture)
    return red - green


def _eosin(picture: np.ndarray) -> float:
    red, _, blue = _around(picture)
    return blue - red


MARKS = (_nuclear_area, _compactness, _nucleus_to_cell, _clumping, _palest_spot, _blueness)


@pytest.fixture(scope="module")
def measured(pictures) -> Callable[[Callable], list[np.ndarray]]:
    """measure → its (PER_KIND, ...) values in the normal pictures, and in those of cancer."""

    @cache
    def by_kind(measure: Callable) -> list[np.ndarray]:
        return [np.array([measure(picture) for picture in pictures[kind]]) for kind in KINDS]

    return by_kind


def _best_cut(normal: np.ndarray, cancer: np.ndarray) -> float:
    """Balanced accuracy of the best single threshold, in either direction."""
    cuts = np.concatenate([normal, cancer])[:, None]
    accuracy = ((normal < cuts).mean(1) + (cancer >= cuts).mean(1)) / 2
    return np.maximum(accuracy, 1 - accuracy).max()


def _colour_accuracy(pictures) -> float:
    """Cross-validated accuracy of a classifier that knows the mean and spread of each channel."""
    colours = [
        np.hstack([of_kind.mean((1, 2)), of_kind.std((1, 2))]) for of_kind in pictures.values()
    ]
    model = make_pipeline(StandardScaler(), LogisticRegression())
    return cross_val_score(model, np.vstack(colours), np.repeat([0, 1], PER_KIND), cv=5).mean()


def test_blasts_have_the_larger_and_rounder_nucleus(measured):
    for measure, margin in ((_nuclear_area, 1.15), (_compactness, 1.1)):
        normal, cancer = measured(measure)
        assert cancer.mean() > margin * normal.mean(), measure


def test_blasts_have_the_higher_ratio_of_nucleus_to_cell(measured):
    normal, cancer = measured(_nucleus_to_cell)
    assert cancer.mean() > normal.mean() + 0.04


def test_mature_chromatin_is_clumped_and_that_of_blasts_fine(measured):
    normal, cancer = measured(_clumping)
    assert normal.mean() > 1.35 * cancer.mean()


def test_blasts_show_nucleoli(measured):
    normal, cancer = measured(_palest_spot)
    assert cancer.mean() > 1.4 * normal.mean()


def test_the_cytoplasm_of_blasts_is_the_bluer(measured):
    normal, cancer = measured(_blueness)
    assert cancer.mean() > normal.mean() + 0.02


def test_some_normal_cells_have_lobes_and_no_blast_has(measured):
    normal, cancer = measured(_compactness)
    assert np.mean(normal < 0.65) > 0.15
    assert np.mean(cancer < 0.65) < 0.02


def test_some_normal_cells_are_eosinophils_and_no_blast_is(measured):
    normal, cancer = measured(_eosin)
    assert np.mean(normal > 0.05) > 0.05
    assert np.mean(cancer > 0.05) < 0.02


@pytest.mark.parametrize("measure", MARKS)
def test_every_mark_helps_and_none_decides(measured, measure):
    assert 0.6 < _best_cut(*measured(measure)) < 0.92


def test_colour_alone_does_not_give_the_kind_away(pictures):
    assert _colour_accuracy(pictures) < 0.75


def test_both_kinds_come_off_the_same_slides(pictures):
    """Plasma, red cells, sharpness and noise, measured where the leucocyte seldom reaches."""
    rim = [0, 1, 2, -3, -2, -1]  # rows
    normal, cancer = (of_kind[:, rim].astype(float) for of_kind in pictures.values())
    for measure, tolerance in ((np.mean, 5), (np.median, 5), (np.std, 2.5)):
        gap = measure(normal, axis=(1, 2)).mean(0) - measure(cancer, axis=(1, 2)).mean(0)
        assert (np.abs(gap) < tolerance).all(), (measure, gap)
    grain = [np.abs(np.diff(of_kind, axis=2)).mean() for of_kind in (normal, cancer)]
    assert grain[0] == pytest.approx(grain[1], rel=0.1)


def test_the_place_in_the_picture_is_the_same_for_both_kinds(measured):
    normal, cancer = measured(lambda picture: np.argwhere(_nucleus(picture)).mean(0))
    np.testing.assert_allclose(normal.mean(0), cancer.mean(0), atol=2)
    np.testing.assert_allclose(normal.std(0), cancer.std(0), rtol=0.25)
    assert (normal.std(0) > 3).all()
