"""Finding the data set: which folders are classes, which files are images, groups, kind and hash."""

import json
import os
import shutil
from importlib import import_module
from pathlib import Path

import pytest
from PIL import Image

from lib.data import DataError
from lib.data.folder import PHANTOM_MARK, contents, locate, scan

module = import_module("lib.data.folder")

GROUPED = "BloodImage_{number:05d}_{label}"


def _write_groups(root: Path, rows: dict[str, str], header: str = "path,group") -> None:
    lines = [header, *(f"{path},{group}" for path, group in rows.items())]
    (root / "groups.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _write_manifest(slug: str, digest: str) -> None:
    module.MANIFESTS.mkdir(parents=True, exist_ok=True)
    (module.MANIFESTS / f"{slug}.json").write_text(json.dumps({"sha256": digest}))


def _under_split_level(root: Path, level: str) -> None:
    """Moves the class folders of `root` below a new folder `level`."""
    folders = list(root.iterdir())
    (root / level).mkdir()
    for folder in folders:
        folder.rename(root / level / folder.name)


# Classes and their folders


def test_every_image_is_listed_once_sorted_with_its_label(paper, make_folder):
    counts = {name: label + 1 for label, name in enumerate(paper.class_names)}
    files = scan(paper, make_folder(counts=counts)).files
    assert list(files["path"]) == sorted(files["path"])
    assert files["label"].value_counts().to_dict() == {0: 1, 1: 2, 2: 3, 3: 4, 4: 5}
    for path, label in zip(files["path"], files["label"], strict=True):
        assert path.split("/")[0] == paper.class_names[label]


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("basophil", "Basophil"),
        ("basophil", "BASOPHILS"),
        ("basophil", "basofil"),
        ("basophil", "ba"),
        ("basophil", "baso phil"),
        ("basophil", "Baso_Phil"),
        ("basophil", "-baso-phil_ "),
        ("eosinophil", "EOS"),
        ("eosinophil", "eosinofil"),
        ("lymphocyte", "Limfosit"),
        ("lymphocyte", "LYT"),
        ("monocyte", "mo"),
        ("monocyte", "monosit"),
        ("neutrophil", "NEU"),
        ("neutrophil", "Neutro Fil"),
    ],
)
def test_a_class_folder_may_carry_an_alias(paper, make_folder, name, folder):
    root = make_folder(per_class=2)
    (root / name).rename(root / folder)
    found = scan(paper, root)
    of_class = found.files[found.files["label"] == paper.class_names.index(name)]
    assert list(of_class["path"]) == [f"{folder}/image_000.png", f"{folder}/image_001.png"]
    assert found.rejected.empty


@pytest.mark.parametrize("folder", ["basophilia", "bas.ophil", "b", "neubas"])
def test_a_name_that_only_resembles_a_class_is_none(paper, make_folder, folder):
    root = make_folder()
    (root / "basophil").rename(root / folder)
    with pytest.raises(DataError, match="none of basophil"):
        scan(paper, root)


def test_two_folders_of_one_class_are_one_class(paper, make_folder):
    root = make_folder(per_class=2)
    shutil.copytree(root / "monocyte", root / "MON")
    assert (scan(paper, root).files["label"] == 3).sum() == 4


def test_images_in_sub_folders_of_a_class_count_sorted_by_their_whole_path(paper, make_folder):
    root = make_folder(per_class=1)
    for folder in ("slide", "slide 1"):
        shutil.copytree(root / "basophil", root / "monocyte" / folder)
    files = scan(paper, root).files
    assert list(files["path"][files["label"] == 3]) == [
        "monocyte/image_000.png",
        "monocyte/slide 1/image_000.png",
        "monocyte/slide/image_000.png",
    ]


@pytest.mark.parametrize(
    ("level", "part"),
    [
        ("train", "train"),
        ("TRAIN", "train"),
        ("Training", "train"),
        ("val", "val"),
        ("Valid", "val"),
        ("VALIDATION", "val"),
        ("test", "test"),
        ("Testing", "test"),
    ],
)
def test_a_split_level_is_the_part_of_its_images(paper, make_folder, level, part):
    root = make_folder(per_class=1)
    _under_split_level(root, level)
    found = scan(paper, root)
    assert found.root == root
    assert set(found.files["part"]) == {part}
    assert list(found.files["path"]) == [
        f"{level}/{one}/image_000.png" for one in paper.class_names
    ]


def test_two_split_levels_are_two_parts_and_a_class_may_be_in_one_only(paper, make_folder):
    root = make_folder(per_class=1)
    _under_split_level(root, "train")
    (root / "Test").mkdir()
    (root / "train" / "monocyte").rename(root / "Test" / "Monocyte")
    files = scan(paper, root).files.set_index("path")
    assert files.loc["Test/Monocyte/image_000.png", ["label", "part"]].tolist() == [3, "test"]
    assert files["part"].value_counts().to_dict() == {"train": 4, "test": 1}


def test_without_a_split_level_there_is_no_part(paper, make_folder):
    assert set(scan(paper, make_folder()).files["part"]) == {""}


@pytest.mark.parametrize("level", ["", "train"])
def test_wrapping_folders_are_stepped_into(paper, make_folder, level):
    root = make_folder("archive/dataset v2/cells")
    if level:
        _under_split_level(root, level)
    (root.parent / "README.txt").write_text("unpacked")
    (root.parent / ".hidden").mkdir()
    assert scan(paper, root.parent.parent).root == root


def test_a_wrapped_folder_has_the_hash_of_the_folder_itself(paper, make_folder):
    root = make_folder("archive/cells")
    assert scan(paper, root.parent).sha256 == scan(paper, root).sha256


# What is no image


@pytest.mark.parametrize(
    "name", ["Thumbs.db", "desktop.ini", "Desktop.INI", ".DS_Store", "._a.png"]
)
def test_system_files_are_neither_images_nor_rejected(paper, make_folder, name):
    root = make_folder()
    before = scan(paper, root).sha256
    (root / "monocyte" / name).write_bytes(b"system")
    found = scan(paper, root)
    assert found.rejected.empty
    assert found.sha256 == before


def test_hidden_folders_are_not_classes(paper, make_folder):
    root = make_folder()
    shutil.copytree(root / "monocyte", root / ".monocyte")
    found = scan(paper, root)
    assert len(found.files) == 15
    assert found.rejected.empty


@pytest.mark.parametrize(
    ("name", "ending"), [("notes.txt", "'.txt'"), ("a.png.zip", "'.zip'"), ("LICENCE", "''")]
)
def test_a_file_that_is_no_image_by_its_name_is_rejected_with_the_reason(
    paper, make_folder, name, ending
):
    root = make_folder()
    (root / "monocyte" / name).write_text("no image")
    found = scan(paper, root)
    assert found.rejected.to_dict("records") == [
        {"path": f"monocyte/{name}", "reason": f"not an image file: its name ends in {ending}"}
    ]
    assert len(found.files) == 15


@pytest.mark.parametrize(
    "suffix", [".jpg", ".JPG", ".jpeg", ".png", ".PnG", ".gif", ".bmp", ".tif", ".tiff", ".webp"]
)
def test_image_suffixes_count_in_any_case(paper, make_folder, suffix):
    root = make_folder(suffix=suffix)
    found = scan(paper, root)
    assert len(found.files) == 15
    assert found.rejected.empty


@pytest.mark.parametrize("level", ["", "train"])
def test_an_unknown_folder_is_rejected_as_a_whole(paper, make_folder, level):
    root = make_folder()
    shutil.copytree(root / "monocyte", root / "platelet")
    if level:
        _under_split_level(root, level)
    found = scan(paper, root)
    assert len(found.files) == 15
    assert list(found.rejected["path"]) == ["train/platelet/" if level else "platelet/"]
    assert "none of the classes basophil, eosinophil" in found.rejected["reason"][0]


# What is no data set


def test_missing_classes_are_named_with_the_folder_and_what_is_there(paper, make_folder):
    root = make_folder(counts={"basophil": 2, "monocyte": 2, "lymphocyte": 2})
    (root / "platelet").mkdir()
    with pytest.raises(DataError) as caught:
        scan(paper, root)
    text = str(caught.value)
    assert str(root) in text
    assert "found none of eosinophil, neutrophil " in text
    assert "there: basophil/, lymphocyte/, monocyte/, platelet/" in text


def test_a_class_folder_without_an_image_counts_as_missing(paper, make_folder):
    root = make_folder(counts=dict.fromkeys(paper.class_names[:-1], 2))
    (root / "neutrophil").mkdir()
    (root / "neutrophil" / "notes.txt").write_text("none yet")
    with pytest.raises(DataError, match="none of neutrophil "):
        scan(paper, root)


def test_an_empty_folder_lacks_every_class(paper, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError) as caught:
        scan(paper, tmp_path / "empty")
    assert f"none of {', '.join(paper.class_names)} (there: no folder)" in str(caught.value)


# Locating


def test_a_path_is_taken_as_it_is(paper, make_folder):
    root = make_folder()
    assert locate(paper, str(root), pytest.fail) == root


def test_a_path_may_hold_a_folder_named_like_the_paper(paper, make_folder):
    root = make_folder(f"all/{paper.slug}")
    assert locate(paper, str(root.parent), pytest.fail) == root


def test_a_path_may_start_at_home_or_at_the_working_folder(
    paper, make_folder, tmp_path, monkeypatch
):
    root = make_folder("cells")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert locate(paper, "~/cells", pytest.fail) == root
    assert locate(paper, "cells", pytest.fail) == root


@pytest.mark.parametrize(("kind", "said"), [("file", "is a file"), ("missing", "is not there")])
def test_a_path_that_is_no_folder_is_refused(paper, tmp_path, kind, said):
    path = tmp_path / "images.zip"
    if kind == "file":
        path.write_bytes(b"zip")
    with pytest.raises(DataError) as caught:
        locate(paper, str(path), pytest.fail)
    assert f"{path} {said}" in str(caught.value)
    assert "basophil, eosinophil, lymphocyte, monocyte, neutrophil" in str(caught.value)


def test_auto_prefers_the_papers_own_folder(paper):
    own = module.DATA / paper.slug
    own.mkdir(parents=True)
    assert locate(paper, "auto", pytest.fail) == own


def test_auto_without_an_own_folder_and_phantom_in_any_event_are_drawn(paper, tmp_path):
    assert locate(paper, "auto", lambda: tmp_path) == tmp_path
    (module.DATA / paper.slug).mkdir(parents=True)
    assert locate(paper, "phantom", lambda: tmp_path) == tmp_path


# Groups


def test_groups_come_from_the_file_names(paper, make_folder):
    files = scan(paper, make_folder(stem=GROUPED)).files
    assert list(files["group"]) == [f"BloodImage_{number:05d}" for number in range(3)] * 5


def test_groups_are_all_or_none(paper, make_folder):
    root = make_folder(stem=GROUPED)
    (root / "monocyte" / "BloodImage_00001_3.png").rename(root / "monocyte" / "other.png")
    assert set(scan(paper, root).files["group"]) == {""}


def test_file_names_without_groups_give_none(paper, make_folder):
    assert set(scan(paper, make_folder()).files["group"]) == {""}


def test_groups_csv_outranks_the_file_names(paper, make_folder):
    root = make_folder(stem=GROUPED)
    paths = scan(paper, root).files["path"]
    expected = {path: f"patient {row // 2}" for row, path in enumerate(paths)}
    _write_groups(root, dict(reversed(expected.items())))
    files = scan(paper, root).files
    assert dict(zip(files["path"], files["group"], strict=True)) == expected


def test_groups_csv_may_hold_more_columns_and_rows(paper, make_folder):
    root = make_folder(per_class=1)
    paths = [*scan(paper, root).files["path"], "monocyte/long gone.png"]
    lines = ["stain,path,age,group", *(f"Giemsa,{path},44,P{path[0]}" for path in paths)]
    (root / "groups.csv").write_text("\n".join(lines))
    assert list(scan(paper, root).files["group"]) == ["Pb", "Pe", "Pl", "Pm", "Pn"]


@pytest.mark.parametrize("left", ["absent", "empty"])
def test_groups_csv_must_give_every_image_a_group(paper, make_folder, left):
    root = make_folder(per_class=1)
    rows = dict.fromkeys(scan(paper, root).files["path"], "P1")
    for path in ("monocyte/image_000.png", "neutrophil/image_000.png"):
        rows[path] = ""
        if left == "absent":
            del rows[path]
    _write_groups(root, rows)
    with pytest.raises(DataError, match=r"groups\.csv.* 2 have none.*monocyte/image_000\.png"):
        scan(paper, root)


@pytest.mark.parametrize("header", ["path,patient", "file,group", ""])
def test_groups_csv_must_have_its_columns(paper, make_folder, header):
    root = make_folder(per_class=1)
    _write_groups(root, dict.fromkeys(scan(paper, root).files["path"], "P1"), header)
    with pytest.raises(DataError, match=r"groups\.csv should have the columns path and group"):
        scan(paper, root)


def test_an_empty_groups_csv_is_refused(paper, make_folder):
    root = make_folder(per_class=1)
    (root / "groups.csv").touch()
    with pytest.raises(DataError, match="columns path and group"):
        scan(paper, root)


# Kind


def test_images_without_mark_or_manifest_are_a_substitute(paper, make_folder):
    assert scan(paper, make_folder()).kind == "substitute"


def test_a_manifest_of_other_images_leaves_a_substitute(paper, make_folder):
    _write_manifest(paper.slug, contents(scan(paper, make_folder("own", 2)).files))
    assert scan(paper, make_folder("other", 3)).kind == "substitute"


def test_the_manifests_images_are_exact_whatever_the_files_are_called(paper, make_folder):
    _write_manifest(paper.slug, contents(scan(paper, make_folder("own")).files))
    renamed = make_folder("renamed", stem="z{number}")
    _under_split_level(renamed, "train")
    assert scan(paper, renamed).kind == "exact"


def test_the_manifests_images_in_other_classes_are_not_exact(paper, make_folder):
    root = make_folder()
    _write_manifest(paper.slug, contents(scan(paper, root).files))
    (root / "monocyte").rename(root / "swap")
    (root / "neutrophil").rename(root / "monocyte")
    (root / "swap").rename(root / "neutrophil")
    assert scan(paper, root).kind == "substitute"


def test_the_mark_makes_a_phantom_even_of_the_manifests_images(paper, make_folder):
    root = make_folder()
    _write_manifest(paper.slug, contents(scan(paper, root).files))
    (root / PHANTOM_MARK).write_text("{}")
    assert scan(paper, root).kind == "phantom"


# Hash


def _flip_one_byte(root: Path) -> None:
    path = root / "monocyte" / "image_001.png"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def _rename_a_file(root: Path) -> None:
    """The order of the files stays."""
    (root / "monocyte" / "image_001.png").rename(root / "monocyte" / "image_001b.png")


def _rename_a_folder(root: Path) -> None:
    (root / "monocyte").rename(root / "Monocyte")


def _swap_two_files(root: Path) -> None:
    one, other = root / "monocyte" / "image_001.png", root / "monocyte" / "image_002.png"
    one_bytes, other_bytes = one.read_bytes(), other.read_bytes()
    one.write_bytes(other_bytes)
    other.write_bytes(one_bytes)


def _add_a_file(root: Path) -> None:
    Image.new("RGB", (8, 8), "white").save(root / "monocyte" / "new.png")


def _remove_a_file(root: Path) -> None:
    (root / "monocyte" / "image_001.png").unlink()


def _add_groups(root: Path) -> None:
    paths = [path.relative_to(root).as_posix() for path in root.rglob("*.png")]
    _write_groups(root, dict.fromkeys(paths, "P1"))


@pytest.mark.parametrize(
    "change",
    [
        _flip_one_byte,
        _rename_a_file,
        _rename_a_folder,
        _swap_two_files,
        _add_a_file,
        _remove_a_file,
        _add_groups,
    ],
)
def test_the_hash_changes_with_contents_names_and_groups(paper, make_folder, change):
    root = make_folder()
    before = scan(paper, root).sha256
    change(root)
    assert scan(paper, root).sha256 != before


def test_the_hash_stays_between_scans_and_for_a_copy_elsewhere(paper, make_folder, tmp_path):
    root = make_folder()
    before = scan(paper, root)
    shutil.copytree(root, tmp_path / "elsewhere" / "copy", copy_function=shutil.copyfile)
    assert scan(paper, root).sha256 == before.sha256
    assert scan(paper, tmp_path / "elsewhere" / "copy").sha256 == before.sha256


def test_every_file_has_the_hash_of_its_bytes(paper, make_folder):
    root = make_folder(per_class=1)
    files = scan(paper, root).files.set_index("path")
    assert files["sha256"].nunique() == 5
    _add_a_file(root)
    shutil.copyfile(root / "monocyte" / "new.png", root / "basophil" / "same.png")
    files = scan(paper, root).files.set_index("path")["sha256"]
    assert files["monocyte/new.png"] == files["basophil/same.png"]


@pytest.mark.parametrize(("change", "same"), [(_rename_a_file, True), (_flip_one_byte, False)])
def test_the_manifest_hash_ignores_names_but_not_bytes(paper, make_folder, change, same):
    root = make_folder()
    before = contents(scan(paper, root).files)
    change(root)
    assert (contents(scan(paper, root).files) == before) is same


def test_hidden_and_system_folders_are_no_part_of_the_set(paper, make_folder):
    root = make_folder("set/inner")
    for place in (root / "monocyte" / ".ipynb_checkpoints", root.parent / "__MACOSX" / "monocyte"):
        place.mkdir(parents=True)
        (place / "copy.png").write_bytes((root / "monocyte" / "image_000.png").read_bytes())
    found = scan(paper, root.parent)
    assert found.root == root
    assert len(found.files) == 15
    assert found.rejected.empty


def test_an_image_outside_the_class_folders_is_listed(paper, make_folder):
    root = make_folder()
    (root / "stray.png").write_bytes((root / "monocyte" / "image_000.png").read_bytes())
    (root / "notes.txt").write_text("no image, no complaint")
    assert scan(paper, root).rejected.to_numpy().tolist() == [
        ["stray.png", "an image outside the class folders"]
    ]


def test_groups_saved_by_excel_are_read_and_other_encodings_refused(paper, make_folder):
    root = make_folder(per_class=1)
    names = [f"{one}/image_000.png" for one in paper.class_names]
    text = "path,group\n" + "".join(f"{name},Jörg\n" for name in names)
    (root / "groups.csv").write_text(text, encoding="utf-8-sig")
    assert set(scan(paper, root).files["group"]) == {"Jörg"}
    (root / "groups.csv").write_text(text, encoding="latin-1")
    with pytest.raises(DataError, match=r"groups\.csv should be a UTF-8 text file"):
        scan(paper, root)


def test_the_phantom_mark_counts_beside_the_wrapped_folder_too(paper, make_folder):
    root = make_folder("set/inner")
    (root.parent / "PHANTOM.json").write_text("{}")
    assert scan(paper, root.parent).kind == "phantom"


def test_a_name_that_is_no_utf8_is_listed_not_fatal(paper, make_folder):
    root = make_folder()
    good = root / "monocyte" / "image_000.png"
    try:
        os.rename(good, os.path.join(os.fsencode(root / "monocyte"), b"a\xff.png"))
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    found = scan(paper, root)
    assert found.rejected["reason"].tolist() == ["its name is not valid UTF-8"]
