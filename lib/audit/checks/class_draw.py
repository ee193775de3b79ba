"""The classes among the test images: does a draw from the stated numbers give them?"""

from collections.abc import Iterator
from math import exp, lgamma

from lib.audit.findings import UNLIKELY, Finding
from lib.audit.part_sizes import stated_total
from lib.audit.reports import Report, find_reports
from lib.papers.declare import Paper, Stated, printed_count
from lib.words import listed


def check_class_draw(paper: Paper) -> Iterator[Finding]:
    """One finding per set of supports that a report on test images prints."""
    reports = {report.supports: report for report in find_reports(paper) if report.part == "test"}
    for report in reports.values():
        if report.supports:
            yield from _draw(paper, report, report.supports)


def _draw(paper: Paper, report: Report, printed: tuple[int, ...]) -> Iterator[Finding]:
    """Supports against the classes' counts: equal shares if stratified, else a plausible draw."""
    total = stated_total(paper)
    counts = {
        name: count for name, count in paper.dataset.counts.items() if isinstance(count, Stated)
    }
    if total is None or not counts:
        return
    images = {name: printed_count(count.value) for name, count in counts.items()}
    drawn = sum(printed)
    supports = dict(zip(report.rows, printed, strict=True))
    chances = {
        name: draw_chance(supports[name], number, drawn, total) for name, number in images.items()
    }
    rare = [name for name, chance in chances.items() if chance * len(chances) < UNLIKELY]
    over = [name for name, number in images.items() if supports[name] > number]
    told = over or rare or list(images)
    yield Finding(
        check="sizes",
        topic="Classes among the test images",
        outcome="impossible" if over else "undetermined" if rare else "consistent",
        printed=(
            *(f"{name}: {supports[name]} ({report.where})" for name in told),
            *(f"{name}: {counts[name].value} of {total:,} ({counts[name].where})" for name in told),
        ),
        arithmetic="; ".join(
            f"{name}: {drawn * images[name] / total:.0f} of {drawn:,} expected, {supports[name]} printed"
            + (
                f"; a draw is so far off with a chance of {chances[name]:.0e}"
                if name in rare
                else ""
            )
            for name in told
        ),
        sentence=_sentence({name: supports[name] for name in rare}, over),
        weight=2,
        arm=report.arm,
    )


def _sentence(rare: dict[str, int], over: list[str]) -> str:
    if over:
        return f"More images of {listed(over)} were tested than the paper has."
    if rare:
        drawn = listed(f"{number} of {name}" for name, number in rare.items())
        return (
            f"A random draw from the stated numbers would practically never give {drawn}: either the classes were not "
            "as large as stated, or the images were not drawn at random."
        )
    return "A random division of the stated numbers gives such numbers of test images."


def draw_chance(support: int, count: int, drawn: int, total: int) -> float:
    """Twice the chance of a draw without return that is as far off or farther on the same side.

    Args:
        support: Images of the class among those drawn.
        count: Images of the class in all.
        drawn, total: Images drawn, and all images.

    Source: the hypergeometric distribution; doubling as in Fisher's exact test's usual two-sided form.
    """
    least, most = max(0, drawn + count - total), min(count, drawn)
    if not least <= support <= most:
        return 0.0
    below = support <= drawn * count / total
    side = range(support, least - 1, -1) if below else range(support, most + 1)
    every_draw = _log_comb(total, drawn)
    tail = (_log_comb(count, k) + _log_comb(total - count, drawn - k) - every_draw for k in side)
    return min(1.0, 2 * sum(map(exp, tail)))


def _log_comb(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
