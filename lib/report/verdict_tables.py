"""Tables of paper versus reproduced; every number stands in results.json."""

from collections import Counter
from collections.abc import Sequence

from lib.paper import Claim
from lib.report.shown import Markup, Shown, badge, table
from lib.report.words import PARTS, as_printed, metric_name, number_format, unit_sign
from lib.results import ClaimResult, Results


def verdict_summary(results: Results, mark: str) -> Shown:
    """How many of the paper's numbers came out how, why, and by which rule."""
    counts = Counter((one.verdict, one.reason) for one in results.claims)
    rows = [(badge(verdict), reason, count) for (verdict, reason), count in counts.most_common()]
    caption = f"What became of the {len(results.claims)} printed numbers. {results.verdict_rule}"
    return table(rows, ("Verdict", "Why", "Numbers"), caption, mark, numeric=(2,))


def verdicts(results: Results, mark: str) -> Shown:
    """Paper versus reproduced: every printed number that is not from a log of epochs."""
    logged = {id(one) for log in _logs(results) for one in log}
    rows = [_claim_row(one) for one in results.claims if id(one) not in logged]
    return _claims_table(rows, "Paper versus reproduced, number by number.", mark)


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
    found = (None, None, None) if one.reproduced is None else _found(one, claim)
    tolerance = f"± {claim.shown(one.tolerance):g}"
    return (one.arm, what, as_printed(one), *found, tolerance, badge(one.verdict), one.where)


def _claim(one: ClaimResult) -> Claim:
    return Claim(
        metric=one.metric, printed=one.printed, where=one.where, arm=one.arm, unit=one.unit
    )


def _found(one: ClaimResult, claim: Claim) -> tuple[str, str | None, str]:
    """Our value, its interval (None for an exact number) and the difference, in the printed unit."""
    digits = {"percent": ".1f", "KB": ".2f", "MB": ".2f"}.get(one.unit)
    show = f"{{:{digits}}}".format if digits else number_format(one.metric, one.unit)
    gap = show(claim.shown(one.reproduced - claim.value))
    size = gap.lstrip("-")
    sign = "" if float(gap) == 0 else gap.removesuffix(size) or "+"
    low, high = (show(claim.shown(bound)) for bound in (one.low, one.high))
    return (
        show(claim.shown(one.reproduced)) + unit_sign(one.unit),
        None if one.metric in ("parameters", "memory") else f"{low} – {high}",
        sign + size,
    )


def _claims_table(rows: Sequence[tuple], caption: str, mark: str) -> Shown:
    columns = (
        "Number",
        "Printed",
        "Ours",
        "Interval",
        "Difference",
        "Tolerance",
        "Verdict",
        "Where",
    )
    if len({row[0] for row in rows}) > 1:
        return table(rows, ("Model", *columns), caption, mark, numeric=(2, 3, 4, 5, 6))
    return table([row[1:] for row in rows], columns, caption, mark, numeric=(1, 2, 3, 4, 5))
