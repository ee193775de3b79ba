"""Tables of a run folder that are none, or that would take more memory than there is."""

import time
from pathlib import Path

import pytest
from run_folders import conceal, faults

from lib.grading.artefacts import TABLE_FILES


def rewrite(folder: Path, name: str, content: bytes) -> list[str]:
    """The faults of the run with another file, whose hash the forger puts into the record."""
    (folder / name).write_bytes(content)
    conceal(folder)
    return faults(folder)


@pytest.mark.parametrize("name", TABLE_FILES)
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "should have the columns of the run; it lacks"),
        (b"\n", "should have the columns of the run; it lacks"),
        (b"a,b\n1,2\n", "and it has 'a', 'b' besides"),
        (b"path," * 50_000, "should have the columns of the run; it"),
        (b"\xff\xfe\x00", "is not UTF-8 text"),
        (b"\x00" * 1000, "should have the columns of the run; it lacks"),
        (b'"' * 1001, "is no CSV, line 1"),
        (b'a,"b"c\n', "is no CSV, line 1"),
        (b'"' + b"x" * 200_000, "is no CSV, line 1"),
    ],
)
def test_a_table_that_is_none_is_a_fault(written, name, content, words):
    (fault,) = rewrite(written(), name, content)
    assert fault.startswith(f"{name} ")
    assert words in fault


@pytest.mark.parametrize("name", ["predictions.csv", "history.csv", "splits.csv"])
def test_a_missing_a_strange_and_a_doubled_column_are_named(written, name):
    folder = written()
    rows = [line.split(",") for line in (folder / name).read_text().splitlines()]
    lacking = "\n".join(",".join(row[:-1]) for row in rows).encode()
    assert rewrite(folder, name, lacking) == [
        f"{name} should have the columns of the run; it lacks {rows[0][-1]!r}"
    ]
    strange = "\n".join(",".join([*row, "more"]) for row in rows).encode()
    assert rewrite(folder, name, strange) == [
        f"{name} should have the columns of the run; it has 'more' besides"
    ]
    doubled = "\n".join(",".join([*row, row[-1]]) for row in rows).encode()
    assert rewrite(folder, name, doubled) == [
        f"{name} should have the columns of the run; it has them in another order, or twice"
    ]


@pytest.mark.parametrize("name", ["predictions.csv", "history.csv", "splits.csv"])
@pytest.mark.parametrize("row", ["", "x", "x" + "," * 70_000])
def test_rows_of_another_length_are_a_fault_before_pandas_makes_room_for_them(written, name, row):
    folder = written()
    (fault,) = rewrite(folder, name, (folder / name).read_bytes() + f"{row}\n".encode() * 3)
    assert fault.startswith(f"{name} should have ")
    assert "fields in every row; line " in fault


def test_a_table_whose_rows_are_many_times_as_wide_as_long_takes_no_time(written):
    """50,000 columns and 50,000 rows: 100 kB here, 20 GB for pandas."""
    folder, started = written(), time.perf_counter()
    (fault,) = rewrite(folder, "splits.csv", b"," * 50_000 + b"\nx" * 50_000)
    assert fault.startswith("splits.csv should have the columns of the run")
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    ("name", "column", "value", "noun"),
    [
        ("predictions.csv", "seed", "0.5", "whole numbers"),
        ("predictions.csv", "fold", "zero", "whole numbers"),
        ("predictions.csv", "monocyte", "", "numbers"),
        ("predictions.csv", "monocyte", "nan", "numbers"),
        ("history.csv", "epoch", "1.5", "whole numbers"),
        ("history.csv", "val_loss", "none", "numbers"),
        ("history.csv", "seed", "9" * 40, "whole numbers"),
    ],
)
def test_a_text_in_the_place_of_a_number_is_a_fault(written, name, column, value, noun):
    folder = written()
    header, first, *rest = (folder / name).read_text().splitlines()
    fields = first.split(",")
    fields[header.split(",").index(column)] = value
    text = "\n".join([header, ",".join(fields), *rest]) + "\n"
    assert rewrite(folder, name, text.encode()) == [
        f"{name} should have {noun} in the column {column!r}"
    ]
