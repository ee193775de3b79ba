"""The points of a sweep: every combination of the values that --sweep asks for, and folder names for them."""

import hashlib
import json
import re
from collections.abc import Sequence
from itertools import product
from typing import Any

from lib import papers
from lib.runs.arguments import Sweep, value_text

EVERY = "every"  # as value of `arms`: all arms of all papers, one run each
LONGEST_VALUE, LONGEST_NAME = 40, 100  # characters; Windows ends a whole path at 260
PLAIN = re.compile(r"[a-z0-9_][a-z0-9_.+-]*(?<!\.)")  # a text that is its own name in a folder
UNSAFE = re.compile(r"[^A-Za-z0-9_.+-]+")

Point = dict[str, Any]
"""Parameter → its value in one run, in the order of the command line."""


def sweep_points(slug: str, sweep: Sweep) -> list[Point]:
    """Every combination of the values, for one paper; the last parameter changes fastest.

    `arms` is one arm a run: a text stands for the list of it, "every" for every arm of all papers. An arm
    that is named with its paper, as others call it, is the same arm among that paper's own.
    """
    values = [_of_paper(slug, name, of_name) for name, of_name in sweep]
    names = [name for name, _ in sweep]
    return [dict(zip(names, chosen, strict=True)) for chosen in product(*values)]


def _of_paper(slug: str, name: str, values: Sequence[Any]) -> list[Any]:
    if name != "arms":
        return list(values)
    chosen: list[Any] = []
    for value in values:
        names = papers.every_arm_name(slug) if value == EVERY else [value]
        own = [_own_arms(slug, arms) for arms in names]
        chosen += [arms for arms in own if arms not in chosen]
    return chosen


def _own_arms(slug: str, arms: Any) -> Any:
    """The list of arms as the paper itself calls them; what names none stays, for the settings to refuse."""
    names = [arms] if isinstance(arms, str) else arms
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return arms
    return [name.removeprefix(f"{slug}/") for name in names]


def sweep_name(sweep: Sweep) -> str:
    """The folder of all sweeps over these parameters, whatever their values: "epochs-learning_rate"."""
    return _shortened("-".join(sorted(name for name, _ in sweep)), LONGEST_NAME)


def point_name(point: Point) -> str:
    """A folder's name for these values: "epochs=2"; two points never share one, on Windows neither."""
    texts = (f"{name}={_value_name(_arms_joined(name, point[name]))}" for name in sorted(point))
    return _shortened(",".join(texts), LONGEST_NAME)


def point_text(point: Point) -> str:
    """The values as a person reads them: "epochs=2", "arms=kumar_breakhis/vgg16"."""
    return ", ".join(f"{name}={_text(name, value)}" for name, value in point.items())


def _text(name: str, value: Any) -> str:
    """As the command line has it, but of one arm its name alone."""
    return value[0] if name == "arms" and len(value) == 1 else value_text(value)


def _arms_joined(name: str, value: Any) -> Any:
    """Of arms a text instead of the list: no name of a paper or an arm has one of its signs."""
    return "+".join(value).replace("/", ".") if name == "arms" else value


def _value_name(value: Any) -> str:
    """Readable where that is enough; else followed by a hash, which tells "Adam" from "adam" on any disk."""
    text = json.dumps(value, ensure_ascii=False)
    if value is None or isinstance(value, bool | int | float):
        return text
    if isinstance(value, str) and PLAIN.fullmatch(value) and not _is_json(value):
        return _shortened(value, LONGEST_VALUE)
    return _hashed(UNSAFE.sub("-", text).strip("-."), text, LONGEST_VALUE)


def _is_json(text: str) -> bool:
    """Whether it would be taken for another value: a number, true, false, null."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else _hashed(text, text, length)


def _hashed(readable: str, text: str, length: int) -> str:
    return f"{readable[: length - 9]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
