"""The phantoms carry the marks by which benign breast tissue is told from cancer.

Measured on finished pictures, stain variation and blur included; a pixel is about a micrometre.
"""

import numpy as np
import pytest
from PIL import Image, ImageFilter
from scipy import ndimage

from lib.phantoms.families.breast_histology import KINDS, draw

SIZE = 224
PER_KIND = 90


@pytest.fixture(scope="module")
def pictures() -> dict[str, list[np.ndarray]]:
    rng = np.random.default_rng(11)
    return {kind: [draw(kind, size=SIZE, rng=rng) for _ in range(PER_KIND)] for kind in KINDS}


def _nuclei(picture: np.ndarray) -> np.ndarray:
    """(SIZE, SIZE) bool: what absorbs red light, which eosin hardly does."""
    red = np.asarray(Image.fromarray(picture[..., 0]).filter(ImageFilter.MedianFilter(3)))
    return red < 0.72 * np.percentile(red, 90)


def _share_opened(nuclei: np.ndarray, width: int) -> float:
    """Share of the nuclear area in which a square of so many pixels fits."""
    return ndimage.binary_opening(nuclei, np.ones((width, width))).sum() / nuclei.sum()


def _size_spread(nuclei: np.ndarray) -> float:
    """Standard deviation of the inner radii of the nuclei in pixels."""
    depth = ndimage.gaussian_filter(ndimage.distance_transform_edt(nuclei), 1)
    summits = (depth == ndimage.maximum_filter(depth, 7)) & (depth > 1.5)
    return depth[summits].std()


def _lumina(nuclei: np.ndarray, picture: np.ndarray) -> int:
    """Pale holes inside the picture that nuclei surround."""
    green = np.asarray(Image.fromarray(picture[..., 1]).filter(ImageFilter.GaussianBlur(1)))
    pale = ndimage.binary_opening(green > 0.88 * np.percentile(green, 99.5), np.ones((3, 3)))
    pieces, _ = ndimage.label(pale)
    lumina = 0
    for piece, box in enumerate(ndimage.find_objects(pieces), 1):
        low, high = (np.array([getattr(side, end) for side in box]) for end in ("start", "stop"))
        if (pieces[box] == piece).sum() < 40 or low.min() == 0 or high.max() == SIZE:
            continue
        around = tuple(map(slice, np.maximum(low - 12, 0), high + 12))
        away = ndimage.distance_transform_edt(pieces[around] != piece)
        lumina += nuclei[around][(away > 3) & (away < 12)].mean() > 0.45
    return lumina


def _marks(picture: np.ndarray) -> dict[str, float]:
    nuclei = _nuclei(picture)
    return {
        "large nuclei": _share_opened(nuclei, 7),
        "slender nuclei": 1 - _share_opened(nuclei, 4),
        "spread of size": _size_spread(nuclei),
        "lumina": _lumina(nuclei, picture),
    }


@pytest.fixture(scope="module")
def marks(pictures) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Mark → its value in every benign, and in every malignant picture."""
    by_kind = [[_marks(picture) for picture in pictures[kind]] for kind in ("benign", "malignant")]
    return {
        mark: tuple(np.array([values[mark] for values in of_kind]) for of_kind in by_kind)
        for mark in by_kind[0][0]
    }


def _accuracy(benign: np.ndarray, malignant: np.ndarray) -> float:
    """Of a linear discriminant fitted to every other picture, on the pictures between."""
    means = [kind[::2].mean(axis=0) for kind in (benign, malignant)]
    scatter = sum(np.cov(kind[::2].T) for kind in (benign, malignant))
    axis = np.linalg.solve(scatter, means[1] - means[0])
    border = axis @ (means[0] + means[1]) / 2
    return np.mean([benign[1::2] @ axis < border, malignant[1::2] @ axis > border])


@pytest.mark.parametrize("size", [100, 224, 256])
def test_noise_turns_no_white_pixel_black(size):
    rng = np.random.default_rng(3)
    pictures = [draw(kind, size=size, rng=rng) for kind in KINDS for _ in range(8)]
    assert max(picture.max() for picture in pictures) > 230
    assert min(picture.min() for picture in pictures) > 12


def test_all_pictures_show_violet_nuclei_in_pink_stroma(pictures):
    differences, pinkness = [], []
    for picture in (picture for kind in KINDS for picture in pictures[kind]):
        nuclei = _nuclei(picture)
        inside, outside = (picture[where].mean(axis=0) for where in (nuclei, ~nuclei))
        assert 0.003 < nuclei.mean() < 0.65
        differences.append(outside - inside)
        pinkness.append(outside[[0, 2]].min() - outside[1])
    red, green, blue = np.transpose(differences)
    assert min(red) > 30
    assert np.mean(red) > np.mean(blue) + 15
    assert np.mean(green) > np.mean(blue)
    assert np.mean(pinkness) > 15


def test_nuclei_are_larger_in_cancer(marks):
    benign, malignant = marks["large nuclei"]
    assert malignant.mean() > 1.2 * benign.mean()


def test_nuclei_vary_more_in_size_in_cancer(marks):
    benign, malignant = marks["spread of size"]
    assert malignant.mean() > 1.12 * benign.mean()


def test_nuclei_surround_a_lumen_in_benign_tissue(marks):
    benign, malignant = marks["lumina"]
    assert benign.mean() > 2 * malignant.mean()


def test_slender_nuclei_of_stroma_and_myoepithelium_mark_benign_tissue(marks):
    benign, malignant = marks["slender nuclei"]
    assert benign.mean() > 1.15 * malignant.mean()


def test_some_cancers_form_lumina_and_some_benign_tissue_shows_none(marks):
    benign, malignant = marks["lumina"]
    assert (malignant > 1).mean() > 0.06
    assert (benign == 0).mean() > 0.2


def test_no_single_mark_decides(marks):
    for mark, (benign, malignant) in marks.items():
        # The chance that a picture of one kind exceeds one of the other; ties count half.
        area = (np.sign(malignant[:, None] - benign).mean() + 1) / 2
        assert 0.58 < max(area, 1 - area) < 0.9, mark


def test_the_marks_together_tell_most_pictures_apart(marks):
    accuracy = _accuracy(*(np.column_stack(kind) for kind in zip(*marks.values(), strict=True)))
    assert 0.64 < accuracy < 0.95


def test_colour_does_not_give_the_kind_away(pictures):
    colours = (
        np.array(
            [[*picture.mean(axis=(0, 1)), *picture.std(axis=(0, 1))] for picture in pictures[kind]]
        )
        for kind in KINDS
    )
    assert _accuracy(*colours) < 0.68


@pytest.mark.parametrize("kind", KINDS)
def test_stain_and_exposure_vary_within_a_kind(pictures, kind):
    means = np.array([picture.mean(axis=(0, 1)) for picture in pictures[kind]])
    # Green, which both dyes absorb, would spread by 12 levels for the sake of the tissue alone.
    assert means[:, 1].std() > 13.3
    assert means.std(axis=0).min() > 7
