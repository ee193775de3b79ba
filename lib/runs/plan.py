"""From the command line to the runs to be made; everything that can be wrong with it is found here.

Nothing is loaded that reads images or notebooks' outputs: who mistypes a name learns it within a second.
"""

import argparse
import ast
import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeGuard

from lib import papers, storage
from lib.papers.declare import Paper
from lib.runs.arguments import Sweep, UsageError, read_parameters, read_value, value_text
from lib.runs.folders import FolderError, check_reports
from lib.runs.parameters import (
    OF_THE_AUTHOR,
    PATHS,
    ParameterError,
    check_values,
    checked_path,
    unknown_parameter,
)
from lib.settings import SETTINGS, Settings

# Parameters that have an option of their own, or that the batch itself decides.
RESERVED = {"profile": "--profile", "data": "--data", "seeds": "--seeds", "output": "--reports"}
PLACES = ("auto", "phantom", "kaggle")  # what --data may be beside a path


class NotebookError(ValueError):
    """A notebook's parameters cannot be read: which notebook, cell and line, and what stands there."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One run to be made: a paper, its notebook, what it is run with.

    Attributes:
        defaults: The notebook's parameters, as they stand in it.
        parameters: Those that are given another value.
        missing: Which images must be brought by hand first, and from where; "" for none. What Kaggle
            has is downloaded all the same.
    """

    paper: Paper
    notebook: Path
    settings: Settings
    data: str
    defaults: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    kernel: str | None = None
    missing: str = ""

    @property
    def trains_backbones(self) -> bool:
        """Whether every epoch passes through a whole network, of which nothing can be computed once."""
        trained = papers.find_arms(self.paper, self.settings.trained)
        return any(arm.trainable.value for arm in trained)

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
        words += ["--data", data if data in PLACES else _last_name(data)]
        given = {name: value for name, value in self.parameters.items() if name not in RESERVED}
        for name, value in given.items():
            is_path = name in PATHS and _is_path(value)
            words += ["-p", name, _last_name(value) if is_path else value_text(value)]
        if "seeds" in self.parameters:  # last: it takes every word that follows
            words += ["--seeds", *map(str, self.settings.seeds)]
        return shlex.join(words)


def make_plans(options: argparse.Namespace, sweep: Sweep = ()) -> tuple[list[Plan], dict[str, str]]:
    """One plan per paper, and why a paper has none: slug → what is wrong with its notebook.

    Everything that can be wrong with the arguments is found here, each point of the sweep included.

    Args:
        sweep: What `lib.runs.points` makes several runs of each plan with.

    Raises:
        UsageError: An unknown parameter or kernel, an impossible value, a path that is none, a reports
            folder in which something could be lost.
    """
    given = _given(options)
    _require_apart(given, sweep)
    if options.kernel:
        from lib.runs.named_kernel import require_kernel  # it starts the kernel's Python

        require_kernel(options.kernel)
    data = _data(options.data)
    slugs = list(dict.fromkeys(options.slugs or papers.runnable()))
    paths = [path for path in (data, given.get("controls")) if _is_path(path)]
    read = [storage.DATA, *map(storage.user_path, paths)]
    try:
        check_reports(Path(options.reports), [] if sweep else slugs, read)
    except FolderError as error:
        raise UsageError(str(error)) from error
    plans, broken = [], {}
    for slug in slugs:
        try:
            plan = _make_plan(papers.load(slug), options, given, data)
        except NotebookError as error:
            broken[slug] = str(error)
        else:
            plans.append(plan)
            _require_points(plan, sweep)
    return plans, broken


def varied(plan: Plan, values: Mapping[str, Any]) -> Plan:
    """The same run with these parameters changed.

    Raises:
        UsageError: The notebook has no such parameter, or it cannot be that value.
    """
    for name in values:
        _require_known(plan.paper.slug, name, plan.defaults)
    parameters = {**plan.parameters, **_absolute(values)}
    return replace(
        plan, parameters=parameters, settings=_settings(plan.paper, plan.defaults, parameters)
    )


def _given(options: argparse.Namespace) -> dict[str, Any]:
    """The parameters of the file and of the command line, which wins."""
    given = read_parameters(options.parameters_file) if options.parameters_file else {}
    given |= {name: read_value(f"-p {name}", text) for name, text in options.parameters}
    for name in given:
        if name in RESERVED:
            raise UsageError(f"-p {name}: use {RESERVED[name]} instead")
    if options.seeds:
        by_author = options.seeds[0] == OF_THE_AUTHOR
        given["seeds"] = " ".join(map(str, options.seeds)) if by_author else options.seeds
    return given


def _require_apart(given: Mapping[str, Any], sweep: Sweep) -> None:
    for name, _ in sweep:
        if name in RESERVED:
            raise UsageError(f"--sweep {name}: use {RESERVED[name]} instead; it holds for all runs")
        if name in given:
            raise UsageError(
                f"{name} should be given once; it has a value of its own and is swept. Leave one out."
            )


def _data(where: str) -> str:
    """What --data says, a path as the kernel finds it."""
    if where in PLACES:
        return where
    path = storage.user_path(where)
    if where and (path.is_dir() or (path.suffix.lower() == ".zip" and path.is_file())):
        return str(path)
    raise UsageError(
        f"--data should be auto, phantom, kaggle, a folder of images or a zip file; there is none "
        f"at {path}"
    )


def _absolute(given: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters with paths as the kernel finds them, which works in another folder than the caller."""
    try:
        paths = {
            name: str(checked_path(name, given[name]))
            for name in PATHS
            if _is_path(given.get(name))
        }
    except ParameterError as error:
        raise UsageError(str(error)) from error
    return {**given, **paths}


def _make_plan(
    paper: Paper, options: argparse.Namespace, given: Mapping[str, Any], data: str
) -> Plan:
    notebook = papers.NOTEBOOKS / f"{paper.slug}.ipynb"
    if not notebook.is_file():
        raise UsageError(
            f"{paper.slug} cannot be run yet: there is no notebook {notebook}. Papers to run: "
            f"{', '.join(papers.runnable())}. `python -m lib arms {paper.slug}` shows its models."
        )
    defaults = notebook_parameters(notebook)
    for name in given:
        if name not in RESERVED:
            _require_known(paper.slug, name, defaults)
    parameters = {**_absolute(given), "profile": options.profile, "data": data}
    return Plan(
        paper=paper,
        notebook=notebook,
        settings=_settings(paper, defaults, parameters),
        data=data,
        defaults=defaults,
        parameters=parameters,
        kernel=options.kernel,
        missing=_missing(paper) if data == "kaggle" else "",
    )


def _require_known(slug: str, name: str, defaults: Mapping[str, Any]) -> None:
    if name not in defaults:
        free = [known for known in defaults if known not in RESERVED]
        raise UsageError(f"{slug}: {unknown_parameter(name, free)}")


def _settings(paper: Paper, defaults: Mapping[str, Any], parameters: Mapping[str, Any]) -> Settings:
    try:
        return check_values(paper, {**defaults, **parameters})
    except ParameterError as error:
        raise UsageError(f"{paper.slug}: {error}") from error


def _missing(paper: Paper) -> str:
    from lib.datasets.downloads import kaggle  # brings along what reads images

    return kaggle.by_hand(paper)


def _require_points(plan: Plan, sweep: Sweep) -> None:
    if sweep:
        from lib.runs.points import sweep_points

        for point in sweep_points(plan.paper.slug, sweep):
            varied(plan, point)


def notebook_parameters(notebook: Path) -> dict[str, Any]:
    """Name → default of the cell tagged `parameters`.

    Raises:
        NotebookError: The file is no notebook, has no such cell, or a line in it is more than a name
            and a plain value.
    """
    try:
        # Not by nbformat, which takes seconds to load.
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        tags = [cell["metadata"].get("tags", []) for cell in cells]
        sources = ["".join(cell["source"]) for cell in cells]
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise NotebookError(
            f"{notebook} should be a notebook; it cannot be read ({reason}). `git checkout` brings "
            f"back the one that was committed."
        ) from error
    for number, (of_cell, source) in enumerate(zip(tags, sources, strict=True), 1):
        if "parameters" in of_cell:
            return _assignments(source, f"{notebook}, cell {number}")
    raise NotebookError(f"{notebook} should have a cell tagged `parameters`; it has none.")


def _assignments(source: str, place: str) -> dict[str, Any]:
    try:
        lines: list[Any] = ast.parse(source).body  # what is no assignment lacks what one has
    except SyntaxError as error:
        raise NotebookError(_unreadable(place, source, error.lineno or 1)) from error
    values = {}
    for line in lines:
        targets = getattr(line, "targets", None) or [getattr(line, "target", None)]
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


def _last_name(path: str) -> str:
    """Of a file or folder, as a path: what could be taken for a word or an option stands behind "./"."""
    name = Path(path).name
    return name if name not in PLACES and not name.startswith(("-", "~")) else f"./{name}"


def _is_path(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and value not in PLACES
