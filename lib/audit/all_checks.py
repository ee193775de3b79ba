"""Every check of a declaration's numbers, each asked of the kinds of numbers that it holds for."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from lib.audit.checks.accuracy import check_accuracies
from lib.audit.checks.architecture import check_architecture
from lib.audit.checks.arm_differences import check_arm_differences
from lib.audit.checks.baselines import check_baselines
from lib.audit.checks.class_draw import check_class_draw
from lib.audit.checks.classification import check_reports
from lib.audit.checks.contradictions import check_contradictions
from lib.audit.checks.implied_accuracy import check_implied_accuracies
from lib.audit.checks.losses import check_losses
from lib.audit.checks.matrix import check_matrices
from lib.audit.checks.means import check_means
from lib.audit.checks.open_reports import check_open_reports
from lib.audit.checks.protocol import check_protocol
from lib.audit.checks.ranges import check_ranges
from lib.audit.checks.repeated_numbers import check_repeated_numbers
from lib.audit.checks.rows import check_rows
from lib.audit.checks.sample_size import check_sample_sizes
from lib.audit.checks.sizes import check_sizes
from lib.audit.checks.top_k import check_top_k
from lib.audit.checks.two_classes import check_two_classes
from lib.audit.checks.worked_examples import check_worked_examples
from lib.audit.claims import single_evaluations
from lib.audit.findings import Finding
from lib.audit.solved_reports import SolvedReport
from lib.papers.declare import Paper, out_of_range


def findings_of(paper: Paper, solved_reports: Sequence[SolvedReport]) -> Iterator[Finding]:
    """The findings of every check, in the order of the checks.

    A number outside of the range of its metric is a finding of its own and enters no other check; most
    checks are of numbers from one evaluation, and see no others.

    Args:
        solved_reports: Those of `single_evaluations(paper)`.

    Raises:
        ValueError: A metric that `Claim` does not have.
    """
    yield from check_ranges(paper)
    single = single_evaluations(paper)
    within = tuple(claim for claim in paper.claims if not out_of_range(claim))
    paper = replace(paper, claims=within)
    yield from check_means(paper)
    yield from check_open_reports(paper)
    yield from check_rows(paper)
    yield from check_top_k(paper)
    yield from check_two_classes(single)
    yield from check_accuracies(single)
    yield from check_sample_sizes(single)
    yield from check_reports(single, solved_reports)
    yield from check_matrices(single)
    yield from check_sizes(single)
    yield from check_class_draw(single)
    yield from check_architecture(single)
    yield from check_worked_examples(single)
    yield from check_repeated_numbers(single)
    yield from check_losses(single)
    yield from check_implied_accuracies(single, solved_reports)
    yield from check_protocol(single)
    yield from check_contradictions(single)
    yield from check_baselines(single, solved_reports)
    yield from check_arm_differences(single)
