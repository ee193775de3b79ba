"""Tables beside the images: found whatever their case, read whatever program wrote them."""

from dataclasses import replace
from pathlib import Path, PurePath

import pytest

from lib.datasets import DataError
from lib.datasets.sidecars import CLASSES, GROUPS, find_tables
from lib.papers.declare import Sidecar

HEADER = "path,group"
ROWS = ("a/1.png,Jörg", "a/2.png,Ann")
IMAGES = {PurePath("x/a/1.png"): ["Jörg"], PurePath("x/a/2.png"): ["Ann"]}


def _values(sidecar: Sidecar, folder: Path, *paths: str) -> dict[PurePath, list[str]]:
    """Image → the groups, or else the classes, that the only table gives it."""
    ((table, below),) = find_tables((sidecar,), folder, map(PurePath, paths or map(str, IMAGES)))
    columns = sidecar.group or (sidecar.label,)
    return {path: table.values(table.rows_of(path), columns) for path in below}


# What spreadsheets write


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_delimiters_and_encodings_of_spreadsheets_are_read(tmp_path, delimiter, encoding, end):
    text = end.join([HEADER, *ROWS, ""]).replace(",", delimiter)
    (tmp_path / "groups.csv").write_bytes(text.encode(encoding))
    assert _values(GROUPS, tmp_path) == IMAGES


@pytest.mark.parametrize(
    "text",
    [
        " Path , GROUP \n a/1.png , Jörg\n a/2.png , Ann \n",
        '"path","group"\n"a/1.png","Jörg"\n"a/2.png", "Ann"\n',
        "sep=;\nage;group;path\n3;Jörg;a\\1.png\n4;Ann;x\\a\\2.png\n",
        "path,group\n.\\a\\1.png,Jörg\n./a/2.png,Ann\n,\n\n",
    ],
)
def test_spaces_case_quotes_backslashes_and_empty_rows_do_not_matter(tmp_path, text):
    (tmp_path / "groups.csv").write_text(text, encoding="utf-8")
    assert _values(GROUPS, tmp_path) == IMAGES


def test_a_delimiter_within_a_cell_is_none(tmp_path):
    (tmp_path / "groups.csv").write_text('path;group\n1.png;"a,b;c"\n', encoding="utf-8")
    assert _values(GROUPS, tmp_path, "1.png") == {PurePath("1.png"): ["a,b;c"]}


@pytest.mark.parametrize("name", ["groups.csv", "Groups.CSV"])
def test_a_name_is_found_in_any_case(tmp_path, name):
    (tmp_path / name).write_text("\n".join([HEADER, *ROWS]), encoding="utf-8")
    assert _values(GROUPS, tmp_path) == IMAGES


@pytest.mark.parametrize("content", [b"\x00\x01\x02", "path,group\n".encode("utf-16-le")])
@pytest.mark.parametrize("sidecar", [GROUPS, CLASSES])
def test_a_file_that_is_no_text_is_refused_by_name(tmp_path, sidecar, content):
    (tmp_path / sidecar.name).write_bytes(content)
    with pytest.raises(DataError, match=rf"{sidecar.name} should be a text file"):
        _values(sidecar, tmp_path)


@pytest.mark.parametrize("first", ["path;klasse", "path class", "", "1.png,basophil"])
def test_a_users_table_without_its_columns_is_refused_with_its_first_line(tmp_path, first):
    (tmp_path / "classes.csv").write_text(f"{first}\n2.png;basophil\n")
    with pytest.raises(DataError) as caught:
        _values(CLASSES, tmp_path)
    assert (
        "should have the columns path and class, divided by commas, semicolons or tabs; its first "
        in (str(caught.value))
    )
    assert repr(first) in str(caught.value)


def test_two_columns_of_one_name_are_refused(tmp_path):
    (tmp_path / "groups.csv").write_text("path,group,Group\n1.png,A,B\n")
    with pytest.raises(DataError, match="should have one column group; it has several"):
        _values(GROUPS, tmp_path, "1.png")


def test_a_file_larger_than_any_table_is_refused_before_it_is_read(tmp_path):
    with (tmp_path / "groups.csv").open("wb") as file:
        file.truncate(10**12)  # of zeros that take no space
    with pytest.raises(DataError, match="should have at most 100 MB"):
        _values(GROUPS, tmp_path)


def test_of_thousands_of_columns_only_those_that_are_needed_are_kept(tmp_path):
    """Of 8,000 columns and 8,000 short rows every cell would take gigabytes."""
    further = ",".join(f"column {number}" for number in range(8_000))
    rows = "\n".join(f"{number}.png,A" for number in range(8_000))
    (tmp_path / "groups.csv").write_text(f"path,group,{further}\n{rows}\n")
    ((table, _),) = find_tables((GROUPS,), tmp_path, [PurePath("1.png")])
    assert table.rows_of(PurePath("1.png")) == [{"path": "1.png", "group": "A"}]


# What declarations name


def test_a_declared_table_may_lie_in_a_folder_beside_the_images_under_a_pattern(tmp_path):
    (tmp_path / "csv").mkdir()
    (tmp_path / "csv" / "mass_train_set.csv").write_text("file,group\n1.png,A\n")
    (tmp_path / "csv" / "notes.csv").write_text("file,group\n1.png,B\n")
    declared = Sidecar(name="csv/*_set.csv", path=("file",), group=("group",))
    assert _values(declared, tmp_path, "jpeg/1.png") == {PurePath("jpeg/1.png"): ["A"]}


def test_another_file_of_a_declared_name_is_left_alone(tmp_path):
    (tmp_path / "labels.csv").write_text("file,label\n1.png,A\n")
    declared = Sidecar(name="labels.csv", path=("file",), group=("patient",))
    assert list(find_tables((declared,), tmp_path, [PurePath("1.png")])) == []


def test_a_text_without_a_header_is_read_line_by_line(tmp_path):
    """As mini-MIAS' Info.txt: prose, then rows; some films have several, some an incomplete one."""
    lines = [
        "NOTES",
        "1) film001 is a film.",
        "film001 F CIRC B 1 2 3",
        "film001 F CIRC M 4",
        "film2 D NORM ",
    ]
    (tmp_path / "Info.txt").write_text("\n".join(lines))
    pattern = r"^(?P<film>film\d+)\s+[FD]\s+(?:CIRC\s+)?(?P<severity>[BM]|NORM)\b"
    declared = Sidecar(name="Info.txt", line=pattern, path=("film",), label="severity")
    assert _values(declared, tmp_path, "film001.pgm", "a/film2.png", "film3.png") == {
        PurePath("film001.pgm"): ["B", "M"],
        PurePath("a/film2.png"): ["NORM"],
        PurePath("film3.png"): [],
    }


def test_a_row_may_name_the_folder_of_an_image_by_a_part_of_a_path(tmp_path):
    """As CBIS-DDSM's: STUDY/SERIES/000000.dcm, with a line break within the cell; dots in a UID end no suffix."""
    text = 'image file path,pathology\n"P_1_LEFT/1.2.3/1.2.77/000000.dcm\n",BENIGN\nx,MALIGNANT\n'
    (tmp_path / "cases.csv").write_text(text)
    declared = Sidecar(
        name="cases.csv",
        path=("image file path",),
        within=r"([^/]+)/[^/]+$",
        names_folder=True,
        label="pathology",
    )
    paths = ("jpeg/1.2.77/1-001.jpg", "jpeg/1.2.78/1-001.jpg", "jpeg/1.2/1.jpg", "1.2.77.jpg")
    found = _values(declared, tmp_path, *paths)
    assert list(found.values()) == [["BENIGN"], [], [], []]
    whole = replace(declared, names_folder=False)
    assert list(_values(whole, tmp_path, *paths).values())[:2] == [[], []]
