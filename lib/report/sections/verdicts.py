"""Paper versus reproduced: what came out in words, number by number, and epoch by epoch."""

from collections import Counter
from collections.abc import Callable, Sequence
from html import escape
from typing import get_args

from lib.evaluation.curves import epoch_spread, spread_around
from lib.evaluation.verdicts import RULE_NOTE
from lib.papers.declare import EXACT, Claim, with_unit
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
from lib.report.notation import (
    PART_IMAGES,
    as_printed,
    metric_name,
    number_format,
    spread_text,
)
from lib.results import ClaimResult, LastEpochs, Results, Verdict
from lib.words import counted, listed

UNIT_DIGITS = {"percent": ".1f", "KB": ".2f", "MB": ".2f"}
NOT_COMPARED = "not comparable"
NUMERIC = ("Printed", "Ours", "Difference", "Tolerance")  # columns of numbers


def verdict_summary(results: Results) -> Block:
    """How many of the paper's numbers came out how and why; the rule and the tolerances folded away."""
    mark = record_marks(results)[""]
    if not results.claims:
        return paragraph("The paper's declaration holds no printed number.", mark)
    rule = paragraph(results.verdict_rule) + paragraph(RULE_NOTE)
    details = rule + paragraph(_sources(results.claims))
    return (
        paragraph(_outcome(results.claims), mark)
        + paragraph(_other_tolerances_in_words(results.claims))
        + fold_away("The rule, and where the tolerances come from", details)
    )


def _outcome(claims: Sequence[ClaimResult]) -> str:
    """ "Of 94 printed numbers, 6 are reproduced (ours rounds to it) and 88 are not comparable (…)."."""
    reasons = {}
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


def _reasons(counts: Counter) -> str:
    """The reasons, the most frequent first, each with its number where there are several."""
    if len(counts) == 1:
        return next(iter(counts))
    return "; ".join(f"{count:,}: {reason}" for reason, count in counts.most_common())


def _other_tolerances_in_words(claims: Sequence[ClaimResult]) -> str:
    """How many verdicts hang on how wide the tolerances are."""
    halved = sum(claim.halved != claim.verdict for claim in claims)
    doubled = sum(claim.doubled != claim.verdict for claim in claims)
    if not halved and not doubled:
        return "Tolerances half or twice as wide change no verdict."
    return (
        f"Tolerances half as wide change {counted(halved, 'verdict')}, tolerances twice as wide {doubled:,}: the "
        "table tells which."
    )


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
    if not other:
        return shown
    title = f"{counted(len(other), 'number')} not comparable, beside ours"
    return shown + fold_away(title, _not_compared_table(other, results))


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
            " In brackets: of ours the interval of one run (of counts and points of curves the range over "
            "seeds), of the difference the 95 % interval that is judged."
        )
    return _claim_table(rows, columns, f"{caption}{_spread_note(claims, results)}", results)


def _not_compared_table(claims: Sequence[ClaimResult], results: Results) -> Block:
    """Without difference, tolerance or interval: no verdict is made of ours, and the scores have theirs."""
    reasons = {claim.reason for claim in claims}
    rows = [
        (
            claim.arm,
            _name(claim),
            as_printed(claim),
            None if claim.reproduced is None else _value(claim),
            claim.reason if len(reasons) > 1 else None,
            claim.where,
        )
        for claim in claims
    ]
    columns = ("Model", "Number", "Printed", "Ours", "Why not", "Where")
    return _claim_table(rows, columns, "Printed numbers that are not comparable.", results)


def _claim_table(
    rows: Sequence[tuple], columns: Sequence[str], caption: str, results: Results
) -> Block:
    """With the model in front only where there are several."""
    numeric = [columns.index(name) for name in NUMERIC if name in columns]
    if len({model for model, *_ in rows}) == 1:
        rows = [(None, *row[1:]) for row in rows]
    return table(rows, columns, caption, record_marks(results)[""], numeric=numeric)


def _spread_note(claims: Sequence[ClaimResult], results: Results) -> str:
    if not any(_spread(claim, results.last_epochs) for claim in claims):
        return ""
    return (
        " An accuracy is that of a single epoch; below it stands between which values the accuracy of one fit "
        "moves in its last epochs (lowest to highest, means over fits)."
    )


def _row(claim: ClaimResult, fits: Sequence[LastEpochs]) -> tuple:
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
    difference = _with_sign(claim, declared.shown(claim.reproduced - declared.value))
    if claim.difference is None or claim.metric in EXACT:
        return difference
    low, high = (_with_sign(claim, declared.shown(bound)) for bound in claim.difference)
    return difference if low == high == difference else f"{difference} ({low} to {high})"


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
    numbers = (claim.reproduced, claim.low, claim.high)
    mean, low, high = (write(declared.shown(number)) for number in numbers)
    exact = claim.metric in EXACT or mean == low == high
    return _value(claim) if exact else f"{_value(claim)} ({low} – {high})"


def _value(claim: ClaimResult) -> str:
    """Our value in the printed unit."""
    return with_unit(_number_format(claim)(_declared(claim).shown(claim.reproduced)), claim.unit)


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
    by_place = {}
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
    rows = []
    for epoch in sorted({claim.epoch for claim in log}):
        of_epoch = [claims.get((epoch, *quantity)) for quantity in quantities]
        cells = [cell for claim in of_epoch for cell in _printed_and_ours(claim)]
        rows.append((epoch, *cells, _verdicts([claim for claim in of_epoch if claim])))
    heads = [f"{metric_name(metric)}, {part}" for metric, part in quantities]
    columns = ("Epoch", *(f"{head}: {whose}" for head in heads for whose in ("paper", "ours")))
    caption = (
        f"{log[0].arm}, epoch by epoch: {log[0].where} beside ours (mean over seeds, lowest to highest "
        "seed)."
    )
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


def _printed_and_ours(claim: ClaimResult | None) -> tuple[str | None, str | None]:
    if claim is None:
        return None, None
    return as_printed(claim), None if claim.reproduced is None else _ours(claim)


def _declared(claim: ClaimResult) -> Claim:
    """The claim as far as its value and unit go."""
    return Claim(
        metric=claim.metric,
        printed=claim.printed,
        where=claim.where,
        arm=claim.arm,
        unit=claim.unit,
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
