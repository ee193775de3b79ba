"""From the command line to the runs to be made; everything that can be wrong with it is found here."""

import argparse
import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpecManager

from lib import papers
from lib.papers.declare import PIXEL_SCALINGS, Paper
from lib.settings import SETTINGS, Settings, resolve

# Parameters that have an option of their own, or that the batch itself decides.
RESERVED = {"profile": "--profile", "data": "--data", "seeds": "--seeds", "output": "--reports"}


class UsageError(ValueError):
    """The command line cannot be carried out: what was expected, what came, what is known."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One run to be made: a paper, its notebook, what it is run with."""

    paper: Paper
    notebook: Path
    settings: Settings
    data: str
    parameters: dict[str, Any] = field(default_factory=dict)
    kernel: str | None = None

    @property
    def own(self) -> dict[str, Any]:
        """The given parameters that only this notebook knows."""
        common = {*SETTINGS, *RESERVED}
        return {name: value for name, value in self.parameters.items() if name not in common}


def plan(options: argparse.Namespace) -> list[Plan]:
    """One plan a paper; everything that can be wrong with the arguments is found here.

    Raises:
        UsageError: An unknown parameter or kernel, an impossible value, a data path that is none.
    """
    _require_kernel(options.kernel)
    given = {name: _value(text) for name, text in options.parameters}
    if given.get("controls", "auto") != "auto":  # the kernel works elsewhere
        given["controls"] = str(Path(str(given["controls"])).expanduser().resolve())
    if options.seeds:
        given["seeds"] = options.seeds
    data = options.data
    if data not in ("auto", "phantom", "kaggle"):
        data = str(Path(data).expanduser().resolve())
        if not options.data or not Path(data).is_dir():
            raise UsageError(
                f"--data should be auto, phantom, kaggle or a folder of images; no folder at {data}"
            )
    slugs = dict.fromkeys(options.slugs or papers.runnable())
    names = [name for name, _ in options.parameters]
    return [_plan_one(papers.load(slug), options, given, names, data) for slug in slugs]


def _plan_one(paper: Paper, options, given: dict, names: Sequence[str], data: str) -> Plan:
    notebook = papers.NOTEBOOKS / f"{paper.slug}.ipynb"
    if not notebook.is_file():
        raise UsageError(
            f"{paper.slug} cannot be run yet: there is no notebook {notebook}. Papers to run: "
            f"{', '.join(papers.runnable())}. `python -m lib arms {paper.slug}` shows its models."
        )
    known = _known_parameters(notebook)
    for name in names:
        if name in RESERVED:
            raise UsageError(f"-p {name}: use {RESERVED[name]} instead")
        if name not in known:
            open_ones = ", ".join(one for one in known if one not in RESERVED)
            raise UsageError(f"unknown parameter {name} for {paper.slug}; known: {open_ones}")
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
    )


def _require_kernel(name: str | None) -> None:
    known = KernelSpecManager().find_kernel_specs()
    if name is not None and name not in known:
        raise UsageError(f"--kernel should be one of {', '.join(sorted(known))}; received {name}")


def _value(text: str) -> Any:
    """A parameter's value as Python reads it; what is no literal is text, as is a pixel scaling."""
    if text in PIXEL_SCALINGS:
        return text
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _known_parameters(notebook: Path) -> dict[str, Any]:
    """Name → default of the cell tagged `parameters`."""
    for cell in nbformat.read(notebook, as_version=4).cells:
        if "parameters" in cell.metadata.get("tags", []):
            lines = ast.parse(cell.source).body
            return {line.targets[0].id: ast.literal_eval(line.value) for line in lines}
    raise UsageError(f"{notebook} should have a cell tagged `parameters`; it has none")
