"""Tables of differences: arm against arm, protocol against protocol. Every number stands in results.json."""

from collections.abc import Callable, Sequence

import numpy as np

from lib.report.blocks import Shown, sentence, table
from lib.report.notation import interval
from lib.results import Comparison, Gap, Results, headlines
from lib.words import counted, listed

PROTOCOLS = ("published", "grouped")
ENOUGH = 0.9  # of the training images: from so many on, the rest explains no difference


def comparisons(results: Results, mark: str) -> Shown:
    """Every arm against every other on the same test images; nothing where there is only one."""
    arms = {one.arm for one in results.models}
    found = [one for one in results.comparisons if {one.arm, one.versus} <= arms]
    if not found:
        return Shown("")
    tested = any(one.p is not None for one in found)
    columns = ["Arm", "Against", "Protocol", "Difference", "For the whole family"]
    columns += ["p", "p, Holm"] if tested else []
    rows = [_comparison(one)[: len(columns)] for one in found]
    numeric = tuple(range(3, len(columns)))
    return table(rows, columns, _caption(found, results, tested), mark, numeric=numeric)


def protocols(results: Results, mark: str) -> Shown:
    """Test accuracy under both protocols, their difference, and what it means in a sentence.

    Where only one protocol was run: why.
    """
    names = list(dict.fromkeys(fold.protocol for fold in results.folds))
    if len(names) < 2:
        return sentence(_why_alone(results, names[0]))
    of_arm = [{one.arm: interval(one) for one in headlines(results.scores, p)} for p in PROTOCOLS]
    rows = [
        (one.arm, *(scores[one.arm] for scores in of_arm), _apart(one, one.low, one.high))
        for one in results.gaps
    ]
    noun, methods = results.grouping.noun, dict.fromkeys(one.method for one in results.gaps)
    caption = (
        f"Test accuracy by protocol (mean over seeds, interval of one run). published: the split of "
        f"the paper; grouped: no {noun} on both sides, every image tested on once a seed. The "
        f"difference is published less grouped; its interval ({'; '.join(methods)}) draws the test "
        f"images of both at once, so what they share cancels. Training images a model, on average: "
        f"{_trained(results, 'published'):,.0f} and {_trained(results, 'grouped'):,.0f}."
    )
    shown = table(rows, ("Arm", *PROTOCOLS, "Difference"), caption, mark, numeric=(1, 2, 3))
    return shown + sentence(_meaning(results))


def _comparison(one: Comparison) -> tuple:
    difference = _apart(one, one.low, one.high)
    family = f"[{one.family_low:+.3f}, {one.family_high:+.3f}]"
    return (one.arm, one.versus, one.protocol, difference, family, _p(one.p), _p(one.p_family))


def _apart(one: Comparison | Gap, low: float, high: float) -> str:
    return f"{one.mean:+.3f} [{low:+.3f}, {high:+.3f}]"


def _p(value: float | None) -> str | None:
    if value is None:
        return None
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _caption(found: Sequence[Comparison], results: Results, tested: bool) -> str:
    number, methods = found[0].family, dict.fromkeys(one.method for one in found)
    text = (
        "Arm against arm on the same test images: accuracy of the first less that of the second, mean "
        f"over seeds, with the interval of one run ({'; '.join(methods)}). "
    )
    if number > 1:
        text += (
            f"Of many comparisons some look like a difference by chance. There are {number} here: the "
            f"interval for the whole family is so wide (Bonferroni) that all {number} together miss "
            "nothing in 95 of 100 repetitions. "
        )
    if not tested:
        text += f"No p-value: images of one {results.data.group_noun} are not independent. "
    else:
        seeds = len(found[0].per_seed)
        text += "p: McNemar's exact test on the images that only one of the two gets right"
        text += ", twice the median over seeds" if seeds > 1 else ""
        text += f"; p, Holm: the same, raised for {number} tests. " if number > 1 else ". "
    return text + "It is these trained models that are compared, not all that a recipe could give."


def _why_alone(results: Results, name: str) -> str:
    reason = results.grouping.hindrance or "the setting protocols names no other"
    return f"Only the {name} protocol was run: {reason}."


def _meaning(results: Results) -> str:
    """One sentence: a clause for the arms that lose, that win, and that do neither."""
    noun, units = results.grouping.noun, results.grouping.units
    lose, win = (
        [one for one in results.gaps if does(one)]
        for does in (lambda one: one.low > 0, lambda one: one.high < 0)
    )
    open_ = [one for one in results.gaps if one not in (*lose, *win)]
    clauses = []
    if lose:
        clauses.append(
            f"keeping every {noun} on one side of the split costs {_listed(lose, results, abs)}: so "
            f"much of the published accuracy is owed to test images whose {noun} was trained on"
            f"{_fewer(results)}"
        )
    if win:
        clauses.append(
            f"keeping every {noun} on one side of the split adds {_listed(win, results, abs)}: no "
            f"leak shows, and the two protocols differ in which images they test"
        )
    if open_:
        clauses.append(
            f"the two protocols cannot be told apart with {counted(units, noun)}: "
            f"{_listed(open_, results)}"
        )
    text = "; ".join(clauses)
    return f"{text[0].upper()}{text[1:]}."


def _listed(found: Sequence[Gap], results: Results, of: Callable = float) -> str:
    """ "net 0.330 [0.210, 0.440] and other 0.200 [0.100, 0.300]"; without names where there is one arm."""
    sign = "+.3f" if of is float else ".3f"
    told = []
    for one in found:
        low, high = sorted((of(one.low), of(one.high)))
        name = f"{one.arm} " if len(results.gaps) > 1 else ""
        told.append(f"{name}{of(one.mean):{sign}} [{low:{sign}}, {high:{sign}}]")
    return listed(told)


def _fewer(results: Results) -> str:
    published, grouped = (_trained(results, name) for name in PROTOCOLS)
    if grouped >= ENOUGH * published:
        return ""
    return f", and to training on {published:,.0f} images instead of {grouped:,.0f}"


def _trained(results: Results, protocol: str) -> float:
    """Training images of a model, mean over folds."""
    folds = [one for one in results.folds if one.protocol == protocol]
    return float(np.mean([sum(one.train.values()) for one in folds]))
