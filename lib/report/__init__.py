"""What a notebook shows: tables and figures with captions, and the pages made of them."""

from typing import TYPE_CHECKING

from lib import names_when_asked

if TYPE_CHECKING:
    from lib.report.blocks import Block, arm_marks
    from lib.report.sections.answers import gallery_figure, photo_figure
    from lib.report.sections.attention import attention_figure
    from lib.report.sections.audit import example_tables, finding_table
    from lib.report.sections.choices import choice_figure, choice_sentences
    from lib.report.sections.closing import checklist_table, limitation_list, provenance_facts
    from lib.report.sections.code import keras_code
    from lib.report.sections.comparisons import comparison_table, protocol_table
    from lib.report.sections.confusions import confusion_figure
    from lib.report.sections.controls import control_table
    from lib.report.sections.failures import confused_pair_figure, failure_figure
    from lib.report.sections.images import (
        colour_table,
        dataset_table,
        fold_table,
        look_alike_table,
        near_duplicate_figure,
        near_duplicate_table,
        rejection_table,
        sample_figure,
    )
    from lib.report.sections.leaks import leak_table
    from lib.report.sections.model import augmentation_figure, cost_table, layer_table
    from lib.report.sections.paper import (
        assumption_table,
        contradiction_table,
        paper_facts,
        printed_tables,
    )
    from lib.report.sections.probes import probe_table
    from lib.report.sections.ranking import calibration_figure, ranking_figure
    from lib.report.sections.scores import (
        classification_table,
        own_class_table,
        training_test_table,
    )
    from lib.report.sections.seeds import seed_figure, seed_table
    from lib.report.sections.subgroups import subgroup_table
    from lib.report.sections.training import curve_figure, validation_figure
    from lib.report.sections.variants import best_epoch_table, variant_table
    from lib.report.sections.verdicts import epoch_table, verdict_summary, verdict_table
    from lib.report.summary import summary_block

__getattr__, __dir__ = names_when_asked(__name__)
