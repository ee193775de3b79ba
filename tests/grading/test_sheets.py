"""CSV files of teachers: formulas are defused, what spreadsheets save is read, nothing is lost on the way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.grading.sheets import SheetError, guarded, read_sheet, sheet_text, unguarded


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "=HYPERLINK()"],
)  # fmt: skip
def test_a_formula_becomes_text(cell):
    assert guarded(cell) == f"'{cell}"


@pytest.mark.parametrize(
    ("cell", "shown"),
    [("Ada", "Ada"), ("-", "-"), (-3, "-3"), ("-1.5", "-1.5"), (2.0, "2"), (2 / 3, "0.67"), (None, "")],
)  # fmt: skip
def test_names_and_numbers_stay(cell, shown):
    assert guarded(cell) == shown


def test_a_name_that_is_a_formula_is_defused_in_heads_too():
    assert sheet_text(["=a"], [{"=a": "@b"}]) == "'=a\n'@b\n"


@given(st.text(st.characters(codec="utf-8")))
def test_what_was_defused_is_read_as_it_was(cell):
    assert unguarded(guarded(cell)) == cell


@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_what_spreadsheets_save_is_read(tmp_path, start, delimiter):
    path = tmp_path / "a.csv"
    path.write_text(f"{start}a{delimiter}b\r\n1{delimiter}'=x\r\n{delimiter}\r\n", newline="")
    sheet = read_sheet(path, ["a"])
    assert (sheet.columns, sheet.rows, sheet.delimiter) == (
        ["a", "b"],
        [{"a": "1", "b": "=x"}],
        delimiter,
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"b\n1\n", "should have the columns a"),
        (b"a,a\n1,2\n", "each once"),
        (b"a,b\n1\n", "row 2, should have 2 cells; it has 1"),
        (b"a\n\xff\n", "CSV in UTF-8"),
        (b"", "it has none"),
    ],
)
def test_what_is_no_sheet_is_said(tmp_path, content, said):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(SheetError, match=said):
        read_sheet(tmp_path / "a.csv", ["a"])
