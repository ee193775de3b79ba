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
            yield from _draw(paper, report)


def _draw(paper: Paper, report: Report) -> Iterator[Finding]:
    """Supports against the classes' counts: equal shares if stratified, else a plausible draw."""
    total = stated_total(paper)
    counts = {
        name: count for name, count in paper.dataset.counts.items() if isinstance(count, Stated)
    }
    if total is None or not counts:
        return
    images = {name: printed_count(count.value) for name, count in counts.items()}
    drawn = sum(report.supports)
    supports = dict(zip(report.rows, report.supports, strict=True))
    chances = {
        name: draw_chance(supports[name], number, drawn, total) for name, number in images.items()
    }
    rare = [name for name, chance in chances.items() if chance * len(chances) < UNLIKELY]
    over = [name for name, number in images.items() if supports[name] > number]
    yield Finding(
        check="sizes",
        topic="Classes among the test images",
        outcome="impossible" if over else "undetermined" if rare else "consistent",
        printed=(
            *(f"{name}: {support} ({report.where})" for name, support in supports.items()),
            *(
                f"{name}: {count.value} of {total:,} ({count.where})"
                for name, count in counts.items()
            ),
        ),
        arithmetic="; ".join(
            f"{name}: {drawn * number / total:.0f} expected of {drawn:,}, {supports[name]} found"
            for name, number in images.items()
        )
        + "".join(
            f"; chance of a number of {name} so far off: {chances[name]:.0e}" for name in rare
        ),
        sentence=_sentence({name: supports[name] for name in rare}, over),
        weight=2,
        arm=report.arm,
    )


def _sentence(rare: dict[str, int], over: list[str]) -> str:
    if over:
        return f"More images of {listed(over)} were tested than there are."
    if rare:
        drawn = listed(f"{number} of {name}" for name, number in rare.items())
        return (
            f"A draw at random from the stated numbers would practically never give {drawn}: the classes "
            "were hardly as large as stated, or the images were not drawn at random."
        )
    return "A division at random of the stated numbers gives such numbers of test images."


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
