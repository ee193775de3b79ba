"""Loading a folder: rows that line up with pixels, rejected files with reasons, counts, samples, colours."""

import shutil
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_up_sets import image_set
from PIL import Image

from lib.datasets import DataError, ImageSet, colours, load
from lib.datasets.images import find_obstacle, survey
from lib.results import Colour, Data, Drawn

GROUPED = "BloodImage_{number:05d}_{label}"
COUNTS = {"basophil": 1, "eosinophil": 2, "lymphocyte": 3, "monocyte": 4, "neutrophil": 5}


def _rejected(images) -> dict[str, str]:
    return dict(images.rejected[["path", "reason"]].itertuples(index=False))


def _spoil(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).write_text("no image")


def _colours(pixels: np.ndarray) -> list[tuple[int, ...]]:
    return [tuple(int(value) for value in one) for one in pixels[:, 0, 0]]


# Rows


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_every_row_has_its_own_pixels_and_label(paper, make_folder, suffix):
    root = make_folder(suffix=suffix)
    images = load(paper, root, 8)
    assert len(images) == 15
    assert images.classes == paper.class_names
    assert images.pixels.shape == (15, 8, 8, 3)
    everything = images.take(np.arange(15))
    for path, pixels in zip(images.table["path"], everything, strict=True):
        np.testing.assert_array_equal(pixels, np.asarray(Image.open(root / path)))
    np.testing.assert_array_equal(np.round(everything[:, 0, 0, 0] / 40), images.labels)


def test_rows_still_line_up_where_files_are_rejected(paper, make_folder):
    root = make_folder(per_class=6)
    _spoil(root, "basophil/image_000.png", "lymphocyte/image_003.png", "neutrophil/image_005.png")
    shutil.copyfile(root / "monocyte" / "image_001.png", root / "monocyte" / "image_001a.png")
    images = load(paper, root, 8)
    assert len(images) == 27
    assert list(images.table.index) == list(range(27))
    order = np.random.default_rng(0).permutation(27)
    taken = images.take(order)
    np.testing.assert_array_equal(taken[:, 0, 0, 0] // 40, images.labels[order])
    for path, pixels in zip(images.table["path"].iloc[order], taken, strict=True):
        np.testing.assert_array_equal(pixels, np.asarray(Image.open(root / path)))


def test_groups_and_parts_belong_to_their_rows(paper, make_folder):
    root = make_folder("images/Train", stem=GROUPED, per_class=4).parent
    _spoil(root, "Train/eosinophil/BloodImage_00000_1.png")
    images = load(paper, root, 8)
    greens = images.take(np.arange(len(images)))[:, 0, 0, 1]
    assert [f"BloodImage_{green // 7:05d}" for green in greens] == images.groups.tolist()
    assert set(images.table["part"]) == {"train"}
    assert images.has_groups


def test_images_without_groups_have_none(paper, make_folder):
    images = load(paper, make_folder(), 8)
    assert not images.has_groups
    assert set(images.groups) == {""}
    assert images.ungrouped == 0


def test_an_image_of_unknown_group_is_its_own_beside_known_ones(paper, make_folder):
    root = make_folder(stem=GROUPED, per_class=4)
    for number in (0, 2, 3):
        path = root / "monocyte" / f"BloodImage_{number:05d}_3.png"
        path.rename(path.with_name(f"cell {number}.png"))
    _spoil(root, "monocyte/cell 3.png")
    images = load(paper, root, 8)
    assert images.has_groups
    groups = dict(zip(images.table["path"], images.groups, strict=True))
    assert groups.pop("monocyte/cell 0.png") == "monocyte/cell 0.png"
    assert groups.pop("monocyte/cell 2.png") == "monocyte/cell 2.png"
    assert set(groups.values()) == {f"BloodImage_{number:05d}" for number in range(4)}
    assert images.ungrouped == 2  # the third was rejected
    assert (images.summary().groups, images.summary().ungrouped) == (6, 2)


def test_where_every_group_is_known_none_counts_as_ungrouped(paper, make_folder):
    assert load(paper, make_folder(stem=GROUPED), 8).ungrouped == 0


def test_taken_pixels_are_a_copy(paper, make_folder):
    images = load(paper, make_folder(), 8)
    taken = images.take(np.array([3]))
    taken[:] = 99
    assert (images.take(np.array([3])) != 99).all()


def test_images_are_found_by_their_paths_in_the_order_asked_for(paper, make_folder):
    root = make_folder(per_class=6)
    _spoil(root, "basophil/image_000.png")
    images = load(paper, root, 8)
    paths = ["neutrophil/image_002.png", "basophil/image_001.png", "neutrophil/image_002.png"]
    found = images.take_paths(paths)
    assert found.dtype == np.uint8
    for path, pixels in zip(paths, found, strict=True):
        np.testing.assert_array_equal(pixels, np.asarray(Image.open(root / path)))
    column = images.table["path"].iloc[[3, 20]]
    np.testing.assert_array_equal(images.take_paths(column), images.take(np.array([3, 20])))
    assert images.take_paths([]).shape == (0, 8, 8, 3)


@pytest.mark.parametrize("path", ["basophil/image_000.png", "basophil/image_099.png"])
def test_a_path_that_is_none_of_the_images_is_an_error_that_names_it(paper, make_folder, path):
    root = make_folder(per_class=6)
    _spoil(root, "basophil/image_000.png")
    with pytest.raises(KeyError, match=path):
        load(paper, root, 8).take_paths([path])


def test_every_path_is_found_below_the_root_of_the_set(paper, make_folder):
    root = make_folder("archive/cells")
    images = load(paper, root.parent, 8)
    assert images.root == root
    assert all((images.root / path).is_file() for path in images.table["path"])
    assert image_set((2, 2)).root is None


def test_the_set_is_named_after_the_folder_that_holds_the_classes(paper, make_folder):
    root = make_folder("archive/cells")
    images = load(paper, root.parent, 8)
    assert (images.name, images.kind) == ("cells", "substitute")
    assert images.group_noun == "original photograph"


def test_a_program_called_png_is_a_rejected_file(paper, make_folder):
    root = make_folder(per_class=6)
    (root / "basophil" / "image_000.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n{} loop\n")
    rejected = _rejected(load(paper, root, 8))
    assert rejected["basophil/image_000.png"].startswith("not an image: its content is of no known")


def test_an_image_of_too_many_pixels_is_a_rejected_file(paper, make_folder, monkeypatch):
    root = make_folder(per_class=6)
    Image.new("RGB", (40, 30)).save(root / "basophil" / "image_000.png")
    monkeypatch.setattr(import_module("lib.datasets.decoding"), "MAX_PIXELS", 1000)
    assert _rejected(load(paper, root, 8)) == {
        "basophil/image_000.png": "too large: 40 × 30 pixels; at most 1000 are decoded"
    }


def test_the_scaling_of_deep_files_is_recorded_and_stays_where_rows_are_taken(paper, make_folder):
    root = make_folder(per_class=6)
    greys = np.arange(64, dtype=np.uint16).reshape(8, 8)
    for name in ("basophil", "monocyte"):
        Image.fromarray(greys + len(name)).save(root / name / "image_000.png")
    images = load(paper, root, 8)
    (scaled,) = images.summary().pixel_ranges
    assert (scaled.kind, scaled.files, scaled.low, scaled.high) == ("16-bit PNG", 2, 0, 71)
    assert images.summary().brightness == (0, 255)
    assert images.subset(np.arange(3)).summary().pixel_ranges == [scaled]


# Another size


def test_the_same_images_at_another_size_are_decoded_anew(paper, make_folder):
    root = make_folder(per_class=6, size=16)
    _spoil(root, "basophil/image_000.png", "monocyte/image_003.png")
    small, large = load(paper, root, 8), load(paper, root, 16)
    found = small.resized(16)
    assert found.pixels.shape == (30, 16, 16, 3)
    rows = np.arange(28)
    np.testing.assert_array_equal(found.take(rows), large.take(rows))
    assert found.content == large.content != small.content
    pd.testing.assert_frame_equal(found.table, small.table)
    of_the_size = {"image_size", "brightness"}
    assert found.summary().model_dump(exclude=of_the_size) == small.summary().model_dump(
        exclude=of_the_size
    )
    # And back again.
    np.testing.assert_array_equal(found.resized(8).take(rows), small.take(rows))


def test_images_of_the_size_asked_for_are_not_read_again(paper, make_folder):
    images = load(paper, make_folder(), 8)
    assert images.resized(8) is images


def _add(root: Path) -> None:
    Image.new("RGB", (8, 8), (1, 2, 3)).save(root / "basophil" / "new.png")


def _change(root: Path) -> None:
    Image.new("RGB", (8, 8), (1, 2, 3)).save(root / "basophil" / "image_000.png")


def _remove(root: Path) -> None:
    (root / "basophil" / "image_000.png").unlink()


@pytest.mark.parametrize("change", [_add, _change, _remove])
def test_images_that_changed_between_two_sizes_are_an_error_in_words(paper, make_folder, change):
    root = make_folder()
    images = load(paper, root, 8)
    assert images.resized(16).sha256 == images.sha256
    change(root)
    with pytest.raises(DataError, match=rf"{root} should hold the same images.*run again"):
        images.resized(24)
    with pytest.raises(DataError, match="the same images"):
        images.subset(np.arange(3)).resized(24)


def test_a_set_made_by_hand_has_no_other_size():
    images = image_set((3, 3))
    assert images.resized(64) is images


# Some of the images


def _some(paper, make_folder):
    """A set whose first image was rejected, and five of its rows in no order."""
    root = make_folder(stem=GROUPED, per_class=6, size=16)
    _spoil(root, "basophil/BloodImage_00000_0.png")
    return load(paper, root, 8), np.array([20, 3, 28, 0, 11])


def test_some_images_are_those_of_the_rows_asked_for_in_that_order(paper, make_folder):
    images, index = _some(paper, make_folder)
    some = images.subset(index)
    assert len(some) == 5
    expected = images.table.iloc[index].reset_index(drop=True)
    pd.testing.assert_frame_equal(some.table, expected)
    np.testing.assert_array_equal(some.take(np.arange(5)), images.take(index))
    np.testing.assert_array_equal(some.labels, images.labels[index])
    np.testing.assert_array_equal(some.groups, images.groups[index])
    assert some.root == images.root
    assert len(images) == 29  # the whole set is as it was


def test_some_images_at_another_size_are_the_same_images(paper, make_folder):
    images, index = _some(paper, make_folder)
    larger = images.subset(index).resized(16)
    assert larger.table["path"].tolist() == images.table["path"][index].tolist()
    np.testing.assert_array_equal(larger.take(np.arange(5)), images.resized(16).take(index))
    again = images.subset(index).subset(np.array([4, 1])).resized(16)
    np.testing.assert_array_equal(again.take(np.arange(2)), larger.take(np.array([4, 1])))
    by_hand = image_set((3, 3)).subset(np.array([4]))
    assert by_hand.resized(64) is by_hand


def test_some_images_have_another_content_and_so_has_another_order_of_them(paper, make_folder):
    """Features are kept by it."""
    images, index = _some(paper, make_folder)
    larger = images.resized(16)
    found = [
        images,
        images.subset(index),
        images.subset(index[::-1]),
        images.subset(index[:4]),
        larger.subset(index),
    ]
    assert len({one.content for one in found}) == 5
    assert images.subset(index.copy()).content == images.subset(index).content


# The hash of the pixels


def test_the_content_is_the_same_for_the_same_pixels_whatever_files_are_called(
    paper, make_folder, tmp_path
):
    root = make_folder()
    content = load(paper, root, 8).content
    shutil.copytree(root, tmp_path / "copy")
    for path in sorted((tmp_path / "copy").rglob("*.png")):
        path.rename(path.with_name(f"x{path.name}"))
    copied = load(paper, tmp_path / "copy", 8)
    assert copied.content == content == load(paper, root, 8).content
    assert copied.sha256 != load(paper, root, 8).sha256


def test_another_pixel_size_or_number_of_images_is_another_content(paper, make_folder):
    root = make_folder()
    found = [load(paper, root, 8).content, load(paper, root, 9).content]
    Image.linear_gradient("L").save(root / "monocyte" / "image_002.png")
    found.append(load(paper, root, 8).content)
    (root / "monocyte" / "image_002.png").unlink()
    found.append(load(paper, root, 8).content)
    assert len(set(found)) == 4


def test_a_file_that_is_used_no_longer_changes_the_content(paper, make_folder):
    """The copy has no row of its own, so the rows behind it stand for other pixels of the store."""
    root = make_folder(per_class=6)
    shutil.copyfile(root / "monocyte" / "image_000.png", root / "monocyte" / "copy.png")
    with_copy = load(paper, root, 8)
    (root / "monocyte" / "copy.png").unlink()
    assert load(paper, root, 8).content != with_copy.content


def test_which_of_two_same_files_is_kept_is_part_of_the_content(paper, make_folder):
    """The store is the same, but other rows of it are used: two classes with one picture lose it."""
    root = make_folder(per_class=6)
    shutil.copyfile(root / "monocyte" / "image_005.png", root / "monocyte" / "image_006.png")
    one = load(paper, root, 8)
    (root / "monocyte" / "image_006.png").rename(root / "neutrophil" / "image_.png")
    other = load(paper, root, 8)
    np.testing.assert_array_equal(one.pixels, other.pixels)
    assert len(other) == len(one) - 1
    assert other.content != one.content


# Rejected files


def test_rejected_files_are_listed_with_reasons_and_not_in_the_table(paper, make_folder):
    root = make_folder(per_class=6)
    _spoil(root, "monocyte/image_002.png")
    (root / "basophil" / "image_001.png").write_bytes(b"")
    (root / "basophil" / "notes.txt").write_text("a note")
    shutil.copytree(root / "monocyte", root / "platelet")
    images = load(paper, root, 8)
    rejected = _rejected(images)
    assert rejected.keys() == {
        "basophil/notes.txt",
        "platelet/",
        "basophil/image_001.png",
        "monocyte/image_002.png",
    }
    assert "empty file" in rejected["basophil/image_001.png"]
    assert "not an image" in rejected["monocyte/image_002.png"]
    assert "'.txt'" in rejected["basophil/notes.txt"]
    assert "none of the classes" in rejected["platelet/"]
    assert not rejected.keys() & set(images.table["path"])
    assert len(images) == 28


def test_of_the_same_bytes_in_one_class_the_first_stays(paper, make_folder):
    root = make_folder(per_class=6)
    for copy in ("image_000a.png", "zzz.png"):
        shutil.copyfile(root / "monocyte" / "image_000.png", root / "monocyte" / copy)
    images = load(paper, root, 8)
    reason = "byte for byte the same as monocyte/image_000.png"
    assert _rejected(images) == {
        "monocyte/image_000a.png": reason,
        "monocyte/zzz.png": reason,
    }
    assert "monocyte/image_000.png" in set(images.table["path"])
    assert images.count()["monocyte"] == 6
    assert images.summary().copies == 2


def test_of_the_same_bytes_in_two_classes_none_stays(paper, make_folder):
    root = make_folder(per_class=6)
    shutil.copyfile(root / "monocyte" / "image_000.png", root / "neutrophil" / "copy.png")
    shutil.copyfile(root / "monocyte" / "image_000.png", root / "monocyte" / "copy.png")
    images = load(paper, root, 8)
    reason = "the same file stands under monocyte and neutrophil"
    assert _rejected(images) == dict.fromkeys(
        ["monocyte/copy.png", "monocyte/image_000.png", "neutrophil/copy.png"], reason
    )
    assert images.count()["monocyte"] == 5
    assert images.count()["neutrophil"] == 6
    assert images.summary().copies == 0


def test_a_folder_copied_into_itself_is_usable_and_no_image_of_it_is_lost(paper, make_folder):
    root = make_folder(per_class=4)
    once = load(paper, root, 8)
    for folder in list(root.iterdir()):
        shutil.copytree(folder, folder / "copy")
    images = load(paper, root, 8)
    assert (len(images), images.summary().copies) == (20, 20)
    np.testing.assert_array_equal(images.take(np.arange(20)), once.take(np.arange(20)))


def test_a_copy_of_a_broken_file_is_broken_and_no_copy(paper, make_folder):
    root = make_folder(per_class=6)
    _spoil(root, "monocyte/image_000.png", "monocyte/image_001.png")  # the same bytes
    images = load(paper, root, 8)
    assert images.summary().copies == 0
    assert all("not an image" in reason for reason in _rejected(images).values())


def test_the_same_pixels_in_other_bytes_are_no_duplicate(paper, make_folder):
    root = make_folder()
    image = Image.open(root / "monocyte" / "image_000.png")
    image.save(root / "monocyte" / "image_000.bmp")
    images = load(paper, root, 8)
    assert images.rejected.empty
    assert images.count()["monocyte"] == 4


@pytest.mark.parametrize(("bad", "fails"), [(4, False), (5, True)])
def test_more_than_a_fifth_rejected_is_refused(paper, make_folder, bad, fails):
    root = make_folder(per_class=4)
    _spoil(root, *[f"{one}/image_000.png" for one in paper.class_names[:bad]])
    if bad == 5:
        (root / "basophil" / "image_003.png").unlink()  # 5 of 19: just above a fifth
    if not fails:
        assert len(load(paper, root, 8)) == 16
        return
    with pytest.raises(DataError) as caught:
        load(paper, root, 8)
    text = str(caught.value)
    assert str(root) in text
    assert "26 % of the image files (5 of 19) cannot be used; at most 20 % may be" in text
    assert f"`python -m lib data show {paper.slug} {root}` lists them" in text


def test_a_survey_shows_what_a_run_would_refuse(paper, make_folder):
    root = make_folder(per_class=2)
    _spoil(root, "monocyte/image_000.png", "monocyte/image_001.png", "basophil/image_001.png")
    found, images = survey(paper, root, 8)
    assert len(found.files) == 10
    assert list(images.count().values()) == [1, 2, 2, 0, 2]
    assert len(_rejected(images)) == 3
    assert find_obstacle(found, images).startswith("30 % of the image files (3 of 10) cannot")
    with pytest.raises(DataError, match="30 % of the image files"):
        load(paper, root, 8)


def test_a_class_that_loses_every_file_is_named(paper, make_folder):
    root = make_folder(counts={**dict.fromkeys(paper.class_names, 5), "lymphocyte": 2})
    _spoil(root, "lymphocyte/image_000.png", "lymphocyte/image_001.png")
    with pytest.raises(DataError, match="no image of lymphocyte can be used"):
        load(paper, root, 8)


# Numbers


def test_images_are_counted_by_class(paper, make_folder):
    images = load(paper, make_folder(counts=COUNTS), 8)
    assert images.count() == COUNTS
    assert images.count(np.array([0, 1, 2, 9])) == {
        "basophil": 1,
        "eosinophil": 2,
        "lymphocyte": 0,
        "monocyte": 1,
        "neutrophil": 0,
    }


def test_samples_are_of_their_class_and_distinct(paper, make_folder):
    images = load(paper, make_folder(per_class=6), 8)
    samples = images.samples(per_class=4)
    assert list(samples) == list(paper.class_names)
    for label, pixels in enumerate(samples.values()):
        assert pixels.shape == (4, 8, 8, 3)
        assert (pixels[:, 0, 0, 0] == 40 * label).all()
        assert len(set(_colours(pixels))) == 4


def test_samples_are_fixed_by_the_seed(paper, make_folder):
    images = load(paper, make_folder(per_class=20), 8)
    first, again, other = (np.stack(list(images.samples(5, seed).values())) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_a_class_with_few_images_has_fewer_samples(paper, make_folder):
    images = load(
        paper, make_folder(counts={**dict.fromkeys(paper.class_names, 3), "monocyte": 1}), 8
    )
    assert [len(pixels) for pixels in images.samples(2).values()] == [2, 2, 2, 1, 2]


def test_the_summary_holds_the_set_in_numbers(paper, make_folder):
    root = make_folder(stem=GROUPED, per_class=6)
    _spoil(root, "monocyte/BloodImage_00000_3.png")
    images = load(paper, root, 10)
    summary = images.summary()
    assert Data.model_validate_json(summary.model_dump_json()) == summary
    assert summary.images == 29
    assert summary.counts == images.count()
    assert summary.groups == 6
    # Every class has the same six names; the monocyte of one of them cannot be read.
    assert summary.group_counts == dict.fromkeys(paper.class_names, 6) | {"monocyte": 5}
    assert summary.image_size == 10
    assert summary.sha256 == images.sha256
    assert [one.path for one in summary.rejected] == ["monocyte/BloodImage_00000_3.png"]
    assert (summary.parts, summary.stand_ins, summary.ungrouped) == ({}, {}, 0)
    unknown = load(paper, make_folder("no groups"), 8).summary()
    assert (unknown.groups, unknown.group_counts) == (None, None)


def test_the_summary_counts_the_groups_of_each_class(paper, make_folder):
    make_folder("set", stem="BloodImage_{label:05d}_{number}", per_class=3)
    root = make_folder("set", stem="BloodImage_00000_{number}", counts={"monocyte": 4}, size=9)
    summary = load(paper, root, 8).summary()
    assert summary.groups == 5
    assert summary.group_counts == dict.fromkeys(paper.class_names, 1) | {"monocyte": 2}


def test_the_summary_counts_the_parts(paper, make_folder):
    make_folder("set/train", per_class=2)
    make_folder("set/Valid", counts={"monocyte": 3}, size=9)
    root = make_folder("set/test", counts={"basophil": 2}, size=10).parent
    _spoil(root, "test/basophil/image_001.png")
    assert load(paper, root, 8).summary().parts == {"train": 10, "val": 3, "test": 1}


def test_the_summary_names_the_folders_that_stand_in_for_a_class(paper, make_folder):
    *others, neutrophil = paper.classes
    paper = replace(paper, classes=(*others, replace(neutrophil, stand_ins=("band", "segment"))))
    for size, folder in ((8, "train/segment"), (9, "val/Band")):
        root = make_folder(f"set/{folder}", counts={"neutrophil": 2}, size=size)
        for path in (root / "neutrophil").iterdir():
            path.rename(root / path.name)
        (root / "neutrophil").rmdir()
    root = make_folder("set", counts=dict.fromkeys(paper.class_names[:4], 1))
    summary = load(paper, root, 8).summary()
    assert summary.stand_ins == {"neutrophil": ["Band", "segment"]}
    assert summary.counts["neutrophil"] == 4


# Drawn from a larger set


def test_a_draw_takes_as_many_of_each_class_at_random(paper, make_folder):
    images = load(paper, make_folder(per_class=40), 8)
    drawn = images.draw(10)
    assert drawn.count() == dict.fromkeys(paper.class_names, 10)
    assert drawn.table["path"].is_unique
    assert set(drawn.table["path"]) < set(images.table["path"])
    first = [f"{name}/image_{number:03d}.png" for name in paper.class_names for number in range(10)]
    assert list(drawn.table["path"]) != first
    record = drawn.summary()
    assert record.images == 50
    assert record.drawn == Drawn(
        per_class=10, seed=0, available=dict.fromkeys(paper.class_names, 40)
    )
    assert images.summary().drawn is None


def test_a_draw_is_the_same_every_time_at_every_size_and_in_load(paper, make_folder):
    root = make_folder(per_class=12)
    drawn = load(paper, root, 8, images_per_class=5)
    assert list(drawn.table["path"]) == list(load(paper, root, 16).draw(5).table["path"])
    assert list(drawn.resized(16).table["path"]) == list(drawn.table["path"])
    assert drawn.content == load(paper, root, 8).draw(5).content
    assert len(load(paper, root, 8, images_per_class=None)) == 60


def test_every_image_is_drawn_equally_often():
    """Of 40 images, 10 are drawn: over many draws each should come up in a quarter of them."""
    images, times = image_set((40,)), np.zeros(40)
    for seed in range(400):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(import_module("lib.datasets.images"), "DRAW_SEED", seed)
            times[images.draw(10).rows] += 1
    assert times.sum() == 4000
    assert 65 < times.min() < times.max() < 140  # 100 expected, standard deviation 8.7


def test_more_than_there_are_cannot_be_drawn(paper, make_folder):
    with pytest.raises(DataError) as caught:
        load(paper, make_folder(counts=COUNTS), 8, images_per_class=3)
    assert "received 3" in str(caught.value)
    assert all(f"{name} {count}" in str(caught.value) for name, count in COUNTS.items())
    assert str(caught.value).endswith("Ask for at most 1.")


def test_a_part_of_the_papers_own_files_is_not_proven_to_be_what_it_used(paper, make_folder):
    images = replace(load(paper, make_folder(per_class=6), 8), kind="exact")
    assert images.draw(5).kind == "substitute"
    assert replace(images, kind="phantom").draw(5).kind == "phantom"


def test_images_of_unknown_group_are_counted_after_the_draw(paper, make_folder):
    root = make_folder(stem=GROUPED, per_class=6)
    for path in list((root / "basophil").iterdir()):
        path.rename(path.with_name(f"other_{path.name[-7:]}"))
    images = load(paper, root, 8)
    assert (images.ungrouped, images.draw(5).summary().ungrouped) == (6, 5)


# Colours


def _plain_set(*classes: list[tuple[int, int, int]]) -> ImageSet:
    """Of each class the colours of its images, which have 2 × 2 pixels of one colour each."""
    flat = np.array([colour for one in classes for colour in one], np.uint8)
    pixels = np.broadcast_to(flat[:, None, None], (len(flat), 2, 2, 3))
    return image_set([len(one) for one in classes], pixels=pixels)


def test_mean_spread_and_black_of_each_class_by_hand():
    images = _plain_set(
        [(0, 10, 200), (100, 10, 220)],
        [(0, 0, 0), (16, 16, 16), (17, 0, 0), (60, 60, 60)],
    )
    first, second = colours(images)
    assert first == Colour(
        name="basophil", images=2, mean=[50, 10, 210], spread=[50, 0, 10], black=0
    )
    assert (second.name, second.images, second.black) == ("monocyte", 4, 0.5)
    assert second.mean == pytest.approx([93 / 4, 76 / 4, 76 / 4])


def test_a_pixel_is_black_by_its_brightest_channel():
    (one,) = colours(_plain_set([(16, 16, 16), (0, 0, 17), (0, 17, 0), (17, 0, 0)]))
    assert one.black == 0.25


def test_pixels_within_an_image_count_each():
    pixels = np.zeros((1, 2, 2, 3), np.uint8)
    pixels[0, 0] = 80
    (one,) = colours(image_set((1,), pixels=pixels))
    assert (one.mean, one.spread, one.black) == ([40] * 3, [40] * 3, 0.5)


def test_colours_of_noise_agree_with_numpy():
    pixels = np.random.default_rng(0).integers(0, 256, (30, 5, 5, 3), dtype=np.uint8)
    images = image_set((10, 20), pixels=pixels)
    for label, one in enumerate(colours(images)):
        flat = pixels[images.labels == label].astype(float)
        assert one.mean == pytest.approx(flat.mean((0, 1, 2)))
        assert one.spread == pytest.approx(flat.std((0, 1, 2)))


def test_of_many_images_a_sample_is_looked_at_the_same_every_time(monkeypatch):
    monkeypatch.setattr(import_module("lib.datasets.images"), "SAMPLE", 4)
    images = _plain_set([(value, 0, 0) for value in range(0, 200, 10)], [(7, 0, 0)] * 3)
    first, second = colours(images)
    assert (first.images, second.images) == (4, 3)
    assert colours(images) == [first, second]
    assert first.mean[0] != pytest.approx(95)  # the mean of all


def test_a_file_without_a_row_is_not_looked_at():
    """Where a file was rejected, `pixels` hold black in its place."""
    pixels = np.zeros((4, 2, 2, 3), np.uint8)
    pixels[[0, 2]] = 90
    images = image_set((2,), pixels=pixels)
    images.rows[:] = [0, 2]
    (one,) = colours(images)
    assert (one.mean, one.black) == ([90] * 3, 0)
