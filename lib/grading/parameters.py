"""The parameters that stand in a run's notebook, held against those that its record and its run key name.

A number of the record may follow from its tables and still come from other settings than a reader sees.
"""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

from lib.grading.changes import Changes
from lib.grading.items import Fault, Item, differing
from lib.papers.declare import Paper
from lib.results import Results
from lib.runs.key import PARAMETER, parameter_parts
from lib.runs.parameters import PATHS, ParameterError, check_values
from lib.runs.plan import RESERVED
from lib.settings import SETTINGS, Settings

TOPIC = "parameters"
OF_THE_MACHINE = ("data", "output", *PATHS)  # paths, which lead nowhere here
WHERE = "notebook.ipynb: parameters"
UNREADABLE = (ValueError, TypeError, SyntaxError, RecursionError, MemoryError)


def parameter_items(
    record: Results, paper: Paper, changes: Changes, other_code: str
) -> Iterator[Item]:
    """Whether the notebook's parameters give the settings, names and key that the record has.

    Args:
        changes: Of the notebook.
        other_code: Why the code that is here may resolve parameters otherwise than the run's; "" if it is the same.
    """
    try:
        given = _values({**changes.declared, **changes.injected})
        own = {
            name: value
            for name, value in _values(changes.injected).items()
            if name not in (*SETTINGS, *RESERVED)
        }
    except UNREADABLE as error:
        said = f"the notebook's parameters are no plain values: {type(error).__name__}"
        yield Item(TOPIC, "cannot tell", said, where=WHERE)
        return
    here = {name: value for name, value in given.items() if name not in OF_THE_MACHINE}
    try:
        asked = check_values(paper, {"profile": None, **here})
    except ParameterError as error:
        item = differing(TOPIC, Fault(f"no run has these parameters: {error}", where=WHERE))
        yield replace(item, state="cannot tell") if other_code else item
        return
    faults = [*_setting_faults(record, asked), *_name_faults(record, given)]
    if record.provenance.key_parts:
        faults += _key_faults(record, asked, own)
    for name, fault in faults:
        untold = other_code or _set_elsewhere(name, changes)
        item = differing(TOPIC, fault)
        yield replace(item, state="cannot tell") if untold else item
    if not faults:
        yield Item(TOPIC, "ok", "The run's settings are those that the notebook's parameters give.")


def _values(sources: Mapping[str, str]) -> dict[str, Any]:
    """Raises: One of `UNREADABLE` for a value that is computed, or a line that sets none."""
    return {name: ast.literal_eval(source) for name, source in sources.items()}


def _setting_faults(record: Results, asked: Settings) -> Iterator[tuple[str, Fault]]:
    """(parameter, fault) of every setting that is another."""
    used = replace(asked, choices=asked.tries_choices(record.data.images))
    expected = _flat(json.loads(json.dumps(asdict(used))))
    stored = _flat(record.settings)
    for name in {**expected, **stored}:
        if stored.get(name) != expected.get(name):
            yield (
                name.rpartition(".")[2],
                _fault(f"settings.{name}", stored.get(name), expected.get(name)),
            )


def _flat(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with those of an arm by name: "training.vgg16.epochs"."""
    flat = {name: value for name, value in settings.items() if name != "training"}
    for arm, recipe in settings["training"].items():
        flat |= {f"training.{arm}.{name}": value for name, value in recipe.items()}
    return flat


def _name_faults(record: Results, given: Mapping[str, Any]) -> Iterator[tuple[str, Fault]]:
    for name in ("author", "assignment"):
        stored, expected = getattr(record.provenance, name), str(given.get(name) or "")
        if stored != expected:
            yield name, _fault(f"provenance.{name}", stored, expected)


def _key_faults(
    record: Results, asked: Settings, own: Mapping[str, Any]
) -> Iterator[tuple[str, Fault]]:
    expected = parameter_parts(asked, own)
    parts = record.provenance.key_parts
    stored = {name: value for name, value in parts.items() if name.startswith(PARAMETER)}
    for name in {**expected, **stored}:
        if stored.get(name) != expected.get(name):
            parameter = name.removeprefix(PARAMETER).rpartition(" ")[2]
            place = f"provenance.key_parts.{name}"
            yield parameter, _fault(place, stored.get(name), expected.get(name))


def _fault(place: str, stored: object, expected: object) -> Fault:
    said = f"{place}: results.json says {stored}; the notebook's parameters give {expected}"
    return Fault(said, str(stored), str(expected), f"results.json: {place}")


def _set_elsewhere(name: str, changes: Changes) -> bool:
    """Whether code that a student changed may have set it: this is for a reader to judge."""
    word = re.compile(rf"\b({re.escape(name)}|settings|globals)\b")
    return any(word.search(change.after) for change in changes.code)
