"""What keeping groups on one side of the split costs, in words: asked by the section, the limits, the summary."""

from collections.abc import Callable, Sequence

from lib.datasets import ENOUGH
from lib.evidence.gaps import PROTOCOLS, Verdict, gaps_by_verdict, reaching_fold
from lib.report.leaks import kept_together, known_groups, least, seen_in_training
from lib.report.notation import difference_interval, protocol_name
from lib.results import Gap, Results, SizeControl, mean_training_images
from lib.words import counted, interval, listed

IN_INTERVAL = {  # part of a gap's interval → in words
    "groups": "which {noun}s are tested",
    "folds": "fold",
    "seeds": "seed",
    "epochs": "last epoch",
}


def cost_clause(results: Results) -> str:
    """ "keeping every patient on one side of the split costs 0.200 [0.100, 0.300]"; "" where nothing is a cost."""
    costs = gaps_by_verdict(results).get("cost", [])
    if not costs:
        return ""
    kept = kept_together(results.grouping)
    return (
        f"keeping {kept} on one side of the split costs {least(results.grouping)}"
        f"{_by_arm(costs, results, _size)}"
    )


def gap_sentences(results: Results) -> list[str]:
    """What the difference between the protocols says: costs, gains, what cannot be told; "learnt" decides first."""
    by_verdict = gaps_by_verdict(results)
    return [
        sentence
        for verdict, write in _SENTENCES.items()
        if verdict in by_verdict
        for sentence in write(by_verdict[verdict], results)
    ]


def _costs(costs: Sequence[Gap], results: Results) -> list[str]:
    fewer = _fewer(results)
    clause = cost_clause(results)
    sentence = (
        f"{clause[0].upper()}{clause[1:]}: that much of the published accuracy comes from "
        f"{seen_in_training(results.grouping)}{fewer}."
    )
    arms = {gap.arm: gap for gap in costs}
    controls = [control for control in results.size_controls if control.arm in arms]
    explained = [_size_sentence(control, arms[control.arm], results) for control in controls]
    return [sentence, *explained, *_not_in_interval(costs, results)]


def _gains(gains: Sequence[Gap], results: Results) -> list[str]:
    kept = kept_together(results.grouping)
    return [
        f"Keeping {kept} on one side of the split raises accuracy by {_by_arm(gains, results, _size)}. That neither "
        f"shows nor rules out a leak, because the two protocols test different images."
    ]


def _undecided(gaps: Sequence[Gap], results: Results) -> list[str]:
    reaching = {}
    for gap in gaps:
        fold = reaching_fold(results, gap)
        if gap.low > 0 and fold is not None:
            reaching[gap.arm] = f"{fold:.3f}"
    several = len(results.gaps) > 1
    arms = f" ({listed(gap.arm for gap in gaps)})" if several else ""
    folds = listed(f"{fold} of {arm}" if several else fold for arm, fold in reaching.items())
    note = f"; one fold alone reaches {folds}" if reaching else ""
    return [f"The two protocols cannot be told apart with {_units(results)}{arms}{note}."]


def _too_few(gaps: Sequence[Gap], results: Results) -> list[str]:
    tested = min(gap.units for gap in gaps)
    return [
        f"With only {counted(tested, results.grouping.noun)} tested under one of the protocols, nothing can be said "
        f"about their difference."
    ]


def _none_learnt(gaps: Sequence[Gap], results: Results) -> list[str]:
    if len(gaps) < len(results.gaps):
        return []  # the others' difference is told; of an arm that did not learn all is said elsewhere
    both = listed(protocol_name(results.grouping, protocol) for protocol in PROTOCOLS)
    return [
        f"No model learnt under both protocols ({both}), so the effect of a leak cannot be measured."
    ]


_SENTENCES: dict[Verdict, Callable[[Sequence[Gap], Results], list[str]]] = {
    "cost": _costs,
    "gain": _gains,
    "undecided": _undecided,
    "too few groups": _too_few,
    "not learnt": _none_learnt,
}


def interval_parts(gaps: Sequence[Gap], noun: str) -> str:
    """What the intervals allow for: "which patients are tested, fold and seed"."""
    parts = dict.fromkeys(part for gap in gaps for part in gap.parts)
    return listed(IN_INTERVAL[part].format(noun=noun) for part in parts)


def training_images_note(results: Results) -> str:
    """On how many images a model was trained under either protocol, on average."""
    published, grouped = (mean_training_images(results.folds, name) for name in PROTOCOLS)
    return f"{published:,.0f} and {grouped:,.0f}"


def _not_in_interval(gaps: Sequence[Gap], results: Results) -> list[str]:
    """That a single seed leaves out what another would change."""
    if any("seeds" in gap.parts for gap in gaps):
        return []
    (seed,) = results.settings["seeds"]
    return [
        f"Only seed {seed} was run, so the interval does not include how far other seeds move the difference."
    ]


def _size_sentence(control: SizeControl, gap: Gap, results: Results) -> str:
    """How much of the difference the smaller training part explains, by the learning-curve control."""
    name = f"{control.arm}: trained" if len(results.gaps) > 1 else "Trained"
    apart, score = control.difference, control.accuracy
    return (
        f"{name} on only {control.images:,.0f} of the {control.of_images:,.0f} images, as many as under the "
        f"{protocol_name(results.grouping, 'grouped')} protocol, the published split still gives "
        f"{interval(score.mean, score.low, score.high)}: fewer training images explain "
        f"{difference_interval(apart)} of the {gap.mean:.3f}."
    )


def _by_arm(gaps: Sequence[Gap], results: Results, write: Callable[[Gap], str]) -> str:
    """ "alexnet 0.200 [0.100, 0.300]"; without names where the run has one arm."""
    several = len(results.gaps) > 1
    return listed(f"{gap.arm} {write(gap)}" if several else write(gap) for gap in gaps)


def _size(gap: Gap) -> str:
    """The gap and its interval without their sign; both bounds have the same."""
    low, high = sorted((abs(gap.low), abs(gap.high)))
    return interval(abs(gap.mean), low, high)


def _units(results: Results) -> str:
    grouping = results.grouping
    if grouping.basis == "partly known groups":
        return known_groups(results.data)
    return counted(grouping.units or 0, grouping.noun)


def _fewer(results: Results) -> str:
    """The other reason for a gap: far fewer training images."""
    published, grouped = (mean_training_images(results.folds, name) for name in PROTOCOLS)
    if grouped >= ENOUGH * published:
        return ""
    return f", or from training on {published:,.0f} images instead of {grouped:,.0f}"
