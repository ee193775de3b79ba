"""A notebook's parameters: by hand they are checked in the cell below them, in a batch before any kernel starts."""

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from lib import PlainError
from lib.papers.declare import Paper
from lib.settings import SETTINGS, Settings, assigned_seeds, resolve
from lib.storage import DataError, user_path

# What every notebook has besides the settings: "author" and "assignment" are shown, "output" is where the tables
# go by hand.
BESIDE_SETTINGS = (
    *("profile", "data", "leak_search", "controls"),
    *("author", "assignment", "output"),
)
OF_THE_AUTHOR = "author"  # as value of `seeds`: those that `lib.settings.assigned_seeds` gives
SO_MANY_OF_THE_AUTHOR = re.compile(rf"{OF_THE_AUTHOR}(?: ([1-9]\d?))?")  # "author 3": three of them
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
    from lib.datasets import locate  # a batch checks its parameters without what reads images

    known = (*SETTINGS, *BESIDE_SETTINGS, *paper.own_parameters)
    for name in _entered_names(namespace.get("In", ()), known):
        if name not in known:
            raise ParameterError(unknown_parameter(name, known))
    given = {name: namespace.get(name) for name in known}
    settings = check_values(paper, given)
    try:
        locate(paper, _text("data", given["data"]))
    except DataError as error:
        raise ParameterError(str(error)) from error
    if given["output"] is not None:
        _check_output(_text("output", given["output"]))
    return settings


def check_values(paper: Paper, given: Mapping[str, Any]) -> Settings:
    """The settings of the run that these parameters ask for.

    Args:
        given: Name → value. What is missing, or None, is as the paper declares it.

    Raises:
        ParameterError: A value of the wrong type or out of its range, a path that does not exist.
    """
    author, assignment = (_text(name, given.get(name) or "") for name in ("author", "assignment"))
    try:
        changes = {name: given.get(name) for name in SETTINGS}
        asked = SO_MANY_OF_THE_AUTHOR.fullmatch(str(changes["seeds"]))
        if asked:
            usual = resolve(paper, given["profile"], **changes | {"seeds": None}).seeds
            number = int(asked[1] or len(usual))
            changes["seeds"] = assigned_seeds(author, assignment, number)
        settings = resolve(paper, given["profile"], **changes)
        if given.get("controls", "auto") != "auto":
            from lib.datasets import control_folders

            control_folders(paper, str(checked_path("controls", given["controls"])))
    except (DataError, ValueError, TypeError) as error:
        raise ParameterError(str(error)) from error
    if given.get("photo") is not None:
        _check_photo(given["photo"])
    if given.get("leak_search") not in (None, True, False):
        raise ParameterError(
            f"`leak_search` should be None, True or False; received {given['leak_search']!r}."
        )
    _check_restrictions(paper, given)
    return settings


def checked_path(name: str, text: Any) -> Path:
    """The path that a parameter of `PATHS` names, absolute.

    Raises:
        ParameterError: It is no text, or there is nothing of its kind.
    """
    path = user_path(_text(name, text))
    if not PATHS[name](path):
        kind = "a file" if PATHS[name] is Path.is_file else "a folder"
        raise ParameterError(
            f"`{name}` should be the path of {kind}; there is none at {path}. Give another path."
        )
    return path


def _check_restrictions(paper: Paper, given: Mapping[str, Any]) -> None:
    """Looks at the values by which a notebook selects images: their names are known without the images."""
    for attribute in paper.dataset.subgroups:
        name = attribute.name.replace(" ", "_")
        value = given.get(name) if name in paper.own_parameters else None
        if value is not None and not attribute.label_of(str(value)):
            raise ParameterError(
                f"`{name}` should be one of {', '.join(attribute.labels.values())}; received "
                f"{value!r}."
            )


def _check_photo(text: Any) -> None:
    """Looks at the photograph now: the notebook classifies it after everything is trained."""
    from lib.datasets import decode_whole

    path = checked_path("photo", text)
    try:
        decode_whole(path)
    except (OSError, ValueError) as error:
        raise ParameterError(
            f"`photo` should be the path of an image; {path}: {error}. Give another path."
        ) from error


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


def unknown_parameter(name: str, known: Sequence[str]) -> str:
    """What is said of a name that no parameter of a notebook has."""
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
