"""What a run cannot support: plain sentences, each made of the run's own facts, the gravest first."""

from lib.papers.declare import Paper
from lib.report.facts import Run
from lib.report.limits import choices, evidence, groups, learning, precision, setup
from lib.results import Results

# What keeps a score from being held against the paper at all, then what may have made it, then how
# few cases it rests on, then how far it might be moved.
LIMITS = (
    setup.image_kind,
    setup.stand_ins,
    setup.other_weights,
    setup.changed_settings,
    setup.open_claims,
    learning.failed_learning,
    learning.unsettled_training,
    groups.shared_groups,
    groups.near_duplicates,
    groups.protocol_gap,
    groups.no_grouped_protocol,
    groups.unknown_groups,
    groups.ungrouped_images,
    evidence.failed_controls,
    evidence.unbeaten_probes,
    groups.classes_of_few_groups,
    groups.fewer_groups_than_images,
    groups.pairs_between_classes,
    groups.pairs_between_groups,
    choices.untried_choices,
    choices.open_choices,
    precision.few_test_images,
    precision.wide_intervals,
    precision.few_seeds,
    choices.variants,
    choices.assumptions,
    choices.contradictions,
    choices.untrained_variants,
    choices.validation_numbers,
    precision.training_accuracy,
    evidence.weak_subgroups,
    evidence.miscalibration,
    evidence.no_controls,
    setup.one_machine,
)


# What the summary of a report says already: in its status, its alarms, and of what came out and how.
SAID_BY_SUMMARY = (
    setup.image_kind,
    setup.other_weights,
    setup.open_claims,
    learning.failed_learning,
    learning.unsettled_training,
    groups.protocol_gap,
    evidence.unbeaten_probes,
)


def limitations(paper: Paper, results: Results) -> list[str]:
    """One sentence for each thing this run cannot support; only those that its facts call for.

    Args:
        paper: The declaration the run was made from.
        results: The record of the run.
    """
    run = Run(paper=paper, results=results)
    return [sentence for limit in LIMITS for sentence in limit(run)]


def gravest_limitation(paper: Paper, results: Results) -> str:
    """The first of `limitations` that the summary does not say already; "" where there is none."""
    run = Run(paper=paper, results=results)
    others = (limit for limit in LIMITS if limit not in SAID_BY_SUMMARY)
    return next((sentence for limit in others for sentence in limit(run)), "")
