"""What a notebook shows: tables and figures with captions, and the pages made of them."""

from lib.report.blocks import Shown, marks, note
from lib.report.sections.answers import gallery, photo
from lib.report.sections.audit import audit, examples
from lib.report.sections.choices import choices
from lib.report.sections.closing import checklist, limitations, provenance
from lib.report.sections.comparisons import comparisons, protocols
from lib.report.sections.controls import controls
from lib.report.sections.failures import confused, failures
from lib.report.sections.images import (
    colours,
    dataset,
    folds,
    near_duplicates,
    rejected,
    samples,
    twins,
)
from lib.report.sections.model import augmentation, costs, layers
from lib.report.sections.paper import assumptions, brief, contradictions, printed
from lib.report.sections.probes import leaks, probes
from lib.report.sections.ranking import calibration, ranking
from lib.report.sections.scores import classification, confusion, training_against_test
from lib.report.sections.seeds import accuracy_by_seed, seeds
from lib.report.sections.subgroups import subgroups
from lib.report.sections.training import curves, validation_curves
from lib.report.sections.variants import best_epochs, variants
from lib.report.sections.verdicts import epoch_table, verdict_summary, verdicts
