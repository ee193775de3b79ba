"""The tables of paper versus reproduced."""

from collections import Counter
from collections.abc import Callable, Sequence
from html import escape
from typing import get_args

from lib.evaluation.curves import epoch_spread, spread_around
from lib.papers.declare import EXACT, Claim, with_unit
from lib.report.blocks import Block, Markup, badge, record_marks, stack, table
from lib.report.notation import (
    PART_IMAGES,
    as_printed,
    metric_name,
    number_format,
    spread_text,
)
from lib.results import ClaimResult, LastEpochs, Results, Verdict

UNIT_DIGITS = {"percent": ".1f", "KB": ".2f", "MB": ".2f"}


def verdict_summary(results: Results) -> Block:
    """How many of the paper's numbers came out how, why, by which rule, and with which tolerances."""
    mark = record_marks(results)[""]
    return (
        _reason_table(results, mark)
        + _tolerance_table(results.claims, mark)
        + _source_table(results.claims, mark)
    )


def _reason_table(results: Results, mark: str) -> Block:
    counts = Counter((claim.verdict, claim.reason) for claim in results.claims)
    rows = [(badge(verdict), reason, count) for (verdict, reason), count in counts.most_common()]
    caption = f"What became of the {len(results.claims)} printed numbers. {results.verdict_rule}"
    return table(rows, ("Verdict", "Why", "Numbers"), caption, mark, numeric=(2,))


def _tolerance_table(claims: Sequence[ClaimResult], mark: str) -> Block:
    """The verdicts with other tolerances."""
    verdicts, rows = get_args(Verdict), []
    for name, field in (("halved", "halved"), ("as declared", "verdict"), ("doubled", "doubled")):
        counts = Counter(getattr(claim, field) for claim in claims)
        rows.append((name, *(counts[verdict] for verdict in verdicts)))
    caption = "How many numbers would come out how with half or twice every tolerance."
    columns = ("Tolerances", *map(str.capitalize, verdicts))
    return table(rows, columns, caption, mark, numeric=(1, 2, 3, 4))


def _source_table(claims: Sequence[ClaimResult], mark: str) -> Block:
    """Each source of tolerances once, with the numbers it is for and the range of their tolerances."""
    by_source, rows = {}, []
    for claim in claims:
        by_source.setdefault(claim.tolerance_from, []).append(claim)
    for source, of_source in by_source.items():
        names = dict.fromkeys(metric_name(claim.metric) for claim in of_source)
        low, *more = sorted({claim.tolerance for claim in of_source})
        width = f"± {low:g} to {more[-1]:g}" if more else f"± {low:g}"
        rows.append((source, width, ", ".join(names), len(of_source)))
    caption = "Where the tolerances come from. Those of shares are fractions, of losses nats, of counts images."
    return table(rows, ("Source", "Tolerance", "Of", "Numbers"), caption, mark, numeric=(1, 3))


def verdict_table(results: Results) -> Block:
    """Paper versus reproduced: every printed number that is not from a log of epochs."""
    logged = {id(claim) for log in _logs(results.claims) for claim in log}
    rows = [_row(claim, results.last_epochs) for claim in results.claims if id(claim) not in logged]
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
    numeric = (2, 3, 4, 5)
    if len({model for model, *_ in rows}) <= 1:  # a column that says the same in every row
        rows, columns, numeric = [row[1:] for row in rows], columns[1:], (1, 2, 3, 4)
    caption = (
        "Paper versus reproduced, number by number. In brackets: of ours the interval of one run (of counts and "
        "points of curves the range over seeds), of the difference the 95 % interval that is judged."
    )
    if any(_spread(claim, results.last_epochs) for claim in results.claims):
        caption += (
            " An accuracy is that of a single epoch; below it stands between which values the accuracy of "
            "one fit moves in its last epochs (lowest to highest, means over fits)."
        )
    return table(rows, columns, caption, record_marks(results)[""], numeric=numeric)


def _row(claim: ClaimResult, fits: Sequence[LastEpochs]) -> tuple:
    ours, difference = (None, None) if claim.reproduced is None else _comparison(claim)
    if spread := _spread(claim, fits):
        ours = Markup(f"{escape(ours)}<br><small>{escape(spread)}</small>")
    tolerance = f"± {_declared(claim).shown(claim.tolerance):.3g}"
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


def _comparison(claim: ClaimResult) -> tuple[str, str]:
    """Ours and the difference, each with its interval in brackets where there is one."""
    declared = _declared(claim)
    difference = _with_sign(claim, declared.shown(claim.reproduced - declared.value))
    if claim.difference and claim.metric not in EXACT:
        low, high = (_with_sign(claim, declared.shown(bound)) for bound in claim.difference)
        difference = f"{difference} ({low} to {high})"
    return _ours(claim), difference


def _spread(claim: ClaimResult, fits: Sequence[LastEpochs]) -> str:
    """What our accuracy of a single epoch moves between in the last ones; "" of other numbers."""
    spread = spread_around(claim, fits, "published") if claim.reproduced is not None else None
    return spread_text(spread, claim.unit) if spread else ""


def _ours(claim: ClaimResult) -> str:
    """Our value in the printed unit, with its interval unless it is exact."""
    declared, write = _declared(claim), _number_format(claim)
    value = with_unit(write(declared.shown(claim.reproduced)), claim.unit)
    if claim.metric in EXACT:
        return value
    low, high = (write(declared.shown(bound)) for bound in (claim.low, claim.high))
    return f"{value} ({low} – {high})"


def _other_tolerances(claim: ClaimResult) -> Markup | None:
    """What half or twice the tolerance would make of the verdict, where that is another."""
    verdicts = (("halved", claim.halved), ("doubled", claim.doubled))
    moved = [f"{name} → {badge(other)}" for name, other in verdicts if other != claim.verdict]
    return Markup("<br>".join(moved)) if moved else None


def epoch_table(results: Results) -> Block:
    """Paper versus reproduced, one row per epoch, for every log of epochs; nothing without one."""
    mark = record_marks(results)[""]
    return stack(_log_table(log, results.last_epochs, mark) for log in _logs(results.claims))


def _logs(claims: Sequence[ClaimResult]) -> list[list[ClaimResult]]:
    """The numbers of each log of epochs: those of one arm that stand in one place, of several epochs."""
    by_place = {}
    for claim in claims:
        if claim.epoch is not None:
            by_place.setdefault((claim.arm, claim.where), []).append(claim)
    return [log for log in by_place.values() if len({claim.epoch for claim in log}) > 1]


def _log_table(log: Sequence[ClaimResult], fits: Sequence[LastEpochs], mark: str) -> Block:
    quantities = list(dict.fromkeys((claim.metric, claim.part) for claim in log))
    claims = {(claim.epoch, claim.metric, claim.part): claim for claim in log}
    rows = []
    for epoch in sorted({claim.epoch for claim in log}):
        of_epoch = [claims.get((epoch, *quantity)) for quantity in quantities]
        cells = [cell for claim in of_epoch for cell in _printed_and_ours(claim)]
        counts = Counter(claim.verdict for claim in of_epoch if claim)
        verdicts = Markup(" ".join(f"{count} × {badge(name)}" for name, count in counts.items()))
        rows.append((epoch, *cells, verdicts))
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
