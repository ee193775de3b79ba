"""Paper versus reproduced: what came out in words, number by number, and epoch by epoch."""

from collections import Counter
from collections.abc import Callable, Sequence
from html import escape
from typing import cast, get_args

from lib.evaluation.curves import epoch_spread, spread_around
from lib.evaluation.verdicts import RULE_NOTE
from lib.papers.declare import EXACT, REPORT, Claim, Paper, Unit, with_unit
from lib.report.blocks import (
    Block,
    Markup,
    badge,
    fold_away,
    paragraph,
    record_marks,
    stack,
    table,
)
from lib.report.facts import Run
from lib.report.left_out import untrained_sentence
from lib.report.notation import (
    PART_IMAGES,
    as_printed,
    metric_name,
    number_format,
    spread_text,
)
from lib.results import ClaimResult, LastEpochs, Results, Verdict
from lib.words import bracketed, counted, listed

UNIT_DIGITS = {"percent": ".1f", "KB": ".2f", "MB": ".2f"}
NOT_COMPARED = "not comparable"
NUMERIC = ("Printed", "Ours", "Difference", "Tolerance")  # columns of numbers


def verdict_summary(paper: Paper, results: Results) -> Block:
    """How many of the paper's numbers got each verdict, and why; the rule and the tolerances folded away.

    Of models that were not trained nothing is judged, which is said in a sentence.
    """
    mark, untrained = (
        record_marks(results)[""],
        untrained_sentence(Run(paper=paper, results=results)),
    )
    if not results.claims:
        nothing = "The paper's declaration holds no printed number."
        return paragraph(untrained if paper.claims else nothing, mark)
    judged = [claim for claim in results.claims if claim.verdict != NOT_COMPARED]
    shown = paragraph(f"{_outcome(results.claims)} {untrained}".rstrip(), mark)
    if all(claim.metric in EXACT for claim in judged):
        return shown + paragraph(
            "No number of this run is judged by an interval; results.json holds the rule (verdict_rule)."
        )
    rule = paragraph(results.verdict_rule) + paragraph(RULE_NOTE)
    return (
        shown
        + paragraph(_other_tolerances_in_words(judged))
        + fold_away("The rule and the tolerances", rule + paragraph(_sources(judged)))
    )


def _outcome(claims: Sequence[ClaimResult]) -> str:
    """ "Of 94 printed numbers, 6 are reproduced (ours rounds to it) and 88 are not comparable (…)."."""
    reasons: dict[str, Counter[str]] = {}
    for claim in claims:
        reasons.setdefault(claim.verdict, Counter())[claim.reason] += 1
    told = [
        f"{of_verdict.total():,} {'is' if of_verdict.total() == 1 else 'are'} {verdict} "
        f"({_reasons(of_verdict)})"
        for verdict in get_args(Verdict)
        if (of_verdict := reasons.get(verdict))
    ]
    exact = any(claim.metric in EXACT and claim.verdict != NOT_COMPARED for claim in claims)
    needs = " Numbers of parameters need no images: they are judged whatever the images are."
    return f"Of {counted(len(claims), 'printed number')}, {listed(told)}.{needs if exact else ''}"


def _reasons(counts: Counter[str]) -> str:
    """The reasons, the most frequent first, each with its number where there are several."""
    if len(counts) == 1:
        return next(iter(counts))
    return "; ".join(f"{count:,}: {reason}" for reason, count in counts.most_common())


def _other_tolerances_in_words(claims: Sequence[ClaimResult]) -> str:
    """How many verdicts depend on the width of the tolerances."""
    halved = sum(claim.halved != claim.verdict for claim in claims)
    doubled = sum(claim.doubled != claim.verdict for claim in claims)
    if not halved and not doubled:
        return "Halving or doubling the tolerances changes no verdict."
    return f"Halving the tolerances changes {counted(halved, 'verdict')}; doubling them changes {doubled:,}."


def _sources(claims: Sequence[ClaimResult]) -> str:
    """Each source of tolerances once, with their range and the number of claims that it is for."""
    by_source: dict[str, list[float]] = {}
    for claim in claims:
        by_source.setdefault(claim.tolerance_from, []).append(claim.tolerance)
    told = [
        f"{source} ({_width(tolerances)}, {counted(len(tolerances), 'number')})"
        for source, tolerances in by_source.items()
    ]
    return f"Tolerances (shares in fractions, losses in nats): {'; '.join(told)}."


def _width(tolerances: Sequence[float]) -> str:
    """ "± 0.02", or "± 0.02 to 0.03"."""
    low, high = min(tolerances), max(tolerances)
    return f"± {low:g}" if low == high else f"± {low:g} to {high:g}"


def verdict_table(results: Results) -> Block:
    """Paper versus reproduced, but for logs of epochs: what is judged, and folded away what cannot be."""
    logged = {id(claim) for log in _logs(results.claims) for claim in log}
    claims = [claim for claim in results.claims if id(claim) not in logged]
    judged = [claim for claim in claims if claim.verdict != NOT_COMPARED]
    other = [claim for claim in claims if claim.verdict == NOT_COMPARED]
    shown = _judged_table(judged, results) if judged else Block("")
    tabled = [claim for claim in other if _is_tabled(claim)]
    single = [claim for claim in other if not _is_tabled(claim)]
    if tabled:
        verb = "stands" if len(tabled) == 1 else "stand"
        shown += paragraph(
            f"{counted(len(tabled), 'number')} of class reports and confusion matrices, not comparable, {verb} above "
            "as printed; ours are among the results, and results.json pairs them."
        )
    if not single:
        return shown
    noun = "other number" if tabled else "number"
    title = f"{counted(len(single), noun)} not comparable, beside ours"
    return shown + fold_away(title, _not_compared_table(single, results))


def _is_tabled(claim: ClaimResult) -> bool:
    """Whether a number stands in one of the paper's class reports or matrices, which `printed_tables` shows."""
    return bool(claim.of) and claim.epoch is None and claim.metric in (*REPORT, "cell")


def _judged_table(claims: Sequence[ClaimResult], results: Results) -> Block:
    rows = [_row(claim, results.last_epochs) for claim in claims]
    columns = (
        "Model",
        "Number",
        "Printed",
        "Ours",
        "Difference",
        "Tolerance",
        "Verdict",
        "With another tolerance",
        "Where",
    )
    caption = "Paper versus reproduced, number by number."
    if any(claim.metric not in EXACT for claim in claims):
        caption += (
            " Brackets hold 95 % intervals: of one run, and of the difference that is judged; for counts and "
            "points of curves, the range over seeds."
        )
    return _claim_table(rows, columns, f"{caption}{_spread_note(claims, results)}", results)


def _not_compared_table(claims: Sequence[ClaimResult], results: Results) -> Block:
    """One row per model, part and place; `_outcome` says why none of them is compared."""
    by_place: dict[tuple[str, str, str], list[ClaimResult]] = {}
    for claim in claims:
        by_place.setdefault((claim.arm, claim.part, claim.where), []).append(claim)
    rows = [
        (arm, PART_IMAGES.get(part), _printed_with_ours(of_place), where)
        for (arm, part, where), of_place in by_place.items()
    ]
    columns = ("Model", "Measured on", "Printed (ours)", "Where")
    caption = (
        "Printed numbers that are not comparable, with ours in brackets where this run has one."
    )
    return _claim_table(rows, columns, caption, results)


def _printed_with_ours(claims: Sequence[ClaimResult]) -> str:
    """ "Recall: cat 0.95 (0.739), dog 0.98; accuracy 0.97 (0.802)"."""
    by_metric: dict[str, list[str]] = {}
    for claim in claims:
        ours = "" if claim.reproduced is None else f" ({_value(claim)})"
        epoch = "" if claim.epoch is None else f", epoch {claim.epoch}"
        name = f"{metric_name(claim.metric)}{epoch}"
        by_metric.setdefault(name, []).append(f"{claim.of} {as_printed(claim)}{ours}".strip())
    return "; ".join(
        f"{name}: {', '.join(numbers)}" if len(numbers) > 1 else f"{name} {numbers[0]}"
        for name, numbers in by_metric.items()
    )


def _claim_table(
    rows: Sequence[tuple[object, ...]], columns: Sequence[str], caption: str, results: Results
) -> Block:
    """With the model in front only where there are several."""
    numeric = [columns.index(name) for name in NUMERIC if name in columns]
    if len({model for model, *_ in rows}) == 1:
        rows = [(None, *row[1:]) for row in rows]
    return table(rows, columns, caption, record_marks(results)[""], numeric=numeric)


def _spread_note(claims: Sequence[ClaimResult], results: Results) -> str:
    if not any(_spread(claim, results.last_epochs) for claim in claims):
        return ""
    return " Below an accuracy: the lowest and highest of one fit in its last epochs (means over fits)."


def _row(claim: ClaimResult, fits: Sequence[LastEpochs]) -> tuple[object, ...]:
    ours, difference = _ours_with_spread(claim, fits), _difference(claim)
    exact = claim.metric in EXACT  # and has no tolerance
    tolerance = None if exact else f"± {_declared(claim).shown(claim.tolerance):.3g}"
    verdict = (badge(claim.verdict), _other_tolerances(claim))
    printed = as_printed(claim)
    return (claim.arm, _name(claim), printed, ours, difference, tolerance, *verdict, claim.where)


def _name(claim: ClaimResult) -> str:
    """ "Recall cat, training images, epoch 3"."""
    name = metric_name(claim.metric)
    if claim.of:
        name = f"{name} {claim.of}"
    if claim.part in ("train", "validation"):
        name = f"{name}, {PART_IMAGES[claim.part]}"
    if claim.epoch is not None:
        name = f"{name}, epoch {claim.epoch}"
    return name


def _difference(claim: ClaimResult) -> str:
    """Ours less the paper's, with its interval in brackets where there is one."""
    declared = _declared(claim)
    difference = _with_sign(claim, declared.shown(_reproduced(claim) - declared.value))
    if claim.difference is None or claim.metric in EXACT:
        return difference
    low, high = (_with_sign(claim, declared.shown(bound)) for bound in claim.difference)
    return bracketed(difference, low, high)


def _ours_with_spread(claim: ClaimResult, fits: Sequence[LastEpochs]) -> str:
    """Ours, and below it what the last epochs move between."""
    ours, spread = _ours(claim), _spread(claim, fits)
    return Markup(f"{escape(ours)}<br><small>{escape(spread)}</small>") if spread else ours


def _spread(claim: ClaimResult, fits: Sequence[LastEpochs]) -> str:
    """What our accuracy of a single epoch moves between in the last ones; "" of other numbers."""
    spread = spread_around(claim, fits, "published") if claim.reproduced is not None else None
    return spread_text(spread, claim.unit) if spread else ""


def _ours(claim: ClaimResult) -> str:
    """Our value in the printed unit, with its interval unless it is exact or written like the value."""
    declared, write = _declared(claim), _number_format(claim)
    if claim.low is None or claim.high is None:
        return _value(claim)
    numbers = (_reproduced(claim), claim.low, claim.high)
    mean, low, high = (write(declared.shown(number)) for number in numbers)
    exact = claim.metric in EXACT or mean == low == high
    return _value(claim) if exact else f"{_value(claim)} [{low}, {high}]"


def _value(claim: ClaimResult) -> str:
    """Our value in the printed unit."""
    shown = _declared(claim).shown(_reproduced(claim))
    return with_unit(_number_format(claim)(shown), claim.unit)


def _reproduced(claim: ClaimResult) -> float:
    """Our value. Raises: ValueError: Nothing was computed."""
    if claim.reproduced is None:
        raise ValueError(f"{claim.metric} of {claim.arm} should have been computed in this run.")
    return claim.reproduced


def _other_tolerances(claim: ClaimResult) -> Markup | None:
    """What half or twice the tolerance would make of the verdict, where that is another."""
    verdicts = (("halved", claim.halved), ("doubled", claim.doubled))
    moved = [f"{name} → {badge(other)}" for name, other in verdicts if other != claim.verdict]
    return Markup("<br>".join(moved)) if moved else None


def epoch_table(results: Results) -> Block:
    """Paper versus reproduced, one row per epoch, for every log of epochs; nothing without one.

    A log of which nothing is comparable is folded away.
    """
    mark = record_marks(results)[""]
    return stack(_log(log, results.last_epochs, mark) for log in _logs(results.claims))


def _logs(claims: Sequence[ClaimResult]) -> list[list[ClaimResult]]:
    """The numbers of each log of epochs: those of one arm that stand in one place, of several epochs."""
    by_place: dict[tuple[str, str], list[ClaimResult]] = {}
    for claim in claims:
        if claim.epoch is not None:
            by_place.setdefault((claim.arm, claim.where), []).append(claim)
    return [log for log in by_place.values() if len({claim.epoch for claim in log}) > 1]


def _log(log: Sequence[ClaimResult], fits: Sequence[LastEpochs], mark: str) -> Block:
    shown = _log_table(log, fits, mark)
    if any(claim.verdict != NOT_COMPARED for claim in log):
        return shown
    return fold_away(f"The log of {log[0].arm}, not comparable, beside ours", shown)


def _log_table(log: Sequence[ClaimResult], fits: Sequence[LastEpochs], mark: str) -> Block:
    quantities = list(dict.fromkeys((claim.metric, claim.part) for claim in log))
    claims = {(claim.epoch, claim.metric, claim.part): claim for claim in log}
    compared = any(claim.verdict != NOT_COMPARED for claim in log)
    rows = []
    for epoch in sorted({claim.epoch for claim in log if claim.epoch is not None}):
        of_epoch = [claims.get((epoch, *quantity)) for quantity in quantities]
        cells = [cell for claim in of_epoch for cell in _printed_and_ours(claim, compared)]
        rows.append((epoch, *cells, _verdicts([claim for claim in of_epoch if claim])))
    heads = [f"{metric_name(metric)}, {part}" for metric, part in quantities]
    columns = ("Epoch", *(f"{head}: {whose}" for head in heads for whose in ("paper", "ours")))
    seeds = " [lowest, highest seed]" if compared else ""
    caption = f"{log[0].arm}, epoch by epoch: {log[0].where}, beside our mean over seeds{seeds}."
    if spread := epoch_spread(fits, log[0].arm, "published"):
        caption += f" The validation accuracy of one fit: {spread_text(spread)} (means over fits)."
    numeric = tuple(range(len(columns)))
    return table(rows, (*columns, "Verdicts"), caption, mark, numeric=numeric)


def _verdicts(claims: Sequence[ClaimResult]) -> Markup | None:
    """The verdicts, counted; None where there is none but "not comparable"."""
    counts = Counter(claim.verdict for claim in claims)
    if set(counts) == {NOT_COMPARED}:
        return None
    return Markup(" ".join(f"{count} × {badge(name)}" for name, count in counts.items()))


def _printed_and_ours(claim: ClaimResult | None, compared: bool) -> tuple[str | None, str | None]:
    """Ours with the range over seeds only where the log is compared."""
    if claim is None:
        return None, None
    write = _ours if compared else _value
    return as_printed(claim), None if claim.reproduced is None else write(claim)


def _declared(claim: ClaimResult) -> Claim:
    """The claim as far as its value and unit go."""
    return Claim(
        metric=claim.metric,
        printed=claim.printed,
        where=claim.where,
        arm=claim.arm,
        unit=cast(Unit, claim.unit),  # any word in the schema; a claim's unit in every record
    )


def _number_format(claim: ClaimResult) -> Callable[[float], str]:
    digits = UNIT_DIGITS.get(claim.unit)
    return f"{{:{digits}}}".format if digits else number_format(claim.metric, claim.unit)


def _with_sign(claim: ClaimResult, value: float) -> str:
    """With a plus or minus, unless it is written as nothing."""
    text = _number_format(claim)(value)
    size = text.lstrip("-")
    sign = "" if float(text) == 0 else text.removesuffix(size) or "+"
    return sign + size
