"""Sets made again from their photographs: counts, even shares, every copy's origin, whole or not at all."""

import csv
import json
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lib import ROOT, papers
from lib.datasets import DataError, load, split_grouped, split_published
from lib.papers.declare import Assumed, Paper, Rebuild
from lib.phantoms.rebuild import rebuild_copies

FILL = (10, 240, 30)
NAMES = "BloodImage_{number:05d}_1"


def _with(paper: Paper, counts: dict[str, int], **changes) -> Paper:
    """The paper with so many copies a kind, small ones; other settings from `changes`."""
    values = {"size": (24, 20), "rotation": 30, "flips": ("horizontal",), "fill": FILL} | changes
    settings = {name: Assumed(value, "for this test") for name, value in values.items()}
    number = {kind: Assumed(str(count), "for this test") for kind, count in counts.items()}
    recipe = Rebuild(counts=number, **settings)
    return replace(paper, dataset=replace(paper.dataset, rebuild=recipe))


@pytest.fixture
def small(paper: Paper) -> Paper:
    """Seven copies of every class."""
    return _with(paper, dict.fromkeys(paper.class_names, 7))


@pytest.fixture
def originals(paper: Paper, tmp_path: Path) -> Path:
    """Three photographs a class: ramps of red and green; blue counts the photographs in steps of 16."""
    for number in range(15):
        kind, count = paper.class_names[number // 3], number % 3
        path = tmp_path / "originals" / kind / f"{NAMES.format(number=count)}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        _save(path, 16 * number)
    return tmp_path / "originals"


def _save(path: Path, blue: int) -> None:
    row, column = np.indices((60, 60))
    planes = np.stack([64 + 2 * row, 64 + 2 * column, np.full_like(row, blue)], axis=2)
    Image.fromarray(planes.astype(np.uint8)).save(path)


@pytest.fixture
def built(small: Paper, originals: Path, tmp_path: Path) -> Path:
    return rebuild_copies(small, originals, tmp_path / "built")


def _rows(built: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((built / "groups.csv").read_text().splitlines()))


def _bytes(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _folders(built: Path) -> set[str]:
    return {path.name for path in built.iterdir() if path.is_dir()}


def _pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image).astype(int)


def _middle(path: Path) -> np.ndarray:
    pixels = _pixels(path)
    return pixels[pixels.shape[0] // 2, pixels.shape[1] // 2]


# How many, of which


def test_every_kind_has_exactly_its_copies(paper, originals, tmp_path):
    counts = {"basophil": 3, "eosinophil": 4, "lymphocyte": 7, "monocyte": 10, "neutrophil": 11}
    built = rebuild_copies(_with(paper, counts), originals, tmp_path / "built")
    assert built == tmp_path / "built"
    assert {kind: len(list((built / kind).iterdir())) for kind in _folders(built)} == counts


@pytest.mark.parametrize(("copies", "shares"), [(7, [2, 2, 3]), (6, [2, 2, 2]), (2, [1, 1])])
def test_copies_come_evenly_from_the_photographs(paper, originals, tmp_path, copies, shares):
    paper = _with(paper, dict.fromkeys(paper.class_names, copies))
    rows = _rows(rebuild_copies(paper, originals, tmp_path / "built"))
    made = Counter(row["original"] for row in rows)
    for kind in paper.class_names:
        assert sorted(made[path] for path in made if path.startswith(f"{kind}/")) == shares


def test_which_photographs_give_one_copy_more_is_left_to_chance(small, originals, tmp_path):
    richest = []
    for seed in range(4):
        rows = _rows(rebuild_copies(small, originals, tmp_path / f"{seed}", seed))
        shares = Counter(row["original"] for row in rows)
        richest.append({path for path, share in shares.items() if share == 3})
    assert len(set.union(*richest)) > 10  # always the first or the last would make 5
    # Nor the same of every kind
    assert any(len({Path(path).name for path in paths}) > 1 for paths in richest)


def test_photographs_of_one_name_in_two_places_keep_all_their_copies(small, originals, tmp_path):
    name = NAMES.format(number=0)
    (originals / "monocyte" / "slide 2").mkdir()
    _save(originals / "monocyte" / "slide 2" / f"{name}.png", 250)
    _save(originals / "basophil" / f"{name}.bmp", 250)
    built = rebuild_copies(small, originals, tmp_path / "built")
    assert [len(_bytes(built / kind)) for kind in small.class_names] == [7] * 5
    assert len({row["path"] for row in _rows(built)}) == 35


# What a copy is


def test_a_copy_shows_the_photograph_that_is_recorded_for_it(built, originals):
    for row in _rows(built):
        apart = _middle(built / row["path"]) - _middle(originals / row["original"])
        assert abs(apart[2]) <= 6  # JPEG; the next photograph is 16 levels away


def test_copies_of_one_photograph_differ(built):
    files = {path: content for path, content in _bytes(built).items() if path.endswith(".jpg")}
    assert len(set(files.values())) == len(files) == 35


def test_copies_are_jpeg_files_of_the_declared_size_and_a_high_quality(built):
    buffer = BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "JPEG", quality=95)
    for row in _rows(built):
        with Image.open(built / row["path"]) as image:
            assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (24, 20))
            assert image.quantization == Image.open(buffer).quantization


@pytest.mark.parametrize(("rotation", "filled"), [(0, 0), (30, 90)])
def test_copies_are_turned_and_their_corners_have_the_declared_colour(
    paper, originals, tmp_path, rotation, filled
):
    paper = _with(paper, dict.fromkeys(paper.class_names, 20), rotation=rotation, size=(60, 60))
    built = rebuild_copies(paper, originals, tmp_path / "built")
    corners = np.stack([_pixels(path)[0, 0] for path in built.rglob("*.jpg")])
    near = np.abs(corners - FILL).max(1) <= 40  # JPEG spreads the colours of an edge
    assert len(near) == 100
    assert filled <= near.sum() <= (filled and 100)  # some are turned by less than a pixel


@pytest.mark.parametrize("flips", [(), ("horizontal",), ("vertical",)])
def test_a_copy_is_the_whole_photograph_mirrored_along_the_declared_axes_only(
    paper, originals, tmp_path, flips
):
    """A white upper left corner shows where a copy's corner has gone."""
    corner = Image.new("RGB", (80, 30))
    corner.paste((255, 255, 255), (0, 0, 20, 10))
    for path in originals.rglob("*.png"):
        corner.save(path)
    paper = _with(paper, dict.fromkeys(paper.class_names, 20), rotation=0, flips=flips)
    built = rebuild_copies(paper, originals, tmp_path / "built")
    pictures = [_pixels(path).mean(2) for path in built.rglob("*.jpg")]
    places = {"": (3, 3), "horizontal": (3, 20), "vertical": (16, 3)}
    seen = {name for name, place in places.items() for picture in pictures if picture[place] > 128}
    assert seen == {"", *flips}


def test_photographs_may_be_grey_or_transparent(small, originals, tmp_path):
    names = (f"basophil/{NAMES.format(number=number)}.png" for number in (0, 1))
    shades = dict(zip(names, (120, 255), strict=True))
    grey, clear = (originals / path for path in shades)
    pictures = Image.new("L", (40, 40), 120), Image.new("RGBA", (40, 40), (0, 0, 0, 0))  # on white
    for path, picture in zip((grey, clear), pictures, strict=True):
        picture.paste("black", (38, 38, 40, 40))  # there must be something to see
        picture.save(path)
    built = rebuild_copies(small, originals, tmp_path / "built")
    for row in _rows(built)[:7]:
        shade = shades.get(row["original"])
        assert shade is None or np.abs(_middle(built / row["path"]) - shade).max() <= 5


def test_photographs_of_more_than_8_bits_are_refused_as_their_brightness_would_be_lost(
    small, originals, tmp_path
):
    deep = originals / f"basophil/{NAMES.format(number=0)}.png"
    Image.fromarray(np.arange(1600, dtype=np.uint16).reshape(40, 40)).save(deep)
    with pytest.raises(DataError, match=rf"8 bits per value; {deep} is of kind: 16-bit PNG"):
        rebuild_copies(small, originals, tmp_path / "built")


# What is recorded


def test_groups_csv_names_every_copy_its_group_and_its_photograph(built, originals):
    rows = _rows(built)
    assert list(rows[0]) == ["path", "group", "original"]
    there = {path for path in _bytes(built) if path.endswith(".jpg")}
    assert {row["path"] for row in rows} == there
    for row in rows:
        assert (originals / row["original"]).is_file()
        assert row["path"].split("/")[0] == row["original"].split("/")[0]
        assert row["group"] == Path(row["original"]).stem[: len("BloodImage_00000")]


def test_where_a_name_tells_no_group_the_photograph_is_the_group(small, make_folder, tmp_path):
    rows = _rows(rebuild_copies(small, make_folder("originals"), tmp_path / "built"))
    assert [row["group"] for row in rows] == [row["original"] for row in rows]


def test_a_groups_csv_beside_the_photographs_is_heeded(small, originals, tmp_path):
    paths = sorted(path.relative_to(originals).as_posix() for path in originals.rglob("*.png"))
    lines = ["path,group", *(f"{path},patient {place // 3}" for place, path in enumerate(paths))]
    (originals / "groups.csv").write_text("\n".join(lines))
    rows = _rows(rebuild_copies(small, originals, tmp_path / "built"))
    groups = {row["original"]: row["group"] for row in rows}
    assert groups == {path: f"patient {place // 3}" for place, path in enumerate(paths)}


def test_the_built_set_loads_with_its_groups_and_leaks_by_known_measure(paper, originals, tmp_path):
    for number, path in enumerate(sorted(originals.rglob("*.png"))):
        path.rename(path.with_stem(NAMES.format(number=number)))
    paper = _with(paper, dict.fromkeys(paper.class_names, 12))
    images = load(paper, rebuild_copies(paper, originals, tmp_path / "built"), 8)
    assert images.count() == dict.fromkeys(paper.class_names, 12)
    assert (images.summary().groups, images.kind, len(images.rejected)) == (15, "substitute", 0)
    (leaky,) = split_published(images, test_share=0.2, stratified=True, seeds=[0])
    assert leaky.shared_groups(images) == 1
    for honest in split_grouped(images, images.groups, folds=3, seeds=[0]):
        assert honest.shared_groups(images) == 0


def test_built_json_says_how_it_was_made(small, originals, tmp_path):
    built = rebuild_copies(small, originals, tmp_path / "built", seed=3)
    mark = json.loads((built / "BUILT.json").read_text())
    assert mark.pop("pillow")
    assert mark == {
        "paper": small.slug,
        "seed": 3,
        "jpeg_quality": 95,
        "counts": dict.fromkeys(small.class_names, 7),
        "size": [24, 20],
        "rotation": 30,
        "flips": ["horizontal"],
        "fill": list(FILL),
    }


# Chance


def test_the_same_seed_gives_the_same_bytes_and_zero_is_the_default(
    small, originals, tmp_path, built
):
    again, other = (
        _bytes(rebuild_copies(small, originals, tmp_path / f"{seed}", seed)) for seed in (0, 1)
    )
    assert again == _bytes(built)
    pictures = {path for path in again if path.endswith(".jpg")}
    assert {again[path] for path in pictures}.isdisjoint(other.values())


def test_one_kind_does_not_depend_on_the_photographs_of_another(small, originals, tmp_path, built):
    (originals / "basophil" / "BloodImage_00002_1.png").unlink()
    after = rebuild_copies(small, originals, tmp_path / "after")
    for kind in small.class_names:
        assert (_bytes(after / kind) == _bytes(built / kind)) == (kind != "basophil")


# Where the photographs lie


@pytest.mark.parametrize("folder", ["Basophils", "BASOPHIL", "BAS", "baso_phil"])
def test_a_kind_that_is_a_class_is_found_under_its_aliases(small, originals, tmp_path, folder):
    (originals / "basophil").rename(originals / folder)
    assert len(_bytes(rebuild_copies(small, originals, tmp_path / "built") / "basophil")) == 7


def test_photographs_below_split_levels_and_in_a_wrapping_folder_count(small, originals, tmp_path):
    wrapped = tmp_path / "wrapped" / "BCCD-main"
    (wrapped / "test" / "basophil").mkdir(parents=True)
    originals.rename(wrapped / "train")
    _save(wrapped / "test" / "basophil" / "BloodImage_00099_1.png", 250)
    rows = _rows(rebuild_copies(small, tmp_path / "wrapped", tmp_path / "built"))
    used = {row["original"] for row in rows if row["path"].startswith("basophil/")}
    assert used == {
        *(f"train/basophil/BloodImage_0000{number}_1.png" for number in range(3)),
        "test/basophil/BloodImage_00099_1.png",
    }


def test_a_file_that_is_no_image_by_its_name_gives_no_copy(small, originals, tmp_path):
    (originals / "basophil" / "notes.txt").write_text("stained on Monday")
    built = rebuild_copies(small, originals, tmp_path / "built")
    assert {Path(row["original"]).suffix for row in _rows(built)} == {".png"}


def test_kinds_that_are_aliases_of_one_class_load_as_that_class(originals, make_folder, tmp_path):
    paper = papers.load("violina_blood_cancer")
    kinds = {"eosinophil": 4, "lymphocyte": 5, "monocyte": 6, "neutrophil": 7}
    assert set(paper.dataset.rebuild.counts) == set(kinds)
    built = rebuild_copies(_with(paper, kinds), originals, tmp_path / "set" / "rebuilt")
    assert _folders(built) == set(kinds)
    cancer = make_folder("set/AML-Cytomorphology_LMU", counts={"basophil": 3}) / "basophil"
    cancer.rename(cancer.with_name("MYO"))
    images = load(paper, tmp_path / "set", 8)
    assert images.count() == {"normal": 22, "cancer": 3}
    assert images.ungrouped == 3
    assert len(set(images.groups[images.labels == 0])) == 12


# What cannot be built


def _refusal(paper: Paper, originals: Path, target: Path) -> str:
    before = sorted(target.parent.iterdir())
    with pytest.raises(DataError) as raised:
        rebuild_copies(paper, originals, target)
    assert sorted(target.parent.iterdir()) == before
    return str(raised.value)


def test_a_paper_whose_set_is_not_made_of_copies_is_refused(originals, tmp_path):
    message = _refusal(papers.load("kumar_breakhis"), originals, tmp_path / "built")
    assert "kumar_breakhis declares no set of augmented copies" in message


@pytest.mark.parametrize("make", [Path.mkdir, Path.touch])
def test_a_target_that_is_there_is_left_as_it_is(small, originals, tmp_path, make):
    target = tmp_path / "built"
    make(target)
    assert f"should go to a new folder; {target} is there" in _refusal(small, originals, target)
    assert _bytes(target) == {}


def test_missing_kinds_are_named_beside_all_that_are_needed(small, originals, tmp_path):
    for kind in ("lymphocyte", "monocyte"):
        for path in (originals / kind).iterdir():
            path.unlink()
    message = _refusal(small, originals, tmp_path / "built")
    assert str(originals) in message
    assert "(basophil, eosinophil, lymphocyte, monocyte, neutrophil)" in message
    assert "found none of lymphocyte, monocyte." in message


def test_originals_that_are_not_there_are_named(small, tmp_path):
    assert f"there is no {tmp_path / 'no'}" in _refusal(small, tmp_path / "no", tmp_path / "built")


@pytest.mark.parametrize("content", [b"", b"no image", b"\x89PNG\r\n\x1a\n"])
def test_a_broken_photograph_is_named_and_nothing_is_left(small, originals, tmp_path, content):
    broken = originals / "neutrophil" / "BloodImage_00001_1.png"  # of the last kind
    broken.write_bytes(content)
    message = _refusal(small, originals, tmp_path / "built")
    assert re.search(f"should be readable; {broken}: .+ Remove or replace it", message)


def test_an_interruption_half_way_leaves_nothing(small, originals, tmp_path, monkeypatch):
    left = iter(range(17))

    def interrupted(image: Image.Image, *_, **__) -> Image.Image:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return image

    monkeypatch.setattr("lib.phantoms.rebuild.augmented", interrupted)
    with pytest.raises(KeyboardInterrupt):
        rebuild_copies(small, originals, tmp_path / "new" / "built")
    assert list((tmp_path / "new").iterdir()) == []


KILLED = """
import itertools, os, sys
from pathlib import Path
from lib import papers
from lib.phantoms import rebuild
done = itertools.count()
rebuild.augmented = lambda image, *_, **__: image if next(done) < 30 else os._exit(9)
rebuild.rebuild_copies(papers.load("kuncoro_white_blood_cells"), *map(Path, sys.argv[1:]))
"""


def test_a_killed_process_leaves_no_target_and_the_next_one_builds_it(small, originals, tmp_path):
    target = tmp_path / "new" / "built"
    process = subprocess.run(
        [sys.executable, "-c", KILLED, originals, target], cwd=ROOT, timeout=60
    )
    assert process.returncode == 9
    assert not target.exists()
    assert len(_rows(rebuild_copies(small, originals, target))) == 35


# On real photographs


def test_the_declared_set_of_real_photographs_matches_the_look_alike(paper, shared, tmp_path):
    """Both were made of the same 351 photographs, by code that knows nothing of each other."""
    folder = shared / "data" / paper.slug
    built = rebuild_copies(paper, folder / "bccd_originals", tmp_path / "built")
    for name in paper.class_names:
        both = [sorted((root / name).iterdir()) for root in (built, folder / "bccd_lookalike")]
        assert [len(paths) for paths in both] == [700, 700]
        groups = [{path.name[: len("BloodImage_00000")] for path in paths} for paths in both]
        assert groups[0] == groups[1]
