"""Tables of paper versus reproduced; every number stands in results.json."""

from collections import Counter
from collections.abc import Sequence

from lib.paper import Claim
from lib.report.shown import Markup, Shown, fold_away, table
from lib.report.words import as_printed, metric_name, number_format
from lib.results import ClaimResult, Results

VERDICT_CLASSES = {
    "reproduced": "yes",
    "not reproduced": "no",
    "inconclusive": "open",
    "not comparable": "mute",
}


def verdict_summary(results: Results, mark: str) -> Shown:
    """How many of the paper's numbers came out how, why, and by which rule."""
    counts = Counter((one.verdict, one.reason) for one in results.claims)
    rows = [(_badge(verdict), reason, count) for (verdict, reason), count in counts.most_common()]
    caption = f"What became of the {len(results.claims)} printed numbers. {results.verdict_rule}"
    return table(rows, ("Verdict", "Why", "Numbers"), caption, mark, numeric=(2,))


def verdicts(results: Results, mark: str) -> Shown:
    """Paper versus reproduced: every printed number that is not about one epoch of training."""
    rows = [_claim_row(one) for one in results.claims if one.epoch is None]
    return _claims_table(rows, "Paper versus reproduced, number by number.", mark)


def training_table(results: Results, mark: str) -> Shown:
    """Paper versus reproduced for the numbers printed for each epoch."""
    rows = [_claim_row(one) for one in results.claims if one.epoch is not None]
    shown = _claims_table(rows, "Paper versus reproduced, epoch by epoch.", mark)
    return fold_away(f"The {len(rows)} numbers of single epochs", shown)


def _badge(verdict: str) -> Markup:
    return Markup(f'<span class="verdict {VERDICT_CLASSES[verdict]}">{verdict}</span>')


def _claim_row(one: ClaimResult) -> tuple:
    # Shown in the unit it was printed in.
    scale = 100 if one.unit == "percent" else 1
    what = f"{metric_name(one.metric)} {one.of}" if one.of else metric_name(one.metric)
    if one.epoch is not None:
        what = f"{what}, {one.part}, epoch {one.epoch}"
    found = (None, None, None) if one.reproduced is None else _found(one, scale)
    tolerance = f"± {scale * one.tolerance:g}"
    return (what, as_printed(one), *found, tolerance, _badge(one.verdict), one.where)


def _found(one: ClaimResult, scale: int) -> tuple[str, str | None, str]:
    """Our value, its interval (None for an exact number) and the difference from the printed one."""
    show = "{:.1f}".format if one.unit == "percent" else number_format(one.metric, one.unit)
    value = Claim(metric="", printed=one.printed, where="", arm="", unit=one.unit).value
    digits = {"percent": ".1f", "count": ".4g"}.get(one.unit, ".3f")
    difference = format(scale * (one.reproduced - value), f"+{digits}")
    if float(difference) == 0:  # neither +0 nor -0 says anything
        difference = format(0.0, digits)
    exact = one.metric == "parameters"
    interval = None if exact else f"{show(scale * one.low)} – {show(scale * one.high)}"
    return (
        show(scale * one.reproduced) + (" %" if one.unit == "percent" else ""),
        interval,
        difference,
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
    return table(rows, columns, caption, mark, numeric=(1, 2, 3, 4, 5))
