"""Whether a run must be made: what is there of it, and whether anything that it depends on has changed."""

import shlex
from itertools import pairwise
from pathlib import Path

from lib import machine, phantoms, results
from lib.datasets import control_folders, locate, scan, scan_control
from lib.results import Results
from lib.runs import key
from lib.runs.folders import changed_files
from lib.runs.keep import missing_models
from lib.runs.plan import Plan
from lib.words import listed


def parts_of(plan: Plan) -> dict[str, str]:
    """The parts of the run key, the images' included: drawn images are drawn if need be.

    Raises:
        DataError: The images cannot be read.
    """
    return {**_parts(plan, ""), "data": _data(plan)}


def change_since(plan: Plan, finished: Results) -> str:
    """Why a finished run would come out otherwise, in words; "" if it would not.

    Its images are read only if all else is the same, and not if the library draws them: the same code
    and packages draw the same pictures.

    Raises:
        DataError: The images cannot be read.
    """
    before = finished.provenance.key_parts
    now = _parts(plan, before.get("data", ""))
    if now == before and not (_are_drawn(plan) and _were_drawn(finished)):
        now["data"] = _data(plan)
    return key.explain_change(before, now)


def lack_of_models(plan: Plan, target: Path, finished: Results) -> str:
    """Which kept model that the plan asks for the finished run in `target` lacks, in words; "" for none."""
    return missing_models(target, finished, plan.settings.keep_models)


def _are_drawn(plan: Plan) -> bool:
    return plan.own.get("controls", "auto") == "auto" and locate(plan.paper, plan.data) is None


def _were_drawn(finished: Results) -> bool:
    """Drawings that a user gave as a folder may be others: the command names that folder."""
    words = shlex.split(finished.provenance.command)
    return ("--data", "phantom") in pairwise(words)


def require_images(plan: Plan) -> None:
    """Looks at the images, unless they are drawn: these can always be had.

    Raises:
        DataError: They cannot be read.
    """
    if folder := locate(plan.paper, plan.data):
        scan(plan.paper, folder)


def finished_run(target: Path) -> Results | None:
    """The record of a whole run; None where there is none that can be trusted."""
    if changed_files(target):
        return None
    try:
        return results.load(target)
    except ValueError:  # written by an older schema: run again
        return None


def fault_of(target: Path) -> str:
    """Why the earlier run in `target` cannot be trusted; "" where it can, or there is none."""
    if not target.is_dir() or not any(target.iterdir()):
        return ""
    if changed := changed_files(target):
        return f"{listed(changed)} of its folder was changed since the run, or is missing"
    return "" if finished_run(target) else "its results.json was written by another version"


def _parts(plan: Plan, data: str) -> dict[str, str]:
    return key.key_parts(
        plan.notebook,
        plan.settings,
        slug=plan.paper.slug,
        data=data,
        weights=key.weights_of_run(plan.paper, plan.settings),
        device=machine.gpu_name() or "cpu",
        kernel=plan.kernel or "",
        own=plan.own,
    )


def _data(plan: Plan) -> str:
    """Hashes of the images and of every control set, joined by spaces."""
    paper = plan.paper
    folder = locate(paper, plan.data) or phantoms.folder(paper, plan.settings.phantoms_per_class)
    images = scan(paper, folder)
    where = plan.own.get("controls", "auto")
    drawn = images.kind == "phantom" and where == "auto"
    folders = phantoms.control_folders(paper) if drawn else control_folders(paper, where)
    controls = [scan_control(paper, name, place).sha256 for name, place in folders.items()]
    return " ".join([images.sha256, *controls])
