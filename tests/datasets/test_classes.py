"""Which images a folder holds and of which class; every way of telling it, and what is refused."""

from pathlib import Path

import pandas as pd
import pytest
from declarations import touch

from lib import papers
from lib.datasets import DataError
from lib.datasets.classes import list_images
from lib.papers.declare import Paper

OUTSIDE = "an image outside the class folders"
NO_CLASS = (
    "a folder that is none of the classes basophil, eosinophil, lymphocyte, monocyte, neutrophil"
)


@pytest.fixture
def cats() -> Paper:
    """Two of its breeds have a stand-in."""
    return papers.load("sulistiana_cat_breeds")


def _found(paper: Paper, root: Path) -> pd.DataFrame:
    """The images by path, where nothing is refused."""
    table, refused = list_images(paper, root)
    assert refused == []
    return table.set_index("path")


# Class folders


@pytest.mark.parametrize(
    ("label", "folder"),
    [
        *((0, name) for name in ("Basophil", "BASOPHILS", "basofil", "ba")),
        *((0, name) for name in ("baso phil", "Baso_Phil", "-baso-phil_ ")),
        *((1, name) for name in ("EOS", "eosinofil")),
        *((2, name) for name in ("Limfosit", "LYT")),
        *((3, name) for name in ("mo", "monosit")),
        *((4, name) for name in ("NEU", "Neutro Fil")),
    ],
)
def test_a_class_folder_may_carry_an_alias(paper, tmp_path, label, folder):
    touch(tmp_path, f"{folder}/1.png", f"{folder}/2.png")
    expected = {f"{folder}/1.png": label, f"{folder}/2.png": label}
    assert _found(paper, tmp_path)["label"].to_dict() == expected


@pytest.mark.parametrize("folder", ["basophilia", "bas.ophil", "b", "neubas"])
def test_a_name_that_only_resembles_a_class_is_none(paper, tmp_path, folder):
    touch(tmp_path, f"{folder}/1.png", "monocyte/1.png")
    table, refused = list_images(paper, tmp_path)
    assert list(table["path"]) == ["monocyte/1.png"]
    assert refused == [(f"{folder}/", NO_CLASS)]


def test_two_folders_of_one_class_are_one_class(paper, tmp_path):
    touch(tmp_path, "monocyte/1.png", "MON/1.png", "MON/2.png")
    assert _found(paper, tmp_path)["label"].tolist() == [3, 3, 3]


def test_images_in_sub_folders_of_a_class_count_sorted_by_their_whole_path(paper, tmp_path):
    paths = ["monocyte/1.png", "monocyte/slide 1/1.png", "monocyte/slide/a/b/1.png"]
    touch(tmp_path, *reversed(paths), "neutrophil/basophil/1.png")
    found = _found(paper, tmp_path)["label"]
    assert found.index.tolist() == [*paths, "neutrophil/basophil/1.png"]
    assert found.tolist() == [3, 3, 3, 4]


# Split levels


@pytest.mark.parametrize(
    ("level", "part"),
    [
        *((name, "train") for name in ("train", "TRAIN", "Training")),
        *((name, "val") for name in ("val", "Valid", "VALIDATION")),
        *((name, "test") for name in ("test", "Testing")),
    ],
)
@pytest.mark.parametrize(
    "path",
    [
        "{}/monocyte/1.png",
        "monocyte/{}/1.png",
        "monocyte/slide 1/{}/1.png",
        "scanner a/{}/monocyte/1.png",
        "{}/scanner a/monocyte/1.png",
    ],
)
def test_a_split_level_above_or_below_the_class_is_the_part_of_its_images(
    paper, tmp_path, path, level, part
):
    touch(tmp_path, path.format(level))
    found = _found(paper, tmp_path)
    assert found.index.tolist() == [path.format(level)]
    assert found[["label", "part"]].values.tolist() == [[3, part]]


def test_of_two_split_levels_the_outer_one_counts(paper, tmp_path):
    touch(tmp_path, "test/monocyte/train/1.png", "test/train/monocyte/1.png")
    assert _found(paper, tmp_path)["part"].tolist() == ["test", "test"]


def test_a_class_may_be_in_one_part_only_or_in_none(paper, tmp_path):
    touch(tmp_path, "train/basophil/1.png", "Test/monocyte/1.png", "neutrophil/1.png")
    assert _found(paper, tmp_path)["part"].to_dict() == {
        "Test/monocyte/1.png": "test",
        "neutrophil/1.png": "",
        "train/basophil/1.png": "train",
    }


# Source folders


def test_source_folders_side_by_side_make_one_set(paper, tmp_path):
    paths = ("bccd/v2/train/MON/1.png", "pbc/BA/1.png", "pbc/MON/1.png")
    touch(tmp_path, *paths)
    assert _found(paper, tmp_path)["label"].to_dict() == dict(zip(paths, (3, 0, 3), strict=True))


def test_beside_a_class_folder_no_folder_is_a_source(paper, tmp_path):
    touch(tmp_path, "basophil/1.png", "pbc/monocyte/1.png")
    table, refused = list_images(paper, tmp_path)
    assert list(table["path"]) == ["basophil/1.png"]
    assert refused == [("pbc/", NO_CLASS)]


# Stand-ins


def test_a_stand_in_is_used_and_named_where_its_class_is_absent(cats, tmp_path):
    touch(tmp_path, "train/Birman/1.jpg", "val/birman/1.jpg", "train/Scottish Fold/1.jpg")
    found = _found(cats, tmp_path)
    assert found["label"].tolist() == [0, 3, 0]
    assert found["stand_in"].to_dict() == {
        "train/Birman/1.jpg": "Birman",
        "train/Scottish Fold/1.jpg": "",
        "val/birman/1.jpg": "birman",
    }


@pytest.mark.parametrize("own", ["American Curl", "america_curl"])
def test_a_stand_in_is_left_out_where_its_class_is_there_in_any_part(cats, tmp_path, own):
    touch(tmp_path, f"train/{own}/1.jpg", "val/Birman/1.jpg", "val/British_Shorthair/1.jpg")
    table, refused = list_images(cats, tmp_path)
    assert table[["label", "stand_in"]].values.tolist() == [[0, ""], [3, "British_Shorthair"]]
    reason = "stands in for American Curl only where that is not there itself"
    assert refused == [("val/Birman/", reason)]


# Strangers and strays


@pytest.mark.parametrize("above", ["", "train/", "scanner a/"])
def test_a_stranger_among_classes_is_refused_as_a_whole(paper, tmp_path, above):
    touch(tmp_path, f"{above}monocyte/1.png", f"{above}platelet/1.png", f"{above}platelet/a/1.png")
    table, refused = list_images(paper, tmp_path)
    assert list(table["path"]) == [f"{above}monocyte/1.png"]
    assert refused == [(f"{above}platelet/", NO_CLASS)]


def test_a_stranger_alone_below_a_split_level_is_refused(paper, tmp_path):
    touch(tmp_path, "train/monocyte/1.png", "test/platelet/1.png")
    assert list_images(paper, tmp_path)[1] == [("test/platelet/", NO_CLASS)]


def test_up_to_three_stray_images_in_one_place_are_listed_singly(paper, tmp_path):
    touch(tmp_path, "monocyte/1.png", "b.JPG", "a.tif", "c.png", "notes.txt", ".hidden.png")
    assert list_images(paper, tmp_path)[1] == [
        ("a.tif", OUTSIDE),
        ("b.JPG", OUTSIDE),
        ("c.png", OUTSIDE),
    ]


def test_more_stray_images_in_one_place_are_summed_up(paper, tmp_path):
    touch(tmp_path, "train/monocyte/1.png", *(f"{number}.png" for number in range(4)))
    touch(tmp_path, *(f"train/{number}.png" for number in range(10)), "train/notes.txt")
    touch(tmp_path, "extra/a/1.png", "extra/b/__MACOSX/1.png", "extra/Thumbs.db")
    assert list_images(paper, tmp_path)[1] == [
        ("extra/", NO_CLASS),
        ("./", "4 images outside the class folders"),
        ("train/", "10 images outside the class folders"),
    ]


def test_a_source_folder_without_class_folders_gives_stray_images(paper, tmp_path):
    touch(tmp_path, "bccd/monocyte/1.png", "more/1.png", "other/platelet/2.png", "bccd/3.png")
    assert list_images(paper, tmp_path)[1] == [
        ("bccd/3.png", OUTSIDE),
        ("more/1.png", OUTSIDE),
        ("other/platelet/2.png", OUTSIDE),
    ]


# Files


@pytest.mark.parametrize(
    "name",
    [
        *("1.jpg", "1.JPG", "1.jpeg", "1.PnG", "1.gif", "1.bmp", "1.tif", "1.tiff", "1.webp"),
        *("1.jfif", "1.pgm", "1.ppm", "1.avif", "1.jp2", "1.dcm", "1.DICOM"),
    ],
)
def test_image_suffixes_count_in_any_case(paper, tmp_path, name):
    touch(tmp_path, f"monocyte/{name}")
    assert _found(paper, tmp_path).index.tolist() == [f"monocyte/{name}"]


@pytest.mark.parametrize(
    ("name", "ending"), [("notes.txt", "'.txt'"), ("a.png.zip", "'.zip'"), ("LICENCE", "''")]
)
def test_a_file_that_is_no_image_by_its_name_is_refused_with_the_reason(
    paper, tmp_path, name, ending
):
    touch(tmp_path, "monocyte/1.png", f"monocyte/{name}", f"monocyte/slide/{name}")
    table, refused = list_images(paper, tmp_path)
    reason = f"not an image file: its name ends in {ending}"
    assert sorted(refused) == [(f"monocyte/{name}", reason), (f"monocyte/slide/{name}", reason)]
    assert list(table["path"]) == ["monocyte/1.png"]


@pytest.mark.parametrize(
    "path",
    [
        *("monocyte/Thumbs.db", "monocyte/desktop.ini", "monocyte/Desktop.INI"),
        *("monocyte/.DS_Store", "monocyte/._1.png", "monocyte/.ipynb_checkpoints/1.png"),
        *("monocyte/slide/.thumbs/a/1.png", "__MACOSX/monocyte/1.png", ".monocyte/1.png"),
        *("__macosx/1.png", ".1.png"),
    ],
)
def test_what_a_system_leaves_is_neither_image_nor_refused(paper, tmp_path, path):
    touch(tmp_path, "monocyte/1.png", path)
    assert _found(paper, tmp_path).index.tolist() == ["monocyte/1.png"]


def test_a_set_below_a_hidden_folder_is_read_all_the_same(paper, tmp_path):
    root = touch(tmp_path / ".cache" / "cells", "monocyte/1.png")
    assert _found(paper, root).index.tolist() == ["monocyte/1.png"]


# Links


@pytest.mark.parametrize("linked", ["cells", "cells/train", "cells/train/monocyte"])
def test_a_set_a_part_and_a_class_may_be_links(paper, tmp_path, linked):
    touch(tmp_path / "there", "cells/train/monocyte/a/1.png", "cells/train/monocyte/2.png")
    (tmp_path / "here" / linked).parent.mkdir(parents=True)
    (tmp_path / "here" / linked).symlink_to(tmp_path / "there" / linked)
    found = _found(paper, tmp_path / "here")
    expected = ["cells/train/monocyte/2.png", "cells/train/monocyte/a/1.png"]
    assert found.index.tolist() == expected
    assert found[["label", "part"]].values.tolist() == [[3, "train"]] * 2


def test_an_image_may_be_a_link(paper, tmp_path):
    touch(tmp_path, "there.png", "cells/monocyte/1.png")
    (tmp_path / "cells" / "monocyte" / "2.png").symlink_to(tmp_path / "there.png")
    assert _found(paper, tmp_path / "cells").index.tolist() == ["monocyte/1.png", "monocyte/2.png"]


def test_images_in_a_linked_folder_below_a_class_are_not_lost(paper, tmp_path):
    touch(tmp_path, "there/2.png", "cells/monocyte/1.png")
    (tmp_path / "cells" / "monocyte" / "slide").symlink_to(tmp_path / "there")
    table, refused = list_images(paper, tmp_path / "cells")
    listed = [*table["path"], *(path for path, _ in refused)]
    assert any(path.startswith("monocyte/slide") for path in listed)


def test_a_link_to_an_image_that_is_gone_is_listed(paper, tmp_path):
    touch(tmp_path, "monocyte/1.png")
    (tmp_path / "monocyte" / "2.png").symlink_to(tmp_path / "gone.png")
    table, refused = list_images(paper, tmp_path)
    assert list(table["path"]) == ["monocyte/1.png"]
    assert [path for path, _ in refused] == ["monocyte/2.png"]


def test_stray_images_in_a_linked_source_folder_are_listed(paper, tmp_path):
    touch(tmp_path / "there", "monocyte/1.png", "2.png")
    touch(tmp_path / "here", "pbc/basophil/1.png")
    (tmp_path / "here" / "bccd").symlink_to(tmp_path / "there")
    table, refused = list_images(paper, tmp_path / "here")
    assert list(table["path"]) == ["bccd/monocyte/1.png", "pbc/basophil/1.png"]
    assert refused == [("bccd/2.png", OUTSIDE)]


# Empty folders


def test_an_empty_folder_holds_nothing_and_refuses_nothing(paper, tmp_path):
    table, refused = list_images(paper, tmp_path)
    assert list(table.columns) == ["path", "label", "part", "stand_in", "told_by"]
    assert len(table) == 0
    assert refused == []


@pytest.mark.parametrize("empty", ["monocyte", "train", "train/monocyte", "neutrophil/slide"])
def test_an_empty_class_part_or_sub_folder_adds_nothing(paper, tmp_path, empty):
    touch(tmp_path, "neutrophil/1.png")
    (tmp_path / empty).mkdir(parents=True)
    assert _found(paper, tmp_path).index.tolist() == ["neutrophil/1.png"]


def test_an_empty_folder_beside_classes_is_a_stranger_and_beside_sources_nothing(paper, tmp_path):
    touch(tmp_path, "a/neutrophil/1.png")
    (tmp_path / "b").mkdir()
    assert _found(paper, tmp_path).index.tolist() == ["a/neutrophil/1.png"]
    (tmp_path / "a" / "b").mkdir()
    assert list_images(paper, tmp_path)[1] == [("a/b/", NO_CLASS)]


def test_an_empty_folder_of_the_class_itself_does_not_keep_its_stand_in_out(tmp_path):
    paper = papers.load("sulistiana_cat_breeds")
    touch(tmp_path, "Birman/1.png", "Sphynx/1.png")
    (tmp_path / "American Curl").mkdir()
    table, refused = list_images(paper, tmp_path)
    assert table.loc[table["stand_in"] == "Birman", "path"].tolist() == ["Birman/1.png"]
    assert refused == []


def test_a_link_that_leads_back_is_not_followed(paper, tmp_path):
    touch(tmp_path, "train/monocyte/1.png")
    (tmp_path / "train" / "train").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "train" / "monocyte" / "more").symlink_to(tmp_path / "train")
    assert list(list_images(paper, tmp_path)[0]["path"]) == ["train/monocyte/1.png"]


# Numbered folders, and names that hold a class


def test_numbered_folders_and_one_with_more_words_are_classes(paper, tmp_path):
    folders = ["0_basophil", "1_eosinophil", "2_lymphocyte", "3_monocyte", "our neutrophil cells"]
    touch(tmp_path, *(f"Train_set/{folder}/1.png" for folder in folders))
    found = _found(paper, tmp_path)
    assert found["label"].tolist() == [0, 1, 2, 3, 4]
    assert set(found["part"]) == {"train"}


# Names of files


def test_in_a_folder_without_class_folders_the_names_of_files_tell(cats, tmp_path):
    """As Oxford-IIIT Pet is unpacked: its masks carry the images' names, and other breeds are many."""
    cat = (
        "Maine_Coon_1.jpg",
        "Persian_1.jpg",
        "Sphynx_1.jpg",
        "Birman_1.jpg",
        "british shorthair2.jpg",
    )
    others = [f"images/Bengal_{number}.jpg" for number in range(5)]
    masks = [f"annotations/trimaps/{name}" for name in cat]
    touch(tmp_path, *(f"images/{name}" for name in cat), *others, *masks, "images/pug_1.jpg")
    touch(tmp_path, "images/Bengal_1.mat", "annotations/list.txt")
    table, refused = list_images(cats, tmp_path)
    assert dict(zip(table["path"], table["label"], strict=True)) == {
        "images/Birman_1.jpg": 0,
        "images/Maine_Coon_1.jpg": 1,
        "images/Persian_1.jpg": 2,
        "images/british shorthair2.jpg": 3,
        "images/Sphynx_1.jpg": 4,
    }
    assert table["stand_in"].tolist() == ["Birman", "", "", "", "british shorthair"]
    assert set(table["told_by"]) == {"file name"}
    assert refused == [
        ("annotations/trimaps/", "5 images in a folder of annotations"),
        ("images/", "6 images with a name that begins with no class's (Bengal 5, pug 1)"),
    ]


def test_names_of_files_below_split_levels_tell_class_and_part(paper, tmp_path):
    touch(tmp_path, "train_images/BA_1.png", "train_images/monocyte 1.png", "test_images/MON_2.png")
    assert _found(paper, tmp_path)[["label", "part"]].values.tolist() == [
        [3, "test"],
        [0, "train"],
        [3, "train"],
    ]


def test_beside_class_folders_the_name_of_a_file_tells_nothing(paper, tmp_path):
    touch(tmp_path, "basophil/1.png", "monocyte_overview.png")
    table, refused = list_images(paper, tmp_path)
    assert list(table["path"]) == ["basophil/1.png"]
    assert refused == [("monocyte_overview.png", OUTSIDE)]


def test_a_named_stand_in_is_left_out_where_its_class_is_there(cats, tmp_path):
    touch(tmp_path, "Birman_1.jpg", "American Curl 1.jpg", "Sphynx_1.jpg")
    table, refused = list_images(cats, tmp_path)
    assert list(table["path"]) == ["American Curl 1.jpg", "Sphynx_1.jpg"]
    reason = "an image of Birman, which stands in for American Curl where that is not there itself"
    assert refused == [("Birman_1.jpg", reason)]


# A user's classes.csv


def _classes_csv(folder: Path, *rows: str) -> None:
    (folder / "classes.csv").write_text("\n".join(["path;class", *rows]) + "\n", encoding="utf-8")


def test_classes_csv_tells_the_classes_of_the_images_below_it_whatever_their_folders(
    paper, tmp_path
):
    touch(tmp_path, "set/monocyte/1.png", "set/p2/2.png", "set/p2/3.png", "set/p2/4.png")
    touch(tmp_path, "more/basophil/5.png")
    _classes_csv(
        tmp_path / "set", "monocyte/1.png;EOS", "p2\\2.PNG;Basophil", "3;1_eosinophil", "p2/4.png;?"
    )
    (tmp_path / "set" / "p2" / "2.png").rename(tmp_path / "set" / "p2" / "2.PNG")
    table, refused = list_images(paper, tmp_path)
    assert table[["path", "label", "told_by"]].values.tolist() == [
        ["more/basophil/5.png", 0, "folder"],
        ["set/monocyte/1.png", 1, "classes.csv"],
        ["set/p2/2.PNG", 0, "classes.csv"],
        ["set/p2/3.png", 1, "classes.csv"],
    ]
    reason = "an image that classes.csv calls '?', which is no class"
    assert refused == [("set/p2/4.png", reason)]


def test_what_classes_csv_leaves_out_is_refused(paper, tmp_path):
    touch(tmp_path, "basophil/1.png", *(f"monocyte/{number}.png" for number in range(5)))
    _classes_csv(tmp_path, "1.png;basophil")
    table, refused = list_images(paper, tmp_path)
    assert list(table["path"]) == ["basophil/1.png", "monocyte/1.png"]
    assert refused == [("monocyte/", "4 images with no class in classes.csv")]


def test_classes_csv_may_lie_above_the_folder_that_holds_the_classes(paper, tmp_path):
    touch(tmp_path, "images/1.png", "images/2.png")
    _classes_csv(tmp_path, "1.png;basophil", "images/2.png;monocyte")
    table, refused = list_images(paper, tmp_path / "images", tmp_path)
    assert table["label"].tolist() == [0, 3]
    assert refused == []


def test_an_image_of_two_classes_in_classes_csv_is_an_error_that_names_it(paper, tmp_path):
    touch(tmp_path, "a/1.png")
    _classes_csv(tmp_path, "a/1.png;basophil", "a/1.png;monocyte")
    with pytest.raises(DataError, match=r"a/1\.png has basophil, monocyte\. Leave one of them"):
        list_images(paper, tmp_path)


# Tables that come with a collection


@pytest.fixture
def films() -> Paper:
    """Declares mini-MIAS' Info.txt and the tables of CBIS-DDSM."""
    return papers.load("hulu_breast_mammography")


def test_mini_mias_is_read_as_unpacked(films, tmp_path):
    touch(tmp_path, *(f"mdb00{number}.pgm" for number in range(1, 6)), "masks/mdb001.png")
    lines = [
        "mdb001 G CIRC B 5 4 1",
        "mdb002 F NORM",
        "mdb003 D CALC M *NOTE 3*",
        "mdb004 F CIRC B",
    ]
    (tmp_path / "Info.txt").write_text("\n".join([*lines, "mdb004 F MISC M 3 4 5", ""]))
    table, refused = list_images(films, tmp_path)
    assert dict(zip(table["path"], table["label"], strict=True)) == {
        "mdb001.pgm": 0,
        "mdb002.pgm": 2,
        "mdb003.pgm": 1,
        "mdb004.pgm": 1,
    }
    outside = "an image outside the class folders and with no class in Info.txt"
    annotation = ("masks/mdb001.png", "an image in a folder of annotations")
    assert refused == [annotation, ("mdb005.pgm", outside)]


def test_class_folders_outrank_a_table_that_comes_with_the_collection(films, tmp_path):
    touch(tmp_path, "normal/mdb001.pgm", "benign/mdb002.pgm")
    (tmp_path / "Info.txt").write_text("mdb001 G CIRC B 5 4 1\nmdb002 F NORM\n")
    assert _found(films, tmp_path)["label"].to_dict() == {
        "benign/mdb002.pgm": 0,
        "normal/mdb001.pgm": 2,
    }


CASES = "patient_id,pathology,image file path"


def _cbis_ddsm(root: Path, films: int, **parts: tuple[str, ...]) -> None:
    """Kaggle's form of it: a series per film, one of two pictures with its crop and mask, and tables."""
    for number in range(films):
        touch(
            root,
            f"jpeg/1.2.{number}/1-001.jpg",
            f"jpeg/1.2.9{number}/1-01.jpg",
            f"jpeg/1.2.9{number}/2-01.jpg",
        )
    (root / "csv").mkdir()
    for part, rows in parts.items():
        lines = "\n".join([CASES, *rows, ""])
        (root / "csv" / f"mass_case_description_{part}_set.csv").write_text(lines)


def test_cbis_ddsm_is_read_by_its_tables_and_may_be_completed_by_a_folder(films, tmp_path):
    first = "P_1,BENIGN_WITHOUT_CALLBACK,Mass-Training_P_1_LEFT_CC/1.1/1.2.0/000000.dcm"
    again = "P_1,MALIGNANT,Mass-Training_P_1_LEFT_CC/1.1/1.2.0/000000.dcm"  # a second finding in one film
    third = "P_2,BENIGN,Mass-Test_P_2_LEFT_CC/1.1/1.2.1/000000.dcm"
    _cbis_ddsm(tmp_path, 12, train=(first, again), test=(third,))
    touch(tmp_path, "normal/1.png")
    table, refused = list_images(films, tmp_path)
    assert table[["path", "label", "part"]].values.tolist() == [
        ["jpeg/1.2.0/1-001.jpg", 1, "train"],
        ["jpeg/1.2.1/1-001.jpg", 0, "test"],
        ["normal/1.png", 2, ""],
    ]
    tables = " or ".join(f"mass_case_description_{part}_set.csv" for part in ("test", "train"))
    left = f"34 images outside the class folders and with no class in {tables}"
    assert ("jpeg/", left) in refused  # crops and masks as one line, not as one for each series


# Many strays


def test_strays_in_very_many_folders_are_summed_up(paper, tmp_path):
    touch(tmp_path, "a/monocyte/1.png", *(f"b/{number}/1.png" for number in range(30)))
    assert list_images(paper, tmp_path)[1] == [("b/", "30 images outside the class folders")]


# Masks beside images


def test_masks_beside_their_images_are_refused_and_name_them(films, tmp_path):
    touch(
        tmp_path,
        *("benign/benign (1).png", "benign/benign (1)_mask.png", "benign/benign (1)_mask_1.png"),
        *("malignant/xyz.jpg", "malignant/xyz_segmentation.png", "normal/1.png", "normal/1-GT.png"),
    )
    table, refused = list_images(films, tmp_path)
    assert list(table["path"]) == ["benign/benign (1).png", "malignant/xyz.jpg", "normal/1.png"]
    assert refused == [
        ("benign/benign (1)_mask.png", "a mask of benign (1).png"),
        ("benign/benign (1)_mask_1.png", "a mask of benign (1).png"),
        ("malignant/xyz_segmentation.png", "a mask of xyz.jpg"),
        ("normal/1-GT.png", "a mask of 1.png"),
    ]


def test_many_masks_in_one_folder_are_summed_up(films, tmp_path):
    names = [f"benign ({number}){end}.png" for number in range(5) for end in ("", "_mask")]
    touch(tmp_path, *(f"benign/{name}" for name in names), "malignant/1.png")
    table, refused = list_images(films, tmp_path)
    assert len(table) == 6
    assert refused == [("benign/", "5 masks of images beside them")]


def test_masks_in_a_folder_without_class_folders_are_refused_too(films, tmp_path):
    touch(tmp_path, "benign (1).png", "benign (1)_mask.png", "malignant (1).png")
    table, refused = list_images(films, tmp_path)
    assert list(table["path"]) == ["benign (1).png", "malignant (1).png"]
    assert refused == [("benign (1)_mask.png", "a mask of benign (1).png")]


@pytest.mark.parametrize(
    "path",
    [
        "benign/2_mask.png",  # the image is not there
        "malignant/1_mask.png",  # nor beside it
        "benign/1_masked.png",
        "benign/1_rot90.png",
        "benign/mask.png",
        "benign/_mask.png",
    ],
)
def test_an_image_that_has_no_partner_or_another_ending_is_no_mask(films, tmp_path, path):
    touch(tmp_path, "benign/1.png", path)
    table, refused = list_images(films, tmp_path)
    assert list(table["path"]) == sorted(["benign/1.png", path])
    assert refused == []


def test_what_classes_csv_lists_is_an_image_whatever_its_name(films, tmp_path):
    touch(tmp_path, "1.png", "1_mask.png")
    _classes_csv(tmp_path, "1.png;benign", "1_mask.png;normal")
    assert _found(films, tmp_path)["label"].to_dict() == {"1.png": 0, "1_mask.png": 2}
