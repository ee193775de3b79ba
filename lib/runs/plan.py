"""From the command line to the runs to be made; everything that can be wrong with it is found here."""

import argparse
import ast
import json
import shlex
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpecManager

from lib import papers, storage
from lib.datasets import decode_whole
from lib.datasets.downloads import kaggle
from lib.datasets.downloads.archive import is_zip
from lib.papers.declare import PIXEL_SCALINGS, Paper
from lib.runs.folders import FolderError, check_reports
from lib.runs.parameters import PATHS, ParameterError, checked_path
from lib.settings import SETTINGS, Settings, resolve

# Parameters that have an option of their own, or that the batch itself decides.
RESERVED = {"profile": "--profile", "data": "--data", "seeds": "--seeds", "output": "--reports"}


class UsageError(ValueError):
    """The command line cannot be carried out: what was expected, what came, what is known."""


class NotebookError(ValueError):
    """A notebook's parameters cannot be read: which notebook, cell and line, and what stands there."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One run to be made: a paper, its notebook, what it is run with.

    Attributes:
        missing: Which images must be brought by hand first, and from where; "" for none. What Kaggle
            has is downloaded all the same.
    """

    paper: Paper
    notebook: Path
    settings: Settings
    data: str
    parameters: dict[str, Any] = field(default_factory=dict)
    kernel: str | None = None
    missing: str = ""

    @property
    def own(self) -> dict[str, Any]:
        """The given parameters that only this notebook knows."""
        common = {*SETTINGS, *RESERVED}
        return {name: value for name, value in self.parameters.items() if name not in common}

    def command(self, *, drawn: bool) -> str:
        """The command that makes this run again, on any machine: run_all.py with all that was given.

        Of a path it has the last name alone: where the images lie elsewhere is not known here.

        Args:
            drawn: Whether the images are drawn. Elsewhere "auto" could find others.
        """
        data = "phantom" if drawn else self.data
        words = ["python", "run_all.py", self.paper.slug, "--profile", self.settings.profile]
        words += ["--data", _last_name(data) if _is_path(data) else data]
        given = {name: value for name, value in self.parameters.items() if name not in RESERVED}
        for name, value in given.items():
            is_path = name in PATHS and _is_path(value)
            words += ["-p", name, _last_name(value) if is_path else _text(name, value)]
        if "seeds" in self.parameters:  # last: it takes every word that follows
            words += ["--seeds", *map(str, self.parameters["seeds"])]
        return shlex.join(words)


def make_plans(options: argparse.Namespace) -> tuple[list[Plan], dict[str, str]]:
    """One plan per paper, and why a paper has none: slug → what is wrong with its notebook.

    Everything that can be wrong with the arguments is found here.

    Raises:
        UsageError: An unknown parameter or kernel, an impossible value, a path that is none, a reports
            folder in which something could be lost.
    """
    _require_kernel(options.kernel)
    given = {name: _value(name, text) for name, text in options.parameters}
    for name in PATHS.keys() & given.keys():
        given[name] = _absolute(name, given[name])
    if options.seeds:
        given["seeds"] = options.seeds
    data = options.data
    if data not in ("auto", "phantom", "kaggle"):
        data = str(storage.user_path(data))
        if not options.data or not (Path(data).is_dir() or is_zip(Path(data))):
            raise UsageError(
                f"--data should be auto, phantom, kaggle, a folder of images or a zip file; there is none "
                f"at {data}"
            )
    slugs = list(dict.fromkeys(options.slugs or papers.runnable()))
    read = [storage.DATA, *(Path(path) for path in (data, given.get("controls")) if _is_path(path))]
    try:
        check_reports(Path(options.reports), slugs, read)
    except FolderError as error:
        raise UsageError(str(error)) from error
    names = [name for name, _ in options.parameters]
    plans, broken = [], {}
    for slug in slugs:
        try:
            plans.append(_make_plan(papers.load(slug), options, given, names, data))
        except NotebookError as error:
            broken[slug] = str(error)
    return plans, broken


def _make_plan(paper: Paper, options, given: dict, names: Sequence[str], data: str) -> Plan:
    notebook = papers.NOTEBOOKS / f"{paper.slug}.ipynb"
    if not notebook.is_file():
        raise UsageError(
            f"{paper.slug} cannot be run yet: there is no notebook {notebook}. Papers to run: "
            f"{', '.join(papers.runnable())}. `python -m lib arms {paper.slug}` shows its models."
        )
    known = notebook_parameters(notebook)
    for name in names:
        if name in RESERVED:
            raise UsageError(f"-p {name}: use {RESERVED[name]} instead")
        if name not in known:
            free = ", ".join(other for other in known if other not in RESERVED)
            raise UsageError(f"unknown parameter {name} for {paper.slug}; known: {free}")
    # What is no setting of the library is the notebook's own, as `data` and `output` are.
    changes = {
        name: given.get(name, default) for name, default in known.items() if name in SETTINGS
    }
    changes["profile"] = options.profile
    try:
        settings = resolve(paper, **changes)
    except (ValueError, TypeError) as error:
        raise UsageError(str(error)) from error
    return Plan(
        paper=paper,
        notebook=notebook,
        settings=settings,
        data=data,
        parameters={**given, "profile": options.profile, "data": data},
        kernel=options.kernel,
        missing=kaggle.by_hand(paper) if data == "kaggle" else "",
    )


def notebook_parameters(notebook: Path) -> dict[str, Any]:
    """Name → default of the cell tagged `parameters`.

    Raises:
        NotebookError: The file is no notebook, has no such cell, or a line in it is more than a name
            and a plain value.
    """
    try:
        cells = nbformat.read(notebook, as_version=4).cells
    except Exception as error:  # nbformat raises many kinds, json's and jsonschema's among them
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise NotebookError(
            f"{notebook} should be a notebook; it cannot be read ({reason}). `git checkout` brings "
            f"back the one that was committed."
        ) from error
    for number, cell in enumerate(cells, 1):
        if "parameters" in cell.metadata.get("tags", []):
            return _assignments(cell.source, f"{notebook}, cell {number}")
    raise NotebookError(f"{notebook} should have a cell tagged `parameters`; it has none.")


def _assignments(source: str, place: str) -> dict[str, Any]:
    try:
        lines = ast.parse(source).body
    except SyntaxError as error:
        raise NotebookError(_unreadable(place, source, error.lineno or 1)) from error
    values = {}
    for line in lines:
        targets = line.targets if isinstance(line, ast.Assign) else [getattr(line, "target", None)]
        try:
            (target,) = targets
            values[target.id] = ast.literal_eval(line.value)
        except (ValueError, TypeError, AttributeError) as error:
            raise NotebookError(_unreadable(place, source, line.lineno)) from error
    return values


def _unreadable(place: str, source: str, line: int) -> str:
    text = [*source.splitlines(), ""][line - 1].strip()
    return (
        f"{place}, line {line}: a parameter should be a name and a plain value, such as "
        f"`epochs = 3`; received `{text}`. Move everything else into another cell."
    )


def _require_kernel(name: str | None) -> None:
    known = KernelSpecManager().find_kernel_specs()
    if name is not None and name not in known:
        raise UsageError(f"--kernel should be one of {', '.join(sorted(known))}; received {name}")


def _value(name: str, text: str) -> Any:
    """A parameter's value as Python reads it; what is no literal is text, as is a pixel scaling."""
    if text in PIXEL_SCALINGS:
        return text
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
    # papermill writes values into code, and knows how to write these alone.
    if not _is_plain(value):
        raise UsageError(
            f"-p {name} should be a number, a text, True, False, None or a list of these; received "
            f"{text}. Write a list: [1, 2]."
        )
    return value


def _text(name: str, value: Any) -> str:
    """What `_value` reads as this value."""
    with suppress(UsageError):
        if isinstance(value, str) and _value(name, value) == value:
            return value
    return _literal(value)


def _literal(value: Any) -> str:
    """As Python reads it, texts in double quotes: a shell's single quotes can stand around the whole."""
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, bool | int | float | str)


def _absolute(name: str, value: Any) -> Any:
    """A path as the kernel finds it, which works in another folder than the caller."""
    if not _is_path(value):
        return value
    try:
        path = checked_path(name, value)
    except ParameterError as error:
        raise UsageError(str(error).replace(f"`{name}`", f"-p {name}", 1)) from error
    if name == "photo":  # looked at now: the notebook classifies it after everything is trained
        try:
            decode_whole(path)
        except (OSError, ValueError) as error:
            raise UsageError(f"-p photo should be the path of an image; {path}: {error}") from error
    return str(path)


def _last_name(path: str) -> str:
    """Of a file or folder, as a path: what could be taken for a word or an option stands behind "./"."""
    name = Path(path).name
    return name if _is_path(name) and not name.startswith(("-", "~")) else f"./{name}"


def _is_path(value: Any) -> bool:
    return isinstance(value, str) and value not in ("auto", "phantom", "kaggle")
