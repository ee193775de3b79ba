"""What a run cannot support: plain sentences, each made of the run's own facts, the gravest first."""

from lib.papers.declare import Paper
from lib.report.facts import Run
from lib.report.limits import choices, evidence, groups, precision, setup
from lib.results import Results

# What keeps a score from being held against the paper at all, then what may have made it, then how
# few cases it rests on, then how far it might be moved.
LOOKS = (
    setup.kind,
    setup.stand_ins,
    setup.weights,
    setup.settings,
    setup.claims,
    groups.siblings,
    groups.twins,
    groups.gap,
    groups.hindrance,
    groups.pictures,
    groups.ungrouped,
    evidence.controls,
    evidence.probes,
    groups.classes,
    groups.cases,
    groups.labels,
    groups.doubled,
    precision.rare,
    precision.wide,
    precision.seeds,
    choices.tried,
    choices.variants,
    choices.assumed,
    choices.contradictions,
    choices.untried,
    choices.validation,
    precision.training,
    evidence.subgroups,
    evidence.calibration,
    evidence.elsewhere,
    setup.device,
)


def limitations(paper: Paper, results: Results) -> list[str]:
    """One sentence for each thing this run cannot support; only those that its facts call for.

    Args:
        paper: The declaration the run was made from.
        results: The record of the run.
    """
    run = Run(paper=paper, results=results)
    return [sentence for look in LOOKS for sentence in look(run)]
