"""What a notebook shows: tables and figures with captions, and the pages made of them."""

from lib.report.arm_tables import best_epochs, costs, variants
from lib.report.data_tables import dataset, folds, near_duplicates, rejected
from lib.report.figures import accuracy_by_seed, confusion, curves, samples, twins
from lib.report.paper_tables import assumptions, brief, contradictions, printed
from lib.report.run_tables import (
    classification,
    layers,
    provenance,
    seeds,
)
from lib.report.shown import Shown, note
from lib.report.verdict_tables import training_table, verdict_summary, verdicts

__all__ = [
    "Shown",
    "accuracy_by_seed",
    "assumptions",
    "best_epochs",
    "brief",
    "classification",
    "confusion",
    "contradictions",
    "costs",
    "curves",
    "dataset",
    "folds",
    "layers",
    "near_duplicates",
    "note",
    "printed",
    "provenance",
    "rejected",
    "samples",
    "seeds",
    "training_table",
    "twins",
    "variants",
    "verdict_summary",
    "verdicts",
]
