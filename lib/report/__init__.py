"""What a notebook shows: tables and figures with captions, and the pages made of them."""

from lib.report.figures import accuracy_by_seed, confusion, curves, samples
from lib.report.shown import Shown, note
from lib.report.tables import (
    assumptions,
    brief,
    classification,
    contradictions,
    dataset,
    folds,
    layers,
    printed,
    provenance,
    rejected,
    seeds,
    training_table,
    verdict_summary,
    verdicts,
)

__all__ = [
    "Shown",
    "accuracy_by_seed",
    "assumptions",
    "brief",
    "classification",
    "confusion",
    "contradictions",
    "curves",
    "dataset",
    "folds",
    "layers",
    "note",
    "printed",
    "provenance",
    "rejected",
    "samples",
    "seeds",
    "training_table",
    "verdict_summary",
    "verdicts",
]
