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
    scale, sign, show = 1, "", number_format(one.metric, one.unit)
    if one.unit == "percent":  # shown in the unit it was printed in
        scale, sign, show = 100, " %", "{:.1f}".format
    ours = interval = difference = None
    if one.reproduced is not None:
        printed = (
            scale * Claim(metric="", printed=one.printed, where="", arm="", unit=one.unit).value
        )
        ours = show(scale * one.reproduced) + sign
        interval = f"{show(scale * one.low)} – {show(scale * one.high)}"
        gap = scale * one.reproduced - printed
        difference = (
            f"{gap:+.4g}" if one.unit == "count" else f"{gap:+.1f}" if sign else f"{gap:+.3f}"
        )
    what = f"{metric_name(one.metric)} {one.of}" if one.of else metric_name(one.metric)
    if one.epoch is not None:
        what = f"{what}, {one.part}, epoch {one.epoch}"
    tolerance = f"± {scale * one.tolerance:g}"
    return (
        what,
        as_printed(one),
        ours,
        interval,
        difference,
        tolerance,
        _badge(one.verdict),
        one.where,
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
