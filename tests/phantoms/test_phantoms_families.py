"""What every family of phantoms promises: one table of families and kinds runs through every check."""

from importlib import import_module

import numpy as np
import pytest
from PIL import Image

from lib import papers

FAMILIES = {
    paper.phantom: (paper.class_names, paper.dataset.side.value)
    for paper in map(papers.load, papers.slugs())
}
TABLE = [(family, kind) for family, (kinds, _) in FAMILIES.items() for kind in kinds]
every_kind = pytest.mark.parametrize(("family", "kind"), TABLE)
every_family = pytest.mark.parametrize("family", FAMILIES)


def _draw(family: str, kind: str, *, size: int = 0, seed: int = 0) -> np.ndarray:
    """One picture; without a size, at that of the paper's images."""
    draw = import_module(f"lib.phantoms.families.{family}").draw
    return draw(kind, size=size or FAMILIES[family][1], rng=np.random.default_rng(seed))


@every_family
def test_the_kinds_are_the_papers_classes(family):
    assert set(import_module(f"lib.phantoms.families.{family}").KINDS) == set(FAMILIES[family][0])


@every_kind
def test_a_seed_determines_the_picture(family, kind):
    first, again, other = (_draw(family, kind, seed=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@every_kind
def test_the_generator_moves_on_between_pictures(family, kind):
    rng = np.random.default_rng(0)
    draw = import_module(f"lib.phantoms.families.{family}").draw
    first, second = (draw(kind, size=64, rng=rng) for _ in range(2))
    assert (first != second).any()


@pytest.mark.parametrize("size", [16, 33, 84, 256])
@every_kind
def test_every_size_is_drawn_as_asked(family, kind, size):
    picture = _draw(family, kind, size=size)
    assert picture.shape == (size, size, 3)
    assert picture.dtype == np.uint8
    assert picture.std() > 10


@every_kind
def test_size_changes_the_resolution_only(family, kind):
    small, large = (_draw(family, kind, size=size, seed=5) for size in (112, 224))
    reduced = np.asarray(Image.fromarray(large).reduce(2))
    assert np.corrcoef(small.ravel(), reduced.ravel())[0, 1] > 0.97


@every_family
def test_an_unknown_kind_lists_the_known_ones(family):
    with pytest.raises(ValueError, match=FAMILIES[family][0][0]):
        _draw(family, "horse")


@every_family
def test_a_picture_of_15_pixels_is_refused(family):
    with pytest.raises(ValueError, match="16"):
        _draw(family, FAMILIES[family][0][0], size=15)
