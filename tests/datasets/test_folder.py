"""Finding the data set: where it is, what it lacks, its groups, its kind and its hash."""

import hashlib
import json
import os
import shutil
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
from declarations import touch
from PIL import Image

from lib import papers, storage
from lib.datasets import DataError, load
from lib.datasets.folder import PHANTOM_MARK, content_hash, locate, own_folder, scan

module = import_module("lib.datasets.folder")

GROUPED = "BloodImage_{number:05d}_{label}"


def _write_groups(root: Path, rows: dict[str, str]) -> None:
    lines = ["path,group", *(f"{path},{group}" for path, group in rows.items())]
    (root / "groups.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _write_manifest(slug: str, digest: str) -> None:
    storage.manifests().mkdir(parents=True, exist_ok=True)
    (storage.manifests() / f"{slug}.json").write_text(json.dumps({"sha256": digest}))


def _under_split_level(root: Path, level: str) -> None:
    """Moves the class folders of `root` below a new folder `level`."""
    folders = list(root.iterdir())
    (root / level).mkdir()
    for folder in folders:
        folder.rename(root / level / folder.name)


# What is found


def test_every_image_is_listed_once_sorted_with_its_label(paper, make_folder):
    counts = {name: label + 1 for label, name in enumerate(paper.class_names)}
    files = scan(paper, make_folder(counts=counts)).files
    assert list(files["path"]) == sorted(files["path"])
    assert files["label"].value_counts().to_dict() == {0: 1, 1: 2, 2: 3, 3: 4, 4: 5}
    for path, label in zip(files["path"], files["label"], strict=True):
        assert path.split("/")[0] == paper.class_names[label]


@pytest.mark.parametrize("level", ["", "train"])
def test_wrapping_folders_are_stepped_into(paper, make_folder, level):
    root = make_folder("archive/dataset v2/cells")
    if level:
        _under_split_level(root, level)
    found = scan(paper, root.parent.parent)
    assert found.root == root
    assert set(found.files["part"]) == {level}


def test_a_wrapped_folder_has_the_hash_of_the_folder_itself(paper, make_folder):
    root = make_folder("archive/cells")
    assert scan(paper, root.parent).sha256 == scan(paper, root).sha256


def test_what_is_no_candidate_is_listed_with_the_reason(paper, make_folder):
    root = make_folder()
    (root / "monocyte" / "notes.txt").write_text("no image")
    shutil.copytree(root / "monocyte", root / "platelet")
    shutil.copyfile(root / "monocyte" / "image_000.png", root / "stray.png")
    found = scan(paper, root)
    assert len(found.files) == 15
    classes = ", ".join(paper.class_names)
    assert found.rejected.to_dict("records") == [
        {"path": "platelet/", "reason": f"a folder that is none of the classes {classes}"},
        {"path": "monocyte/notes.txt", "reason": "not an image file: its name ends in '.txt'"},
        {"path": "stray.png", "reason": "an image outside the class folders"},
    ]


def test_hidden_and_system_folders_are_no_part_of_the_set(paper, make_folder):
    root = make_folder("set/inner")
    before = scan(paper, root).sha256
    for place in (root / "monocyte" / ".ipynb_checkpoints", root.parent / "__MACOSX" / "monocyte"):
        place.mkdir(parents=True)
        (place / "copy.png").write_bytes((root / "monocyte" / "image_000.png").read_bytes())
    found = scan(paper, root.parent)
    assert found.root == root
    assert found.sha256 == before
    assert found.rejected.empty


@pytest.mark.parametrize(
    "bad", [b"monocyte/a\xff.png", b"monocyte/slide \xff/1.png", b"source \xff/monocyte/1.png"]
)
def test_a_name_that_is_no_utf8_is_listed_not_fatal(paper, make_folder, bad):
    root = make_folder("set/cells", per_class=1)
    path = os.path.join(os.fsencode(root.parent if bad.startswith(b"source") else root), bad)
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.close(os.open(path, os.O_CREAT))
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    found = scan(paper, root.parent)
    assert len(found.files) == 5
    assert found.rejected["reason"].tolist() == ["its name is not valid UTF-8"]
    assert "\N{REPLACEMENT CHARACTER}" in found.rejected["path"][0]


@pytest.mark.parametrize(
    ("error", "fault"),
    [(FileNotFoundError(2, "No such file"), "no longer there"), (OSError(13, "Denied"), "Denied")],
)
def test_a_listed_file_that_cannot_be_read_is_named(paper, make_folder, monkeypatch, error, fault):
    def failing(path: Path) -> str:
        if path.name == "image_001.png":
            raise error
        return "0"

    monkeypatch.setattr(module, "file_sha256", failing)
    with pytest.raises(DataError, match=rf"image_001\.png should be readable .*{fault}"):
        scan(paper, make_folder())


# What is no data set


def test_missing_classes_are_named_with_the_folder_and_what_is_there(paper, make_folder):
    root = make_folder(counts={"basophil": 2, "monocyte": 2, "lymphocyte": 2})
    (root / "platelet").mkdir()
    with pytest.raises(DataError) as caught:
        scan(paper, root)
    text = str(caught.value)
    assert str(root) in text
    assert "found none of eosinophil, neutrophil " in text
    assert (
        "there: basophil/ (2 .png), lymphocyte/ (2 .png), monocyte/ (2 .png), platelet/ (empty)"
        in text
    )
    assert (
        "eosinophil: eosinophil, eosinophils, eosinofil, EO, EOS; neutrophil: neutrophil, " in text
    )
    assert "monocytes" not in text  # what is there needs no other name


def test_what_is_there_is_told_by_suffix_and_what_of_it_is_not_read(paper, tmp_path):
    touch(tmp_path, *(f"basophil/{number}.svs" for number in range(12)), "monocyte/1.svs", "a.txt")
    with pytest.raises(DataError) as caught:
        scan(paper, tmp_path)
    text = str(caught.value)
    assert "(there: basophil/ (12 .svs), monocyte/ (1 .svs), 1 .txt)" in text
    assert "No file has a name that is read as an image (13 .svs, 1 .txt)." in text


def test_a_table_that_tells_of_no_image_here_is_named(tmp_path):
    films = papers.load("hulu_breast_mammography")
    touch(tmp_path, "jpeg/1.2.3/1-001.jpg")
    table = "patient_id,pathology,image file path\nP_1,BENIGN,x\n"
    (tmp_path / "mass_case_description_train_set.csv").write_text(table)
    with pytest.raises(DataError) as caught:
        scan(films, tmp_path)
    text = str(caught.value)
    assert "mass_case_description_train_set.csv tells the class of 0 of 1 images." in text
    assert "CBIS-DDSM has no normal films" in text


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (
            ["C:\\me\\1.png,basophil"],
            "lists 0 of 2 images. The first path in it, C:/me/1.png, is the end of no image's path.",
        ),
        (
            ["1.png,cat", "2.png,monocyte"],
            "lists 2 of 2 images. In its column class, these are no classes: cat 1.",
        ),
    ],
)
def test_a_classes_csv_that_does_not_fit_is_shown_why(paper, tmp_path, rows, told):
    touch(tmp_path, "1.png", "2.png")
    (tmp_path / "classes.csv").write_text("\n".join(["path,class", *rows]))
    with pytest.raises(DataError) as caught:
        scan(paper, tmp_path)
    assert f"classes.csv {told}" in str(caught.value)


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
    assert f"none of {', '.join(paper.class_names)} (there: nothing)" in str(caught.value)


@pytest.mark.parametrize("names", [("bccd", "pbc"), ("a/bccd", "pbc"), ("pbc", "bccd/train")])
def test_several_whole_sets_below_one_folder_are_refused_by_name(
    paper, make_folder, tmp_path, names
):
    for name in names:
        make_folder(name, 1)
    first, second = sorted(name.removesuffix("/train") for name in names)
    with pytest.raises(DataError) as caught:
        scan(paper, tmp_path)
    assert f"{tmp_path} should hold one data set; {first}, {second} hold" in str(caught.value)
    assert f"for example {tmp_path / first}." in str(caught.value)


def test_several_whole_sets_in_one_of_the_source_folders_are_refused_too(
    paper, make_folder, tmp_path
):
    for name in ("real/bccd", "real/pbc"):
        make_folder(name, 1)
    make_folder("more", counts={"monocyte": 1})
    with pytest.raises(DataError, match="should hold one data set"):
        scan(paper, tmp_path)


def test_one_whole_set_may_be_completed_by_others(paper, make_folder, tmp_path):
    make_folder("pbc", 1)
    make_folder("bccd", counts={"monocyte": 2})
    assert len(scan(paper, tmp_path).files) == 7


@pytest.mark.parametrize("names", [("train", "test"), ("Train_set", "Test_set")])
def test_the_parts_of_a_split_are_no_sets_of_their_own(paper, make_folder, tmp_path, names):
    for name in names:
        make_folder(name, 1)
    assert scan(paper, tmp_path).files["part"].value_counts().to_dict() == {"train": 5, "test": 5}


def test_a_table_may_tell_the_classes_of_images_in_any_number_of_folders(
    paper, make_folder, tmp_path
):
    rows = [
        f"{make_folder(name, 1).name}/{known}/image_000.png;{known}"
        for name in ("site a", "site b")
        for known in paper.class_names
    ]
    (tmp_path / "classes.csv").write_text("\n".join(["path;class", *rows]))
    assert len(scan(paper, tmp_path).files) == 10


# Locating


def test_a_path_is_taken_as_it_is(paper, make_folder):
    root = make_folder()
    assert locate(paper, str(root)) == root


def test_a_path_may_hold_a_folder_named_like_the_paper(paper, make_folder):
    root = make_folder(f"all/{paper.slug}")
    assert locate(paper, str(root.parent)) == root


def test_a_path_may_start_at_home_or_at_the_working_folder(
    paper, make_folder, tmp_path, monkeypatch
):
    root = make_folder("cells")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert locate(paper, "~/cells") == root
    assert locate(paper, "cells") == root


@pytest.mark.parametrize(("kind", "said"), [("file", "is a file"), ("missing", "is not there")])
def test_a_path_that_is_no_folder_is_refused(paper, tmp_path, kind, said):
    path = tmp_path / "images.tar"
    if kind == "file":
        path.write_bytes(b"zip")
    with pytest.raises(DataError) as caught:
        locate(paper, str(path))
    assert f"{path} {said}" in str(caught.value)
    assert "basophil, eosinophil, lymphocyte, monocyte, neutrophil" in str(caught.value)


def test_the_home_of_an_unknown_user_is_no_folder(paper):
    with pytest.raises(DataError, match="~nobody-of-this-name/images is not there"):
        locate(paper, "~nobody-of-this-name/images")


@pytest.mark.parametrize("where", ["auto", "kaggle"])
def test_auto_and_kaggle_mean_the_papers_own_folder(paper, where):
    assert own_folder(paper) == storage.DATA / paper.slug
    own_folder(paper).mkdir(parents=True)
    assert locate(paper, where) == own_folder(paper)


def test_what_was_not_downloaded_is_not_looked_for_elsewhere(paper):
    with pytest.raises(DataError, match=f"Run `python -m lib data fetch {paper.slug}` first"):
        locate(paper, "kaggle")


def test_auto_without_an_own_folder_and_phantom_in_any_event_are_drawn(paper, tmp_path):
    assert locate(paper, "auto") is None
    (storage.DATA / paper.slug).mkdir(parents=True)
    assert locate(paper, "phantom") is None


# In a Kaggle notebook

NEWER, OLDER = "datasets/brikwerk/bccd-white-blood-cell", "bccd-white-blood-cell"


@pytest.fixture(autouse=True)
def kaggle_input(tmp_path, monkeypatch) -> Path:
    """In the place of /kaggle/input; not there yet."""
    monkeypatch.setattr(module, "KAGGLE_INPUT", tmp_path / "input")
    return tmp_path / "input"


def _with_sources(paper, *kaggle: str):
    (source,) = paper.dataset.sources
    sources = tuple(replace(source, kaggle=one) for one in kaggle)
    return replace(paper, dataset=replace(paper.dataset, sources=sources))


@pytest.mark.parametrize("where", ["auto", "kaggle"])
@pytest.mark.parametrize("place", [NEWER, OLDER])
def test_a_data_set_added_as_input_is_found(paper, kaggle_input, where, place):
    (kaggle_input / place).mkdir(parents=True)
    assert locate(paper, where) == kaggle_input / place
    assert own_folder(paper) == kaggle_input / place


def test_the_place_that_names_the_owner_goes_before_the_other(paper, kaggle_input):
    for place in (OLDER, NEWER):
        (kaggle_input / place).mkdir(parents=True)
    assert locate(paper, "auto") == kaggle_input / NEWER


def test_the_papers_own_folder_goes_before_an_input(paper, kaggle_input):
    (kaggle_input / NEWER).mkdir(parents=True)
    (storage.DATA / paper.slug).mkdir(parents=True)
    for where in ("auto", "kaggle"):
        assert locate(paper, where) == storage.DATA / paper.slug


def test_phantoms_are_drawn_beside_an_input_if_they_are_asked_for(paper, kaggle_input, tmp_path):
    (kaggle_input / NEWER).mkdir(parents=True)
    assert locate(paper, "phantom") is None


@pytest.mark.parametrize(
    "other", ["datasets/brikwerk/other", "datasets/someone/bccd-white-blood-cell", "brikwerk"]
)
def test_other_inputs_are_not_the_papers(paper, kaggle_input, tmp_path, other):
    (kaggle_input / other).mkdir(parents=True)
    assert locate(paper, "auto") is None


@pytest.mark.parametrize("kaggle", [("o/one", ""), ("o/one", "o/two"), ("",)])
def test_an_input_that_is_not_the_whole_set_is_left_alone(paper, kaggle_input, tmp_path, kaggle):
    for name in ("one", "two"):
        (kaggle_input / "datasets" / "o" / name).mkdir(parents=True)
    partly = _with_sources(paper, *kaggle)
    assert locate(partly, "auto") is None
    assert own_folder(partly) == storage.DATA / paper.slug
    given = kaggle_input / "datasets" / "o"
    assert locate(partly, str(given)) == given


def test_what_is_missing_in_a_kaggle_notebook_is_named(paper, kaggle_input):
    with pytest.raises(DataError, match=r"or add brikwerk/bccd-white-blood-cell to a Kaggle noteb"):
        locate(paper, "kaggle")
    with pytest.raises(DataError, match=r"first\.$"):
        locate(_with_sources(paper, "o/one", "o/two"), "kaggle")


def test_nothing_is_written_into_an_input(paper, kaggle_input, make_folder):
    make_folder(f"input/{NEWER}/archive/cells")
    before = _state(kaggle_input)
    folder = locate(paper, "auto")
    assert len(load(paper, folder, 8)) == 15
    assert _state(kaggle_input) == before


def _state(folder: Path) -> dict[Path, int]:
    """When each file and folder was changed last: a folder is whenever something is put into it."""
    return {one: one.stat().st_mtime_ns for one in (folder, *folder.rglob("*"))}


# Groups


def test_groups_come_from_the_file_names(paper, make_folder):
    files = scan(paper, make_folder(stem=GROUPED)).files
    assert list(files["group"]) == [f"BloodImage_{number:05d}" for number in range(3)] * 5


def test_a_group_that_nothing_tells_is_left_empty_beside_known_ones(paper, make_folder):
    root = make_folder(stem=GROUPED)
    (root / "monocyte" / "BloodImage_00001_3.png").rename(root / "monocyte" / "other.png")
    groups = scan(paper, root).files.set_index("path")["group"]
    assert groups.pop("monocyte/other.png") == ""
    assert set(groups) == {f"BloodImage_{number:05d}" for number in range(3)}


def test_file_names_without_groups_give_none(paper, make_folder):
    assert set(scan(paper, make_folder()).files["group"]) == {""}


def test_a_groups_csv_beside_the_wrapped_folder_counts(paper, make_folder):
    root = make_folder("archive/cells", stem=GROUPED)
    paths = scan(paper, root).files["path"]
    expected = {path: f"patient {row // 2}" for row, path in enumerate(paths)}
    _write_groups(root.parent, dict(reversed(expected.items())))
    files = scan(paper, root.parent).files
    assert dict(zip(files["path"], files["group"], strict=True)) == expected


# Kind


def test_images_without_mark_or_manifest_are_a_substitute(paper, make_folder):
    assert scan(paper, make_folder()).kind == "substitute"


def test_a_manifest_of_other_images_leaves_a_substitute(paper, make_folder):
    _write_manifest(paper.slug, content_hash(scan(paper, make_folder("own", 2)).files))
    assert scan(paper, make_folder("other", 3)).kind == "substitute"


def test_the_manifests_images_are_exact_whatever_the_files_are_called(paper, make_folder):
    _write_manifest(paper.slug, content_hash(scan(paper, make_folder("own")).files))
    renamed = make_folder("renamed", stem="z{number}")
    _under_split_level(renamed, "train")
    assert scan(paper, renamed).kind == "exact"


def test_the_manifests_images_in_other_classes_are_not_exact(paper, make_folder):
    root = make_folder()
    _write_manifest(paper.slug, content_hash(scan(paper, root).files))
    (root / "monocyte").rename(root / "swap")
    (root / "neutrophil").rename(root / "monocyte")
    (root / "swap").rename(root / "neutrophil")
    assert scan(paper, root).kind == "substitute"


def test_the_mark_makes_a_phantom_even_of_the_manifests_images(paper, make_folder):
    root = make_folder()
    _write_manifest(paper.slug, content_hash(scan(paper, root).files))
    (root / PHANTOM_MARK).write_text("{}")
    assert scan(paper, root).kind == "phantom"


@pytest.mark.parametrize(
    ("mark", "kind"),
    [
        *((place, "phantom") for place in ("", "cells", "cells/drawn", "cells/drawn/monocyte")),
        *((place, "substitute") for place in ("..", "cells/empty")),
    ],
)
def test_one_drawn_part_makes_the_whole_a_phantom(paper, make_folder, tmp_path, mark, kind):
    make_folder("set/cells/real", 1)
    make_folder("set/cells/drawn", counts={"monocyte": 1})
    (tmp_path / "set" / "cells" / "empty").mkdir()
    (tmp_path / "set" / mark / PHANTOM_MARK).write_text("{}")
    assert scan(paper, tmp_path / "set").kind == kind


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
    root = make_folder(per_class=2)
    files = scan(paper, root).files
    hashes = [hashlib.sha256((root / path).read_bytes()).hexdigest() for path in files["path"]]
    assert files["sha256"].tolist() == hashes


@pytest.mark.parametrize(
    ("change", "same"),
    [(_rename_a_file, True), (_swap_two_files, True), (_flip_one_byte, False)],
)
def test_the_manifest_hash_ignores_names_but_not_bytes(paper, make_folder, change, same):
    root = make_folder()
    before = content_hash(scan(paper, root).files)
    change(root)
    assert (content_hash(scan(paper, root).files) == before) is same
