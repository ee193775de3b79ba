"""A data set of one's own: classes by name or by sub-folder, loaded without a paper."""

import shutil

import pytest
from declarations import touch

from lib.datasets import DataError, load
from lib.datasets.own_set import class_folder_names, own_collection

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


def test_images_may_lie_beside_a_folder_of_something_else_or_below_another(make_folder, tmp_path):
    for place in ("a/images", "b/train/images", "b/test/pictures"):
        shutil.copytree(make_folder(per_class=1), tmp_path / place)
    touch(tmp_path / "a", "labels/list.txt", "masks/readme.md")
    assert class_folder_names(tmp_path / "a") == class_folder_names(tmp_path / "b") == NAMES


def test_names_that_differ_in_case_or_spaces_alone_are_one_class(tmp_path):
    touch(
        tmp_path, "train/Cat/1.png", "train/Big Dog/1.png", "test/cat/1.png", "test/big_dog/1.png"
    )
    assert class_folder_names(tmp_path) == ["Big Dog", "Cat"]


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
    with pytest.raises(
        DataError, match=r"has one, basophil \(there: basophil/ \(1 \.png\), other/"
    ):
        class_folder_names(tmp_path / "one")


def test_files_that_are_no_images_are_told_by_suffix(tmp_path):
    touch(tmp_path, "images.zip", "a/1.svs")
    with pytest.raises(DataError) as caught:
        class_folder_names(tmp_path)
    assert "(there: a/ (1 .svs), 1 .zip). No file has a name that is read" in str(caught.value)


def test_many_folders_that_all_link_to_each_other_are_an_error_in_words(tmp_path):
    names = [f"folder_{number}" for number in range(9)]
    for name in names:
        (tmp_path / name).mkdir()
        for other in names:
            (tmp_path / name / f"link_{other}").symlink_to(tmp_path / other)
    with pytest.raises(DataError, match="links lead to"):
        class_folder_names(tmp_path)
