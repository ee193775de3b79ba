"""A notebook's parameters, checked in the cell below them: whatever is wrong is said there, before anything runs."""

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from lib import PlainError
from lib.datasets import control_folders, locate
from lib.papers.declare import Paper
from lib.settings import SETTINGS, Settings, resolve
from lib.storage import DataError, user_path

# What every notebook has besides the settings: "author" is shown, "output" is where the tables go by hand.
BESIDE_SETTINGS = ("profile", "data", "leak_search", "controls", "author", "output")
PATHS = {"photo": Path.is_file, "controls": Path.is_dir}  # parameters that name one, of which kind
INJECTED = (
    "# Parameters"  # the first line of the cell that papermill puts behind that of the parameters
)


class ParameterError(PlainError, ValueError):
    """A parameter is unknown or cannot be used: which, what was expected, what came, what to do."""


def check_parameters(paper: Paper, namespace: Mapping[str, Any]) -> Settings:
    """The settings of the run that the notebook's variables ask for.

    Args:
        namespace: `globals()` of the notebook: its parameters by name, and in "In" what was entered,
            in which names are found that no parameter has.

    Raises:
        ParameterError: A name that is no parameter, a value of the wrong type or out of its range, a
            path that does not exist.
    """
    known = (*SETTINGS, *BESIDE_SETTINGS, *paper.own_parameters)
    for name in _entered_names(namespace.get("In", ()), known):
        if name not in known:
            raise ParameterError(_unknown(name, known))
    given = {name: namespace.get(name) for name in known}
    changes = {name: given[name] for name in SETTINGS}
    try:
        settings = resolve(paper, given["profile"], **changes)
        locate(paper, _text("data", given["data"]))
        if given["controls"] != "auto":
            control_folders(paper, _text("controls", given["controls"]))
    except (DataError, ValueError, TypeError) as error:
        raise ParameterError(str(error)) from error
    if given.get("photo") is not None:
        checked_path("photo", _text("photo", given["photo"]))
    if given["output"] is not None:
        _check_output(_text("output", given["output"]))
    if given["leak_search"] not in (None, True, False):
        raise ParameterError(
            f"`leak_search` should be None, True or False; received {given['leak_search']!r}."
        )
    return settings


def checked_path(name: str, text: str) -> Path:
    """The path that a parameter of `PATHS` names, absolute.

    Raises:
        ParameterError: There is nothing of its kind.
    """
    path = user_path(text)
    if not PATHS[name](path):
        kind = "a file" if PATHS[name] is Path.is_file else "a folder"
        raise ParameterError(
            f"`{name}` should be the path of {kind}; there is none at {path}. Give another path."
        )
    return path


def _entered_names(history: Sequence[str], known: Collection[str]) -> Iterator[str]:
    """The names that the parameters cell, run last, and papermill's cell behind it give a value."""
    for source in reversed(history[:-1]):  # the last entry is the cell that asks
        names = _assigned(source)
        if names & set(known):
            yield from sorted(names)
            if not source.startswith(INJECTED):
                return


def _assigned(source: str) -> set[str]:
    try:
        lines = ast.parse(source).body
    except SyntaxError:  # a cell with %magic, or one that failed
        return set()
    targets = [target for line in lines for target in getattr(line, "targets", ())]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _unknown(name: str, known: Sequence[str]) -> str:
    close = get_close_matches(name, known, n=1)
    meant = f" Did you mean `{close[0]}`?" if close else ""
    return f"`{name}` is no parameter of this notebook.{meant} Its parameters: {', '.join(known)}."


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ParameterError(f"`{name}` should be text in quotes; received {value!r}.")
    return value


def _check_output(text: str) -> None:
    path = user_path(text)
    if path.exists() and not path.is_dir():
        raise ParameterError(
            f"`output` should be a folder, made if need be; {path} is a file. Give another path."
        )
