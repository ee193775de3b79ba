"""The rubric of an assignment: a YAML file of weighted items, read whole and checked before anything is graded."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from math import isclose
from pathlib import Path
from typing import Any

import yaml

from lib.words import listed

TEACHER = "teacher"  # the check of an item that is left to the teacher
CHECKS: dict[str, dict[str, bool]] = {  # check → its own keys, and whether each must be there
    "ran whole": {},
    "consistent": {},
    "both protocols": {},
    "beats the majority": {},
    "seeds": {"at_least": True},
    "seeds assigned": {},
    "interval quoted": {"exercise": False},
    "exercise": {"exercise": True, "value": False, "field": False, "tolerance": False},
    "parameter changed": {"parameter": True},
    TEACHER: {},
}
TEXTS = ("name", "exercise", "field", "parameter")
LARGEST = 100_000  # bytes of a rubric


class RubricError(ValueError):
    """A rubric that cannot be used: what was expected, what is there, what to do."""


@dataclass(frozen=True, kw_only=True)
class RubricItem:
    """One item, with the points that it is worth.

    Attributes:
        check: Of `CHECKS`.
        at_least: Seeds that get all points.
        exercise: As in the notebook: "exercise-1"; None for any.
        value: The right answer to the exercise; None where `field` or the library knows it.
        field: Where the student's own results.json has it: "data.images".
        tolerance: How far an answer may be from it.
    """

    check: str
    points: float
    name: str
    at_least: int = 1
    exercise: str | None = None
    value: float | None = None
    field: str | None = None
    tolerance: float = 0.0
    parameter: str = ""


@dataclass(frozen=True, kw_only=True)
class Rubric:
    """All items of an assignment, and when it is due.

    Attributes:
        assignment: What the runs should name as their `assignment`; "" for anything.
        total: The sum of the items' points.
        due: With its offset from UTC; None for no deadline.
        late_per_day: Points that every started day after it costs.
        late_most: The most points that lateness costs.
    """

    assignment: str
    total: float
    items: tuple[RubricItem, ...]
    due: datetime | None = None
    late_per_day: float = 0.0
    late_most: float = 0.0


def load_rubric(path: Path) -> Rubric:
    """The rubric in a YAML file.

    Raises:
        RubricError: It is no rubric; the message names the place and the nearest known name.
    """
    try:
        content = path.read_bytes()
        if len(content) > LARGEST:
            raise RubricError(f"{path} should have at most {LARGEST:,} bytes; it has more.")
        values = yaml.safe_load(content.decode("utf-8"))
    except OSError as error:
        raise RubricError(
            f"--rubric should be a file; {path}: {error.strerror}. docs/rubric.yaml is one."
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        place = " ".join(str(error).split())
        raise RubricError(f"{path} should be YAML; it is not: {place}. Mend it.") from error
    return _rubric(values, str(path))


def _rubric(values: Any, where: str) -> Rubric:
    known = {"assignment": False, "total": True, "items": True, "due": False, "late": False}
    values = _checked_keys(values, known, where)
    listed_items = values["items"]
    if not isinstance(listed_items, list) or not listed_items:
        raise RubricError(f"{where}: items should be a list; it is {listed_items!r}. Add one.")
    items = tuple(
        _item(item, f"{where}, item {number}") for number, item in enumerate(listed_items, 1)
    )
    names = [item.name for item in items]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise RubricError(
            f"{where}: every item should have a name of its own; {listed(twice)} stands twice. Give "
            f"`name`."
        )
    total = _number(values["total"], f"{where}: total")
    given = sum(item.points for item in items)
    if not isclose(total, given):
        raise RubricError(
            f"{where}: total should be the sum of the items' points, {given:g}; it is {total:g}. Change one."
        )
    due = _due(values.get("due"), where)
    per_day, most = _late(values.get("late"), due, total, where)
    return Rubric(
        assignment=str(values.get("assignment") or ""),
        total=total,
        items=items,
        due=due,
        late_per_day=per_day,
        late_most=most,
    )


def _item(values: Any, where: str) -> RubricItem:
    check = values.get("check") if isinstance(values, dict) else None
    if check not in CHECKS:
        raise RubricError(
            f"{where}: check should be one of {listed(CHECKS, 'or')}; it is {check!r}"
            f"{nearest(check, CHECKS)}."
        )
    common = {"check": True, "points": True, "name": check == TEACHER}
    values = _checked_keys(values, common | CHECKS[check], where)
    for key in TEXTS:
        if key in values and not (isinstance(values[key], str) and values[key].strip()):
            raise RubricError(f"{where}: {key} should be a text; it is {values[key]!r}.")
    if "value" in values and "field" in values:
        raise RubricError(f"{where}: value or field should be given; both are. Leave one out.")
    numbers: dict[str, Any] = {
        key: _number(values[key], f"{where}: {key}", least=None if key == "value" else 0)
        for key in ("points", "value", "tolerance")
        if key in values
    }
    if "at_least" in values and (type(values["at_least"]) is not int or values["at_least"] < 1):
        raise RubricError(
            f"{where}: at_least should be a whole number from 1; it is {values['at_least']!r}."
        )
    own = ("exercise", "field", "parameter", "at_least")
    plain = {key: values[key] for key in own if key in values}
    name = values.get("name") or _default_name(check, values)
    return RubricItem(check=check, name=name, **plain, **numbers)


def _default_name(check: str, values: Mapping[str, Any]) -> str:
    """The check in words, with what tells two items of the same check apart."""
    if check == "exercise":
        return str(values["exercise"]).capitalize().replace("-", " ")
    if check == "parameter changed":
        return f"Changed {values['parameter']}"
    return {"seeds": f"At least {values.get('at_least')} seeds"}.get(check, check.capitalize())


def _checked_keys(values: Any, known: Mapping[str, bool], where: str) -> dict[str, Any]:
    """Raises: RubricError unless `values` has the keys that are needed, and no unknown ones."""
    if not isinstance(values, dict):
        raise RubricError(f"{where} should have the keys {listed(known)}; it is {values!r}.")
    for key in values:
        if key not in known:
            raise RubricError(
                f"{where}: the keys should be among {listed(known)}; received {key!r}{nearest(key, known)}."
            )
    missing = [key for key, needed in known.items() if needed and key not in values]
    if missing:
        raise RubricError(f"{where} should have {listed(missing)}; it has {listed(values)}.")
    return values


def _number(value: Any, where: str, least: float | None = 0) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not abs(value) < float("inf") or (least is not None and value < least):
        kind = "a number" if least is None else f"a number from {least}"
        raise RubricError(f"{where} should be {kind}; it is {value!r}.")
    return float(value)


def _due(value: Any, where: str) -> datetime | None:
    if value is None:
        return None
    try:
        due = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        due = None
    if due is None or due.tzinfo is None:
        raise RubricError(
            f'{where}: due should be a time with its offset from UTC, "2025-03-14T23:59+01:00"; it is '
            f"{str(value)!r}. Write it so, in quotation marks."
        )
    return due


def _late(value: Any, due: datetime | None, total: float, where: str) -> tuple[float, float]:
    """Points per day, and at most."""
    if value is None:
        return 0.0, 0.0
    if due is None:
        raise RubricError(f"{where}: late should stand beside due; there is none. Add it.")
    values = _checked_keys(value, {"per_day": True, "most": False}, f"{where}, late")
    per_day = _number(values["per_day"], f"{where}, late: per_day")
    return per_day, _number(values.get("most", total), f"{where}, late: most")


def nearest(name: Any, known: Collection[str]) -> str:
    """The end of a message about a name that is none of these: the one that it resembles most; "" for none."""
    near = get_close_matches(str(name), known, n=1)
    return f"; the nearest is {near[0]!r}" if near else ""
