"""The images of one magnification alone: told by their names, however the user writes it."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from lib import papers
from lib.datasets import DataError, load, restrict
from lib.papers.declare import Paper


def _slides(folder: Path, counts: dict[str, int]) -> Path:
    """Of each class so many images at each magnification, named as BreakHis names them."""
    for label, name in enumerate(("benign", "malignant")):
        for power, number in counts.items():
            for count in range(number):
                path = folder / name / f"SOB_{'BM'[label]}_A-14-{count}-{power}-{count:03d}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                image = Image.new("RGB", (8, 8), (int(power) % 256, count, 100 * label))
                image.putpixel((7, 7), (0, 0, 255))  # there must be something to see
                image.save(path)
    return folder


@pytest.fixture
def histology() -> Paper:
    return papers.load("kumar_breakhis")


@pytest.mark.parametrize("asked", ["200×", "200X", "200x", "200", 200, " 200 x"])
def test_one_magnification_is_taken_however_it_is_written(histology, tmp_path, asked):
    root = _slides(tmp_path / "slides", {"40": 3, "100": 2, "200": 4})
    images = load(restrict(histology, magnification=asked), root, 8)
    assert images.count() == {"benign": 4, "malignant": 4}
    assert all("-200-" in path for path in images.table["path"])
    assert images.summary().only == {"magnification": "200×"}
    assert list(images.resized(16).table["path"]) == list(images.table["path"])
    assert images.sha256 == load(histology, root, 8).sha256  # of the folder


def test_without_a_magnification_all_images_are_taken(histology, tmp_path):
    root = _slides(tmp_path / "slides", {"40": 3, "100": 2})
    images = load(restrict(histology, magnification=None), root, 8)
    assert (len(images), images.summary().only) == (10, {})


def test_an_unknown_magnification_lists_those_that_are_there(histology, tmp_path):
    root = _slides(tmp_path / "slides", {"40": 3, "100": 2})
    for asked in ("200X", "4", "much", ""):
        with pytest.raises(DataError, match="`magnification` should be") as caught:
            load(restrict(histology, magnification=asked), root, 8)
        assert "100× (4 images) or 40× (6 images)" in str(caught.value)
        assert f"received '{asked}'" in str(caught.value)


def test_images_that_tell_no_magnification_cannot_be_taken_by_it(histology, make_folder):
    folder = make_folder()
    for old, new in zip(sorted(folder.iterdir()), histology.class_names, strict=False):
        old.rename(folder / new)
    with pytest.raises(DataError, match=r"no path in .* tells it"):
        load(restrict(histology, magnification=40), folder, 8)


def test_what_a_set_does_not_tell_cannot_be_asked_for(paper, histology):
    with pytest.raises(ValueError, match="among magnification, tumour type; received colour"):
        restrict(histology, colour="red")
    bare = replace(paper, dataset=replace(paper.dataset, subgroups=()))
    with pytest.raises(ValueError, match="the set has none; received magnification"):
        restrict(bare, magnification=40)


def test_a_class_without_an_image_of_the_magnification_is_named(histology, tmp_path):
    root = _slides(tmp_path / "slides", {"40": 3, "100": 2})
    for path in (root / "benign").glob("*-100-*"):
        path.unlink()
    with pytest.raises(DataError, match="no image of benign can be used"):
        load(restrict(histology, magnification=100), root, 8)
