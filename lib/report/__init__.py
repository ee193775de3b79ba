"""What a notebook shows: tables and figures with captions, and the pages made of them."""

from lib.report.arm_tables import best_epochs, costs, protocols, training_against_test, variants
from lib.report.audit_tables import audit
from lib.report.data_tables import colours, dataset, folds, near_duplicates, rejected
from lib.report.example_tables import examples
from lib.report.figures import confusion, curves, samples, twins
from lib.report.model_figures import augmentation, gallery, photo, validation_curves
from lib.report.paper_tables import assumptions, brief, contradictions, printed
from lib.report.run_tables import (
    classification,
    layers,
    provenance,
    seeds,
)
from lib.report.seed_figures import accuracy_by_seed
from lib.report.shown import Shown, marks, note
from lib.report.verdict_tables import epoch_table, verdict_summary, verdicts

__all__ = [
    "Shown",
    "accuracy_by_seed",
    "assumptions",
    "audit",
    "augmentation",
    "best_epochs",
    "brief",
    "classification",
    "colours",
    "confusion",
    "contradictions",
    "costs",
    "curves",
    "dataset",
    "epoch_table",
    "examples",
    "folds",
    "gallery",
    "layers",
    "marks",
    "near_duplicates",
    "note",
    "photo",
    "printed",
    "protocols",
    "provenance",
    "rejected",
    "samples",
    "seeds",
    "training_against_test",
    "twins",
    "validation_curves",
    "variants",
    "verdict_summary",
    "verdicts",
]
