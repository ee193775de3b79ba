"""Rows of a table as numpy arrays: a run's thousand small groups cost pandas more than all that is computed of them."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd


class _Kept(dict[str, np.ndarray]):
    """What is worked out of a column, by its name: once, when it is first asked for."""

    def __init__(self, work_out: Callable[[str], np.ndarray]) -> None:
        self._work_out = work_out

    def __missing__(self, name: str) -> np.ndarray:
        self[name] = self._work_out(name)
        return self[name]


class _Whole(NamedTuple):
    """A whole table: (rows,) each, by the column's name."""

    columns: Mapping[str, np.ndarray]
    codes: Mapping[str, np.ndarray]
    known: Mapping[str, np.ndarray]


class Rows:
    """Some rows of a table, of which all others know what is worked out of a column."""

    def __init__(self, whole: _Whole, places: np.ndarray) -> None:
        self._whole, self._places = whole, places

    @classmethod
    def of(cls, table: "Table") -> "Rows":
        """All rows of a table; the columns of a mapping are of one length."""
        if isinstance(table, Rows):
            return table
        columns = _Kept(lambda name: np.asarray(table[name]))
        codes = _Kept(lambda name: pd.factorize(columns[name], sort=True)[0])
        known = _Kept(lambda name: pd.notna(columns[name]) & (columns[name] != ""))
        number = len(table) if isinstance(table, pd.DataFrame) else len(next(iter(table.values())))
        return cls(_Whole(columns, codes, known), np.arange(number))

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, name: str) -> np.ndarray:
        """(rows,) the column, text as objects."""
        return self._whole.columns[name][self._places]

    def codes(self, name: str) -> np.ndarray:
        """(rows,) int: a number for each value of the column, in ascending order; -1 for NaN."""
        return self._whole.codes[name][self._places]

    def known(self, name: str) -> np.ndarray:
        """(rows,) bool: where the column says something; read_csv gives NaN, or "", for an empty field."""
        return self._whole.known[name][self._places]

    def count(self, name: str) -> int:
        """How many values the column has."""
        return len(np.unique(self.codes(name)))

    def right(self) -> np.ndarray:
        """(rows,) bool: whether the class that is called is the true one."""
        return self["true"] == self["predicted"]

    def numbers(self, names: Sequence[str]) -> np.ndarray:
        """(rows, columns) float."""
        return np.array([self[name] for name in names], float).T

    def only(self, chosen: np.ndarray) -> "Rows":
        """Those of the rows that are chosen: (rows,) bool, or their places."""
        return Rows(self._whole, self._places[chosen])

    def by(self, *names: str) -> Iterator[tuple[Any, "Rows"]]:
        """The values of these columns and the rows that have them, in the order in which they first occur.

        One column's value alone, several columns' as a tuple. None of them may be NaN.
        """
        if not len(self):
            return
        code = self.codes(names[0])
        for name in names[1:]:
            of_column = self.codes(name)
            code = code * (of_column.max() + 1) + of_column
        order = np.argsort(code, kind="stable")
        groups = np.split(order, np.flatnonzero(np.diff(code[order])) + 1)
        groups.sort(key=lambda group: int(group[0]))
        firsts = self.only(np.array([group[0] for group in groups]))
        values = [firsts[name].tolist() for name in names]
        keys = values[0] if len(names) == 1 else zip(*values, strict=True)
        for key, group in zip(keys, groups, strict=True):
            yield key, self.only(group)


Table: TypeAlias = pd.DataFrame | Mapping[str, Any] | Rows


def among(values: np.ndarray, chosen: Collection[str]) -> np.ndarray:
    """(values,) bool: whether each is one of these."""
    return np.fromiter((value in chosen for value in values.tolist()), bool, len(values))


def joined(parts: Sequence[Rows], names: Sequence[str]) -> dict[str, np.ndarray]:
    """These columns of all parts, one part below the other."""
    return {name: np.concatenate([part[name] for part in parts]) for name in names}
