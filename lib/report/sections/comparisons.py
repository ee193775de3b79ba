"""The tables of differences: model against model, protocol against protocol."""

from collections.abc import Sequence

from lib.evidence.gaps import PROTOCOLS, gaps_by_verdict
from lib.report.blocks import Block, paragraph, record_marks, table
from lib.report.gaps import gap_sentences, interval_parts, training_images_note
from lib.report.leaks import grouped_rule, missed_copies
from lib.report.learning import left_out, unlearnt
from lib.report.notation import (
    capitalised,
    difference_interval,
    protocol_name,
    score_interval,
)
from lib.results import Comparison, Gap, Results, headlines
from lib.words import listed


def comparison_table(results: Results) -> Block:
    """Every arm that learnt against every other on the same test images, and a sentence that names the rest.

    Nothing where there is only one arm.
    """
    arms = {model.arm for model in results.models}
    of_arms = [
        comparison
        for comparison in results.comparisons
        if {comparison.arm, comparison.versus} <= arms
    ]
    if not of_arms:
        return Block("")
    comparisons = [
        comparison
        for comparison in of_arms
        if results.learnt(comparison.arm, comparison.protocol)
        and results.learnt(comparison.versus, comparison.protocol)
    ]
    names = [model.arm for model in results.models]
    others = left_out("comparison", unlearnt(names, results.learning, results.grouping))
    shown = _difference_table(comparisons, results) if comparisons else Block("")
    return shown + paragraph(others) if others else shown


def _difference_table(comparisons: Sequence[Comparison], results: Results) -> Block:
    tested = any(comparison.p is not None for comparison in comparisons)
    columns = ["Model", "Minus", "Protocol", "Difference", "All together"]
    columns += ["p", "p, Holm"] if tested else []
    rows = [
        _comparison_row(comparison, protocol_name(results.grouping, comparison.protocol))
        for comparison in comparisons
    ]
    caption = _comparison_caption(comparisons, results.data.group_noun, tested=tested)
    numeric = tuple(range(3, len(columns)))
    rows = [row[: len(columns)] for row in rows]
    return table(rows, columns, caption, record_marks(results)[""], numeric=numeric)


def _comparison_row(comparison: Comparison, protocol: str) -> tuple[str | None, ...]:
    return (
        comparison.arm,
        comparison.versus,
        protocol,
        difference_interval(comparison),
        f"[{comparison.family_low:+.3f}, {comparison.family_high:+.3f}]",
        _p_value(comparison.p),
        _p_value(comparison.p_family),
    )


def _p_value(p: float | None) -> str | None:
    if p is None:
        return None
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _comparison_caption(comparisons: Sequence[Comparison], noun: str, *, tested: bool) -> str:
    number, seeds = comparisons[0].family, len(comparisons[0].per_seed)
    text = (
        "Accuracy of one trained model minus that of another on the same test images: mean over seeds, interval of one "
        f"run ({_methods(comparisons)})."
    )
    if number > 1:
        text += (
            f" All together: the interval widened so that all {number} of the run hold at once in 95 of 100 "
            "repetitions (Bonferroni)."
        )
    if tested:
        text += " p: McNemar's exact test on the images that only one of the two gets right"
        text += ", twice the median over seeds" if seeds > 1 else ""
        text += f"; p, Holm: corrected for {number} tests." if number > 1 else "."
    else:
        text += f" No p-value: images of one {noun} are not independent."
    return text


def _methods(differences: Sequence[Comparison]) -> str:
    return "; ".join(dict.fromkeys(difference.method for difference in differences))


def protocol_table(results: Results) -> Block:
    """Test accuracy under both protocols, their difference, and what it means.

    Where they were not both run: why.
    """
    protocols = dict.fromkeys(fold.protocol for fold in results.folds)
    if not set(PROTOCOLS) <= set(protocols):
        return paragraph(_why_not_both(results, list(protocols)))
    accuracies = [
        {score.arm: score_interval(score) for score in headlines(results.scores, protocol)}
        for protocol in PROTOCOLS
    ]
    verdicts = gaps_by_verdict(results)
    told = [gap for gap in results.gaps if gap not in verdicts.get("not learnt", [])]
    rows = [
        (
            gap.arm,
            *(by_arm[gap.arm] for by_arm in accuracies),
            difference_interval(gap) if gap in told else None,
        )
        for gap in results.gaps
    ]
    names = [protocol_name(results.grouping, protocol) for protocol in PROTOCOLS]
    block = table(
        rows,
        ("Model", *names, "Difference"),
        _protocol_caption(results, told, names),
        record_marks(results)[""],
        numeric=(1, 2, 3),
    )
    text = " ".join([*gap_sentences(results), missed_copies(results)]).strip()
    return block + paragraph(text)


def _protocol_caption(results: Results, told: Sequence[Gap], names: Sequence[str]) -> str:
    text = (
        "Test accuracy by protocol (mean over seeds, interval of one run). "
        f"{capitalised(names[0])}: the paper's split; {names[1]}: {grouped_rule(results.grouping)}. "
        f"A model was trained on {training_images_note(results)} images on average."
    )
    if told:
        parts = interval_parts(told, results.data.group_noun if results.data.groups else "image")
        text += f" Difference: {names[0]} minus {names[1]}; its 95 % interval allows for {parts}."
    return text


def _why_not_both(results: Results, protocols: Sequence[str]) -> str:
    reason = results.grouping.hindrance or "the setting protocols names no other"
    names = [protocol_name(results.grouping, protocol) for protocol in protocols]
    return (
        f"Only the {listed(names)} {'protocol was' if len(protocols) == 1 else 'protocols were'} "
        f"run: {reason}."
    )
