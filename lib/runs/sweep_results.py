"""The page of a sweep, made anew of all that lies in its folder: index.html, results.csv, results.json."""

from pathlib import Path

import pandas as pd

from lib import papers
from lib.evidence.sweeps import SweepFailure, SweptRun, sweep_record
from lib.papers.declare import Paper
from lib.report.sweep import sweep_csv, sweep_page
from lib.results import ANSWER
from lib.runs.check import fault_of, finished_run
from lib.runs.folders import FAILED, REASON
from lib.runs.points import Point
from lib.runs.sweep import alone_in, asked_for
from lib.storage import write_text


def publish_sweep(folder: Path) -> None:
    """Writes index.html, results.csv and results.json of all runs in the sweep's folder."""
    with alone_in(folder):
        asked = asked_for(folder)
        runs: list[SweptRun] = []
        failures: list[SweepFailure] = []
        for slug in sorted(asked.points):
            paper = papers.load(slug)
            for name, point in asked.points[slug].items():
                is_asked = name in asked.last.get(slug, ())
                shown = _shown(folder, paper, name, point, is_asked)
                if isinstance(shown, SweptRun):
                    runs.append(shown)
                elif shown:
                    failures.append(shown)
        home = "../../index.html" if (folder.parent.parent / "index.html").is_file() else ""
        sweep = sweep_record(folder.name, asked.parameters, runs, failures)
        write_text(folder / "results.json", sweep.model_dump_json(indent=1) + "\n")
        write_text(folder / "results.csv", sweep_csv(sweep))
        write_text(folder / "index.html", sweep_page(sweep, home))


def _shown(
    folder: Path, paper: Paper, name: str, point: Point, is_asked: bool
) -> SweptRun | SweepFailure | None:
    """A whole run, or why there is none; None where an earlier call asked for it and it is gone."""
    target, failed = folder / paper.slug / name, folder / FAILED / paper.slug / name
    finished = finished_run(target)
    links = {}
    if (failed / REASON).is_file():
        reason = (failed / REASON).read_text(encoding="utf-8", errors="replace").strip()
        if (failed / "notebook.ipynb").is_file():
            links["notebook of the failed run"] = _address(failed / "notebook.ipynb", folder)
        if finished:
            links["report of an earlier run"] = _address(target / "report.html", folder)
    elif finished:
        return SweptRun(
            paper=paper.name,
            task=paper.task,
            point=point,
            results=finished,
            answers=_answers(target),
            report=_address(target / "report.html", folder),
            asked=is_asked,
        )
    elif fault := fault_of(target):
        reason = f"It must be run again: {fault}."
    elif is_asked:
        reason = "It has not been run yet."
    else:
        return None
    return SweepFailure(
        slug=paper.slug,
        paper=paper.name,
        point=point,
        asked=is_asked,
        reason=reason,
        links=links,
    )


def _answers(target: Path) -> pd.DataFrame:
    """To test images; texts as texts: groups 01 and 1 are two groups."""
    texts = dict.fromkeys(set(ANSWER) - {"seed", "fold"}, str)
    rows = pd.read_csv(
        target / "predictions.csv", usecols=[*ANSWER, "part"], dtype=texts, keep_default_na=False
    )
    return rows.loc[rows["part"] == "test", list(ANSWER)]


def _address(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()
