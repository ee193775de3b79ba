"""A data set of one's own: classes by name or by sub-folder, loaded without a paper."""

import shutil

import pytest

from lib.datasets import DataError, load
from lib.datasets.own import class_folder_names, own_collection

NAMES = ["basophil", "eosinophil", "lymphocyte", "monocyte", "neutrophil"]


def test_images_are_loaded_without_a_paper(make_folder):
    folder = make_folder(per_class=4)
    images = load(own_collection(["monocyte", "basophil"]), folder, 8)
    assert images.classes == ("monocyte", "basophil")
    assert images.count() == {"monocyte": 4, "basophil": 4}
    assert (images.kind, images.has_groups) == ("substitute", False)
    assert set(images.rejected["path"]) == {"eosinophil/", "lymphocyte/", "neutrophil/"}


def test_groups_and_official_split_are_found_as_in_any_set(make_folder):
    root = make_folder("set/train", per_class=4).parent
    make_folder("set/test", per_class=2, size=9)
    paths = [path.relative_to(root).as_posix() for path in sorted(root.rglob("*.png"))]
    lines = ["path,group", *(f"{path},g{number // 2}" for number, path in enumerate(paths))]
    (root / "groups.csv").write_text("\n".join(lines))
    summary = load(own_collection(NAMES), root, 8).summary()
    assert (summary.groups, summary.parts) == (15, {"train": 20, "test": 10})


def test_a_refusal_names_the_command_for_these_classes(make_folder):
    folder = make_folder(per_class=2)
    for name in ("basophil", "monocyte"):
        (folder / name / "image_000.png").write_bytes(b"no image")
    with pytest.raises(DataError, match=r"`python -m lib data show --classes basophil,monocyte /"):
        load(own_collection(["basophil", "monocyte"]), folder, 8)


@pytest.mark.parametrize("names", [[], ["a"], ["a", "a"], ["a b", "A_B"], ["a", ""]])
def test_classes_are_at_least_two_different_names(names):
    with pytest.raises(ValueError, match="at least two different names"):
        own_collection(names)


def test_the_sub_folders_with_images_are_the_classes(make_folder):
    folder = make_folder(per_class=1)
    (folder / "notes").mkdir()
    (folder / "notes" / "readme.txt").write_text("no image")
    (folder / "empty").mkdir()
    assert class_folder_names(folder) == NAMES


@pytest.mark.parametrize("levels", [("train", "test"), ("Train_set",)])
def test_split_levels_and_wrappers_are_no_classes(make_folder, tmp_path, levels):
    for level in levels:
        shutil.copytree(make_folder(per_class=1), tmp_path / "a" / "b" / level)
    assert class_folder_names(tmp_path / "a") == NAMES


def test_a_folder_without_two_classes_says_how_to_name_them(make_folder, tmp_path):
    folder = make_folder(per_class=1)
    with pytest.raises(DataError, match="it has none"):
        class_folder_names(folder / "basophil")
    (tmp_path / "one").mkdir()
    shutil.copytree(folder / "basophil", tmp_path / "one" / "basophil")
    (tmp_path / "one" / "other").mkdir()
    with pytest.raises(DataError, match=r"it has one, basophil\. Name the classes: --classes"):
        class_folder_names(tmp_path / "one")
