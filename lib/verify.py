"""Checks a run folder against itself: can every number be recomputed from the files beside it?"""

import hashlib
from pathlib import Path

import pandas as pd

from lib import evaluation, runs, verdicts
from lib.papers import load
from lib.report.page import embedded_results
from lib.results import Results
from lib.settings import Settings

TEXT = dict.fromkeys(("arm", "protocol", "path", "group", "true", "predicted"), str)


def faults(folder: Path) -> list[str]:
    """What is wrong with the run in `folder`, in words; empty if nothing is.

    Recomputes every score, confusion matrix and verdict of results.json from predictions.csv,
    history.csv and the paper's declaration, and holds report.html's own copy against the file.

    Raises:
        FileNotFoundError: A file of the run is missing.
        ValueError: results.json does not follow its schema.
    """
    results = runs.load(folder)
    html = (folder / "report.html").read_text(encoding="utf-8")
    # As text: groups 01 and 1 are two groups, and a class may be called 0.
    predictions = pd.read_csv(folder / "predictions.csv", keep_default_na=False, dtype=TEXT)
    history = pd.read_csv(folder / "history.csv")
    found = [
        f"{name} is not the file the run wrote (its SHA-256 differs)"
        for name, digest in results.files.items()
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest
    ]
    if embedded_results(html) != results:
        found.append("report.html holds other results than results.json")
    return found + _recomputed(results, predictions, history)


def _recomputed(results: Results, predictions: pd.DataFrame, history: pd.DataFrame) -> list[str]:
    scores = evaluation.of_run(
        predictions, history, results.models, results.classes, results.data.group_noun
    )
    claims = verdicts.judge(
        load(results.slug),
        scores,
        kind=results.data.kind,
        models=results.models,
        settings=_settings(results),
    )
    expected = {
        "scores": scores,
        "confusions": evaluation.confusions(predictions, results.classes),
        "claims": claims,
    }
    return [
        f"{name}: {_first_difference(getattr(results, name), again)}"
        for name, again in expected.items()
        if getattr(results, name) != again
    ]


def _settings(results: Results) -> Settings:
    values = results.settings
    return Settings(
        **{**values, "seeds": tuple(values["seeds"]), "changed": tuple(values["changed"])}
    )


def _first_difference(stored: list, again: list) -> str:
    if len(stored) != len(again):
        return f"{len(stored)} stand in results.json, {len(again)} follow from the files"
    one, other = next(pair for pair in zip(stored, again, strict=True) if pair[0] != pair[1])
    return f"results.json says {one}; the files give {other}"
