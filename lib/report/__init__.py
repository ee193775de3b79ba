"""What a notebook shows: tables and figures with captions, and the pages made of them."""

from lib.report.arm_tables import best_epochs, costs, training_against_test, variants
from lib.report.audit_tables import audit
from lib.report.checklist_tables import checklist, limitations
from lib.report.choice_figures import choices
from lib.report.comparison_tables import comparisons, protocols
from lib.report.control_tables import controls
from lib.report.data_tables import colours, dataset, folds, near_duplicates, rejected
from lib.report.example_tables import examples
from lib.report.failure_figures import confused, failures
from lib.report.figures import confusion, curves, samples, twins
from lib.report.model_figures import augmentation, gallery, photo, validation_curves
from lib.report.paper_tables import assumptions, brief, contradictions, printed
from lib.report.probability_figures import calibration, ranking
from lib.report.probe_tables import leaks, probes
from lib.report.run_tables import classification, layers, provenance, seeds
from lib.report.seed_figures import accuracy_by_seed
from lib.report.shown import Shown, marks, note
from lib.report.subgroup_tables import subgroups
from lib.report.verdict_tables import epoch_table, verdict_summary, verdicts

__all__ = [
    "Shown",
    "accuracy_by_seed",
    "assumptions",
    "audit",
    "augmentation",
    "best_epochs",
    "brief",
    "calibration",
    "checklist",
    "choices",
    "classification",
    "colours",
    "comparisons",
    "confused",
    "confusion",
    "contradictions",
    "controls",
    "costs",
    "curves",
    "dataset",
    "epoch_table",
    "examples",
    "failures",
    "folds",
    "gallery",
    "layers",
    "leaks",
    "limitations",
    "marks",
    "near_duplicates",
    "note",
    "photo",
    "printed",
    "probes",
    "protocols",
    "provenance",
    "ranking",
    "rejected",
    "samples",
    "seeds",
    "subgroups",
    "training_against_test",
    "twins",
    "validation_curves",
    "variants",
    "verdict_summary",
    "verdicts",
]
