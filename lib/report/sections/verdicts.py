"""Tables of paper versus reproduced; every number stands in results.json."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import get_args

from lib.papers.declare import EXACT, Claim, with_unit
from lib.report.blocks import Markup, Shown, badge, table
from lib.report.notation import PARTS, as_printed, metric_name, number_format
from lib.results import ClaimResult, Results, Verdict


def verdict_summary(results: Results, mark: str) -> Shown:
    """How many of the paper's numbers came out how, why, by which rule, and with which tolerances."""
    return _by_reason(results, mark) + _by_tolerance(results, mark) + _sources(results, mark)


def _by_reason(results: Results, mark: str) -> Shown:
    counts = Counter((one.verdict, one.reason) for one in results.claims)
    rows = [(badge(verdict), reason, count) for (verdict, reason), count in counts.most_common()]
    caption = f"What became of the {len(results.claims)} printed numbers. {results.verdict_rule}"
    return table(rows, ("Verdict", "Why", "Numbers"), caption, mark, numeric=(2,))


def _by_tolerance(results: Results, mark: str) -> Shown:
    rows = []
    for name, field in (("halved", "halved"), ("as declared", "verdict"), ("doubled", "doubled")):
        counts = Counter(getattr(one, field) for one in results.claims)
        rows.append((name, *(counts[verdict] for verdict in get_args(Verdict))))
    caption = "How many numbers would come out how with half or twice every tolerance."
    columns = ("Tolerances", *(verdict.capitalize() for verdict in get_args(Verdict)))
    return table(rows, columns, caption, mark, numeric=(1, 2, 3, 4))


def _sources(results: Results, mark: str) -> Shown:
    """Each source of tolerances once, with the numbers it is for and the range of their tolerances."""
    found = {}
    for one in results.claims:
        found.setdefault(one.tolerance_from, []).append(one)
    rows = []
    for source, claims in found.items():
        names = dict.fromkeys(metric_name(one.metric) for one in claims)
        low, *more = sorted({one.tolerance for one in claims})
        width = f"± {low:g} to {more[-1]:g}" if more else f"± {low:g}"
        rows.append((source, width, ", ".join(names), len(claims)))
    caption = "Where the tolerances come from. Those of shares are fractions, of losses nats, of counts images."
    return table(rows, ("Source", "Tolerance", "Of", "Numbers"), caption, mark, numeric=(1, 3))


def verdicts(results: Results, mark: str) -> Shown:
    """Paper versus reproduced: every printed number that is not from a log of epochs."""
    logged = {id(one) for log in _logs(results) for one in log}
    rows = [_claim_row(one) for one in results.claims if id(one) not in logged]
    caption = (
        "Paper versus reproduced, number by number. In brackets: of ours the interval of one run (of counts and "
        "points of curves the range over seeds), of the difference the 95 % interval that is judged."
    )
    return _claims_table(rows, caption, mark)


def epoch_table(results: Results, mark: str) -> Shown:
    """Paper versus reproduced, one row an epoch, for every log of epochs; nothing without one."""
    return Shown("".join(_epochs(log, mark).html for log in _logs(results)))


def _epochs(claims: Sequence[ClaimResult], mark: str) -> Shown:
    quantities = list(dict.fromkeys((one.metric, one.part) for one in claims))
    by_place = {(one.epoch, one.metric, one.part): one for one in claims}
    rows = []
    for epoch in sorted({one.epoch for one in claims}):
        of_epoch = [by_place.get((epoch, *quantity)) for quantity in quantities]
        pairs = [pair for one in of_epoch for pair in _beside(one)]
        verdicts = Counter(one.verdict for one in of_epoch if one)
        told = Markup(" ".join(f"{count} × {badge(name)}" for name, count in verdicts.items()))
        rows.append((epoch, *pairs, told))
    heads = [f"{metric_name(metric)}, {part}" for metric, part in quantities]
    columns = ("Epoch", *(f"{head}: {whose}" for head in heads for whose in ("paper", "ours")))
    arm, where = claims[0].arm, claims[0].where
    caption = (
        f"{arm}, epoch by epoch: {where} beside ours (mean over seeds, lowest to highest seed)."
    )
    last = len(columns)
    return table(rows, (*columns, "Verdicts"), caption, mark, numeric=tuple(range(last)))


def _beside(one: ClaimResult | None) -> tuple[str | None, str | None]:
    if one is None:
        return None, None
    if one.reproduced is None:
        return as_printed(one), None
    ours, spread, _ = _found(one, _claim(one))
    return as_printed(one), f"{ours} ({spread})"


def _logs(results: Results) -> list[list[ClaimResult]]:
    """The numbers of each log of epochs: those of one arm that stand in one place, of several epochs."""
    found = {}
    for one in results.claims:
        if one.epoch is not None:
            found.setdefault((one.arm, one.where), []).append(one)
    return [log for log in found.values() if len({one.epoch for one in log}) > 1]


def _claim_row(one: ClaimResult) -> tuple:
    claim = _claim(one)
    what = f"{metric_name(one.metric)} {one.of}" if one.of else metric_name(one.metric)
    if one.part in ("train", "validation"):
        what = f"{what}, {PARTS[one.part]}"
    if one.epoch is not None:
        what = f"{what}, epoch {one.epoch}"
    ours, gap = (None, None) if one.reproduced is None else _compared(one, claim)
    tolerance = f"± {claim.shown(one.tolerance):.3g}"
    told = (badge(one.verdict), _moves(one), one.where)
    return (one.arm, what, as_printed(one), ours, gap, tolerance, *told)


def _compared(one: ClaimResult, claim: Claim) -> tuple[str, str]:
    """Ours and the difference, each with its interval in brackets where there is one."""
    ours, spread, gap = _found(one, claim)
    if spread:
        ours = f"{ours} ({spread})"
    if one.difference and spread:
        low, high = (_signed(one, claim.shown(bound)) for bound in one.difference)
        gap = f"{gap} ({low} to {high})"
    return ours, gap


def _moves(one: ClaimResult) -> Markup | None:
    """What half or twice the tolerance would make of the verdict, where that is another."""
    others = (("halved", one.halved), ("doubled", one.doubled))
    moved = [f"{name} → {badge(other)}" for name, other in others if other != one.verdict]
    return Markup("<br>".join(moved)) if moved else None


def _claim(one: ClaimResult) -> Claim:
    return Claim(
        metric=one.metric, printed=one.printed, where=one.where, arm=one.arm, unit=one.unit
    )


def _found(one: ClaimResult, claim: Claim) -> tuple[str, str | None, str]:
    """Our value, its interval (None for an exact number) and the difference, in the printed unit."""
    show = _format(one)
    low, high = (show(claim.shown(bound)) for bound in (one.low, one.high))
    return (
        with_unit(show(claim.shown(one.reproduced)), one.unit),
        None if one.metric in EXACT else f"{low} – {high}",
        _signed(one, claim.shown(one.reproduced - claim.value)),
    )


def _format(one: ClaimResult) -> Callable[[float], str]:
    digits = {"percent": ".1f", "KB": ".2f", "MB": ".2f"}.get(one.unit)
    return f"{{:{digits}}}".format if digits else number_format(one.metric, one.unit)


def _signed(one: ClaimResult, value: float) -> str:
    """With a plus or minus, unless it is shown as nothing."""
    shown = _format(one)(value)
    size = shown.lstrip("-")
    sign = "" if float(shown) == 0 else shown.removesuffix(size) or "+"
    return sign + size


def _claims_table(rows: Sequence[tuple], caption: str, mark: str) -> Shown:
    columns = (
        "Number",
        "Printed",
        "Ours",
        "Difference",
        "Tolerance",
        "Verdict",
        "With another tolerance",
        "Where",
    )
    if len({row[0] for row in rows}) > 1:
        return table(rows, ("Model", *columns), caption, mark, numeric=(2, 3, 4, 5))
    return table([row[1:] for row in rows], columns, caption, mark, numeric=(1, 2, 3, 4))
