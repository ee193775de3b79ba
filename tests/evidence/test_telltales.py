"""Tell-tales: one property of the files that alone tells the class, and properties that do not."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lib.datasets import ImageSet, load
from lib.datasets.own_set import own_collection
from lib.evidence.telltales import PROPERTIES, describe_images, find_telltales

Maker = Callable[[str, np.random.Generator], Image.Image]


def _noise(rng: np.random.Generator, size=(20, 16), low: int = 0, high: int = 256) -> Image.Image:
    return Image.fromarray(rng.integers(low, high, (*size[::-1], 3), np.uint8))


def _load(folder: Path, make: Maker, per_class: int = 30, suffix: str = ".png") -> ImageSet:
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(per_class):
            make(name, rng).save(folder / name / f"{number}{suffix}")
    return load(own_collection(["a", "b"]), folder, 16)


def _telling(images: ImageSet) -> set[str]:
    return {found.name for found in find_telltales(images, describe_images(images)) if found.tells}


def test_facts_of_an_image_by_hand(tmp_path):
    halves = np.zeros((10, 20, 3), np.uint8)
    halves[:, 10:] = (200, 100, 0)
    images = _load(tmp_path, lambda name, _: Image.fromarray(halves + (name == "b")), per_class=1)
    first = describe_images(images).iloc[0]
    assert (first["width"], first["height"], first["type"]) == (20, 10, "PNG")
    size = (tmp_path / "a" / "0.png").stat().st_size
    assert first["bytes per pixel"] == pytest.approx(size / 200)
    assert [first["red"], first["green"], first["blue"]] == pytest.approx([100, 50, 0], abs=1)
    assert first["black"] == pytest.approx(0.5, abs=0.05)
    assert first["border red"] == pytest.approx(100, abs=15)


def test_of_noise_nothing_tells_the_class(tmp_path):
    assert _telling(_load(tmp_path, lambda _, rng: _noise(rng))) == set()


def test_a_colour_tells_the_class(tmp_path):
    images = _load(tmp_path, lambda name, rng: _noise(rng, high=256 if name == "a" else 200))
    assert "mean colour" in _telling(images)
    assert not _telling(images) & {"width and height", "file type"}


def test_sizes_tell_the_class_though_one_lies_between_the_other_two(tmp_path):
    def make(name, rng):
        return _noise(rng, size=(30, 30) if name == "a" else rng.choice([(20, 20), (40, 40)]))

    images = _load(tmp_path, make)
    (size,) = (
        found
        for found in find_telltales(images, describe_images(images))
        if found.name == "width and height"
    )
    assert size.tells
    assert size.accuracy.mean == 1


def test_a_file_type_tells_the_class(tmp_path):
    images = _load(tmp_path, lambda _, rng: _noise(rng))
    for path in (tmp_path / "b").iterdir():
        Image.open(path).save(path.with_suffix(".bmp"))
        path.unlink()
    images = load(own_collection(["a", "b"]), tmp_path, 16)
    assert {"file type", "bytes per pixel"} <= _telling(images)


def test_a_frame_tells_the_class_by_border_and_black_pixels(tmp_path):
    def make(name, rng):
        pixels = np.array(_noise(rng))
        if name == "b":
            pixels[:2] = 0
        return Image.fromarray(pixels)

    assert {"border", "black pixels"} <= _telling(_load(tmp_path, make))


def test_what_is_the_same_for_all_images_has_no_accuracy(tmp_path):
    images = _load(tmp_path, lambda _, rng: _noise(rng))
    found = {each.name: each for each in find_telltales(images, describe_images(images))}
    assert list(found) == list(PROPERTIES)
    assert found["file type"].accuracy is None
    assert found["width and height"].accuracy is None
    assert found["mean colour"].accuracy is not None


def test_copies_of_one_photograph_are_not_learnt_by_heart(tmp_path):
    """Each photograph has a colour of its own that says nothing about the class."""
    colours = {}

    def make(name, rng):
        number = len(colours) // 10
        colours[len(colours)] = number
        low = int(np.random.default_rng(number).integers(0, 200))
        return _noise(rng, low=low, high=low + 20)

    _load(tmp_path, make, per_class=50)
    known = "\n".join(
        ["path,group", *(f"{name}/{n}.png,{name}{n // 10}" for name in "ab" for n in range(50))]
    )
    unknown = load(own_collection(["a", "b"]), tmp_path, 16)
    (tmp_path / "groups.csv").write_text(known)
    grouped = load(own_collection(["a", "b"]), tmp_path, 16)
    assert "mean colour" in _telling(unknown)
    assert "mean colour" not in _telling(grouped)


def test_a_class_of_one_image_cannot_be_asked_about(tmp_path):
    images = _load(tmp_path, lambda _, rng: _noise(rng), per_class=1)
    assert find_telltales(images, describe_images(images)) == []
