"""What a run cannot support: one short text per topic, each made of the run's own facts, the gravest first."""

from lib.papers.declare import Paper
from lib.report.facts import Run
from lib.report.limits import choices, evidence, groups, learning, precision, setup
from lib.results import Results

# What keeps a score from being held against the paper at all, then what may have made it, then how
# few cases it rests on, then how far it might be moved.
TOPICS = (
    (setup.image_kind, setup.stand_ins, setup.other_weights),
    (setup.changed_settings, setup.open_claims),
    (learning.failed_learning, learning.unsettled_training),
    (
        groups.shared_groups,
        groups.near_duplicates,
        groups.protocol_gap,
        groups.no_grouped_protocol,
    ),
    (groups.unknown_groups, groups.ungrouped_images, groups.found_pairs),
    (evidence.failed_controls, evidence.no_controls),
    (evidence.unbeaten_probes,),
    (
        groups.fewer_groups_than_images,
        groups.classes_of_few_groups,
        precision.few_test_images,
        precision.wide_intervals,
    ),
    (
        choices.open_choices,
        precision.few_seeds,
        choices.untried_choices,
        setup.borrowed_arms,
    ),
    (
        choices.assumptions,
        choices.contradictions,
        choices.variants,
        choices.untrained_arms,
        choices.untrained_variants,
        choices.validation_numbers,
    ),
    (precision.training_accuracy, evidence.weak_subgroups, evidence.miscalibration),
    (setup.one_machine,),
)
"""Kindred limits together, so that a report has at most twelve."""

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
    """A text for each topic of which this run's facts call for one, of a sentence or a few.

    Args:
        paper: The declaration the run was made from.
        results: The record of the run.
    """
    run = Run(paper=paper, results=results)
    texts = (" ".join(sentence for limit in topic for sentence in limit(run)) for topic in TOPICS)
    return [text for text in texts if text]


def gravest_limitation(paper: Paper, results: Results) -> str:
    """The first sentence that the summary does not say already; "" where there is none."""
    run = Run(paper=paper, results=results)
    limits = (limit for topic in TOPICS for limit in topic if limit not in SAID_BY_SUMMARY)
    return next((sentence for limit in limits for sentence in limit(run)), "")
