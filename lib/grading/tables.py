"""The tables of a run folder: read only if they have the columns, and the shape, that a run gives them."""

import csv
import io
from collections.abc import Mapping, Sequence

import pandas as pd

from lib.datasets.tables import EVIDENCE
from lib.evaluation.rows import Rows
from lib.grading.artefacts import ArtefactError
from lib.results import FIT, FOLD, Results, fold_name

IMAGE = ("path", "group", "true")  # columns that tell of an image
WHOLE_NUMBERS = {"seed", "fold", "epoch"}
# As text: groups 01 and 1 are two groups, and a class may be called 0. In arrays of objects, which are compared and
# iterated many times as fast as those that pandas has for text.
TEXT = dict.fromkeys(
    (
        *("arm", "protocol", "part", "twin", "path", "group", "true", "predicted"),
        *("kind", "name"),
    ),
    object,
)
SHOWN_COLUMNS = 5  # in a message


def read_tables(record: Results, contents: Mapping[str, bytes]) -> dict[str, pd.DataFrame]:
    """The tables "predictions", "evidence", "history" and "splits" of the run that `record` tells of.

    Args:
        contents: Name → content of the CSV files.

    Raises:
        ArtefactError: A file is not UTF-8, no CSV, lacks columns or has others, or has a text for a number.
    """
    folds = [fold_name(*(getattr(fold, field) for field in FOLD)) for fold in record.folds]
    curves = ("epoch", "accuracy", "loss", "val_accuracy", "val_loss")
    columns = {
        "predictions": [*FIT, "part", "twin", *IMAGE, "predicted", *record.classes],
        "evidence": EVIDENCE,
        "history": [*FIT, *curves],
        "splits": [*IMAGE, *folds],
    }
    texts = {name: _checked_text(f"{name}.csv", contents, columns[name]) for name in columns}
    tables = {
        name: pd.read_csv(
            io.StringIO(text), keep_default_na=False, dtype=object if name == "splits" else TEXT
        )
        for name, text in texts.items()
    }
    numbers = {"predictions": record.classes, "history": curves, "evidence": ()}
    for name, of_table in numbers.items():
        _require_numbers(f"{name}.csv", tables[name], ("seed", "fold", *of_table))
    return tables


def described(images: Rows) -> list[tuple[str, ...]]:
    """Path, group and class of the images, sorted."""
    return sorted(zip(*(images[column].tolist() for column in IMAGE), strict=True))


def _checked_text(name: str, contents: Mapping[str, bytes], columns: Sequence[str]) -> str:
    """The file as text, if every row has exactly these columns.

    pandas fills short rows up and makes room for long ones: of 150 kB it can make billions of cells.
    """
    try:
        text = contents[name].decode("utf-8")
    except UnicodeDecodeError as error:
        raise ArtefactError(f"{name} is not UTF-8 text: {error.reason}") from error
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(rows, [])
        _require_columns(name, header, columns)
        for row in rows:
            if len(row) != len(header):
                raise ArtefactError(
                    f"{name} should have {len(header)} fields in every row; line {rows.line_num} has {len(row)}"
                )
    except csv.Error as error:
        raise ArtefactError(f"{name} is no CSV, line {rows.line_num}: {error}") from error
    return text


def _require_columns(name: str, header: Sequence[str], columns: Sequence[str]) -> None:
    if list(header) == list(columns):
        return
    known, present = set(columns), set(header)
    lacking = [column for column in columns if column not in present]
    strange = [column for column in header if column not in known]
    differences = [
        *([f"it lacks {_first(lacking)}"] if lacking else []),
        *([f"it has {_first(strange)} besides"] if strange else []),
    ]
    raise ArtefactError(
        f"{name} should have the columns of the run; "
        f"{' and '.join(differences) or 'it has them in another order, or twice'}"
    )


def _first(columns: Sequence[str]) -> str:
    more = len(columns) - SHOWN_COLUMNS
    shown = ", ".join(map(repr, columns[:SHOWN_COLUMNS]))
    return f"{shown} and {more} more" if more > 0 else shown


def _require_numbers(name: str, table: pd.DataFrame, columns: Sequence[str]) -> None:
    for column in columns if len(table) else ():
        kinds = "iu" if column in WHOLE_NUMBERS else "iuf"
        if table[column].dtype.kind not in kinds:
            noun = "whole numbers" if column in WHOLE_NUMBERS else "numbers"
            raise ArtefactError(f"{name} should have {noun} in the column {column!r}")
