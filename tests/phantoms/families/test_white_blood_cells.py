"""The phantoms carry the marks by which the kinds of white blood cells are told apart.

Everything is measured on finished pictures, with blur, noise and stain variation on.
"""

from itertools import combinations, pairwise

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from lib.phantoms.families.white_blood_cells import KINDS, draw

SIZE = 84
PER_KIND = 40


@pytest.fixture(scope="module")
def pictures() -> dict[str, list[np.ndarray]]:
    rng = np.random.default_rng(20)
    return {kind: [draw(kind, size=SIZE, rng=rng) for _ in range(PER_KIND)] for kind in KINDS}


def _means(pictures, measure) -> dict[str, float]:
    return {
        kind: float(np.mean([measure(picture) for picture in of_kind]))
        for kind, of_kind in pictures.items()
    }


def _filtered(mask: np.ndarray, *steps: ImageFilter.Filter) -> Image.Image:
    image = Image.fromarray(np.uint8(mask))
    for step in steps:
        image = image.filter(step)
    return image


def _violet(picture: np.ndarray) -> np.ndarray:
    """(SIZE, SIZE) bool: what absorbs red, which plasma, red cells and eosin granules do not."""
    red = _filtered(picture[..., 0], ImageFilter.MedianFilter(3))
    return np.asarray(red) < 0.64 * np.percentile(red, 90)


def _blue(picture: np.ndarray) -> np.ndarray:
    return picture[..., 2].astype(int) - picture[..., 0] > 12


def _lobes(picture: np.ndarray) -> int:
    """Connected pieces of at least 6 pixels once an erosion by 3 pixels has cut the strands."""
    left = _filtered(_violet(picture), ImageFilter.MinFilter(7))
    sizes = []
    while (seeds := np.argwhere(np.asarray(left))).size:
        before = len(seeds)
        ImageDraw.floodfill(left, (int(seeds[0][1]), int(seeds[0][0])), 0)
        sizes.append(before - np.count_nonzero(left))
    return sum(size >= 6 for size in sizes)


def _roundness(picture: np.ndarray) -> float:
    """Area over squared outline of the nucleus: high for one compact body, low for lobes."""
    mask = np.int8(_violet(picture))
    outline = np.abs(np.diff(mask, axis=0)).sum() + np.abs(np.diff(mask, axis=1)).sum()
    return mask.sum() / max(outline, 1) ** 2


def _nuclear_share(picture: np.ndarray) -> float:
    """Share of the blue cell that its nucleus fills."""
    blue = _blue(picture)
    return (_violet(picture) & blue).sum() / blue.sum()


def _nuclear_paleness(picture: np.ndarray) -> float:
    green = picture[..., 1]
    return green[_violet(picture)].mean() / np.percentile(green, 90)


def _redness(picture: np.ndarray) -> float:
    """Red minus blue in the middle of the cell, nucleus left out."""
    y, x = np.mgrid[:SIZE, :SIZE] - SIZE / 2
    cytoplasm = (np.hypot(x, y) < SIZE / 4) & ~_violet(picture)
    return (picture[..., 0].astype(int) - picture[..., 2])[cytoplasm].mean()


def _specks(picture: np.ndarray) -> int:
    """Violet pixels in pieces too small to survive an opening by 2 pixels: dark granules."""
    violet = _violet(picture)
    opened = _filtered(violet, ImageFilter.MinFilter(5), ImageFilter.MaxFilter(5))
    return (violet & (np.asarray(opened) == 0)).sum()


def _ordered(means: dict[str, float], *kinds: str, margin: float) -> None:
    """Fails unless every kind exceeds the next one by the factor `margin`."""
    for high, low in pairwise(kinds):
        assert means[high] > margin * means[low], (high, low, means)


def test_the_same_seed_draws_kinds_differently():
    pictures = [draw(kind, size=SIZE, rng=np.random.default_rng(1)).astype(int) for kind in KINDS]
    for picture, other in combinations(pictures, 2):
        assert np.abs(picture - other).mean() > 3


def test_the_border_shows_plasma_and_red_cells(pictures):
    edges = [picture[:8].reshape(-1, 3) for picture in pictures["lymphocyte"]]
    edges = np.concatenate(edges).astype(int)
    pink = edges[:, 0] - edges[:, 1] > 25
    assert 0.1 < pink.mean() < 0.7


def test_lymphocyte_has_the_roundest_nucleus(pictures):
    means = _means(pictures, _roundness)
    for kind in set(KINDS) - {"lymphocyte"}:
        _ordered(means, "lymphocyte", kind, margin=1.3)


def test_lymphocyte_nucleus_fills_more_of_the_blue_cell_than_the_monocyte_one(pictures):
    _ordered(_means(pictures, _nuclear_share), "lymphocyte", "monocyte", margin=1.3)


def test_monocyte_is_larger_and_paler_than_lymphocyte(pictures):
    blue = _means(pictures, lambda picture: _blue(picture).sum())
    _ordered(blue, "monocyte", "lymphocyte", margin=1.3)
    _ordered(_means(pictures, _nuclear_paleness), "monocyte", "lymphocyte", margin=1.1)


def test_neutrophil_has_more_lobes_than_eosinophil_and_both_more_than_one(pictures):
    means = _means(pictures, _lobes)
    _ordered(means, "neutrophil", "eosinophil", "lymphocyte", margin=1.1)
    assert means["lymphocyte"] == pytest.approx(1, abs=0.1)
    assert means["eosinophil"] == pytest.approx(2, abs=0.4)


def test_eosinophil_is_redder_than_neutrophil_and_that_redder_than_basophil(pictures):
    granulocytes = {kind: pictures[kind] for kind in ("eosinophil", "neutrophil", "basophil")}
    means = _means(granulocytes, _redness)
    assert means["eosinophil"] > means["neutrophil"] + 12
    assert means["neutrophil"] > means["basophil"] + 8


def test_basophil_has_the_dark_coarse_granules(pictures):
    means = _means(pictures, _specks)
    for kind in set(KINDS) - {"basophil"}:
        _ordered(means, "basophil", kind, margin=1.5)


def test_kinds_overlap_so_that_no_single_mark_decides(pictures):
    eosinophil, neutrophil = (
        np.array([_redness(picture) for picture in pictures[kind]])
        for kind in ("eosinophil", "neutrophil")
    )
    assert eosinophil.min() < neutrophil.max()
    assert min(_lobes(picture) for picture in pictures["neutrophil"]) <= 2
    assert max(_lobes(picture) for picture in pictures["eosinophil"]) >= 3
