"""A sweep: the same runs with other values of a few parameters, each in a folder of its own.

reports/sweeps/<name>/<slug>/<point>/ is a run folder like any other. Beside them lies sweep.json, which
says what the folders' names stand for and what the last call asked for; what finished earlier stays.
"""

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from lib.runs.arguments import Sweep
from lib.runs.folders import FAILED, check_replaceable
from lib.runs.plan import Plan, varied
from lib.runs.points import Point, point_name, point_text, sweep_name, sweep_points
from lib.storage import only_process, write_text

SWEEPS = "sweeps"  # folder under reports/
ASKED = "sweep.json"  # in a sweep's folder: `Asked`
WAIT_S = 60  # seconds, for another batch that is at work on the same page


def sweep_plans(plans: Sequence[Plan], sweep: Sweep) -> list[tuple[Plan, Point]]:
    """Each plan with every combination of the values.

    The papers take turns: runs of one paper share decoded images and features, and of two that begin
    at once each computes them.
    """
    of_papers = (
        [(varied(plan, point), point) for point in sweep_points(plan.paper.slug, sweep)]
        for plan in plans
    )
    turns = zip_longest(*of_papers)
    return [planned for turn in turns for planned in turn if planned is not None]


def task_name(slug: str, point: Point) -> str:
    """What a run of the sweep is called while it runs: "sulistiana_cat_breeds epochs=2"."""
    return f"{slug} {point_text(point)}"


def sweep_folder(reports: Path, sweep: Sweep) -> Path:
    """Where all runs of the sweep lie."""
    return reports / SWEEPS / sweep_name(sweep)


def run_folder(folder: Path, slug: str, point: Point) -> Path:
    """Where one run of the sweep in `folder` is published."""
    return folder / slug / point_name(point)


def failed_folder(folder: Path, slug: str, point: Point) -> Path:
    """Where one run of the sweep in `folder` leaves its failure."""
    return folder / FAILED / slug / point_name(point)


def check_sweep(folder: Path, planned: Sequence[tuple[Plan, Point]]) -> None:
    """Whether the runs can be published in the sweep's folder without anything else being lost.

    Raises:
        FolderError: Something lies in a run's place that no run has written.
    """
    for plan, point in planned:
        check_replaceable(run_folder(folder, plan.paper.slug, point))
        check_replaceable(failed_folder(folder, plan.paper.slug, point))


def sweep_links(reports: Path) -> dict[str, str]:
    """Name → address of the page of every sweep, relative to `reports`."""
    pages = sorted((reports / SWEEPS).glob("*/index.html"))
    return {page.parent.name: page.relative_to(reports).as_posix() for page in pages}


# What was asked for


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What sweep.json holds.

    Attributes:
        parameters: In the order of the last command line.
        points: Slug → name of a run's folder → its values, of all calls; in the order of the last one.
        last: Slug → the names that the last call with that paper asked for.
    """

    parameters: list[str]
    points: dict[str, dict[str, Point]]
    last: dict[str, list[str]]


def begin_sweep(folder: Path, planned: Sequence[tuple[Plan, Point]]) -> None:
    """Notes what is asked for, before the first run: the page tells it from what earlier calls left."""
    new: dict[str, dict[str, Point]] = {}
    for plan, point in planned:
        new.setdefault(plan.paper.slug, {})[point_name(point)] = point
    folder.mkdir(parents=True, exist_ok=True)
    with alone_in(folder):
        old = asked_for(folder)
        points = {slug: of_paper | old.points.get(slug, {}) for slug, of_paper in new.items()}
        asked = {
            "parameters": list(planned[0][1]) if planned else old.parameters,
            "points": old.points | points,
            "last": old.last | {slug: list(of_paper) for slug, of_paper in new.items()},
        }
        write_text(folder / ASKED, json.dumps(asked, indent=1, ensure_ascii=False) + "\n")


def asked_for(folder: Path) -> Asked:
    """Empty where there is none, or where somebody damaged it."""
    try:
        return Asked(**json.loads((folder / ASKED).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return Asked(parameters=[], points={}, last={})


def alone_in(folder: Path) -> AbstractContextManager[None]:
    """While it is entered no other batch notes or publishes in the same sweep.

    Raises:
        InUseError: One did for longer than a minute.
    """
    return only_process(folder / ".publish.lock", wait_s=WAIT_S)
