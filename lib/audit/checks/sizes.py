"""Numbers of images: do classes, parts and shares add up?"""

from collections.abc import Iterator
from fractions import Fraction
from math import exp, lgamma

from lib.audit.findings import Finding
from lib.audit.parts import printed_sizes
from lib.audit.tables import Report, reports
from lib.papers.declare import Paper, Stated, printed_count
from lib.words import listed

PERCENT = Fraction(1, 100)  # shares are told in whole per cent
UNLIKELY = 1e-6


def check_sizes(paper: Paper) -> Iterator[Finding]:
    """Classes against the total, parts against the total, the test share, the supports of a report."""
    yield from _classes(paper)
    yield from _parts(paper)
    yield from _share(paper)
    for report in {one.supports: one for one in reports(paper) if one.part == "test"}.values():
        if report.supports:
            yield from _balance(paper, report)


def _total(paper: Paper) -> int | None:
    total = paper.dataset.total
    return printed_count(total.value) if isinstance(total, Stated) else None


def _classes(paper: Paper) -> Iterator[Finding]:
    counts, total = paper.dataset.counts, _total(paper)
    if total is None or not any(isinstance(one, Stated) for one in counts.values()):
        return
    found = sum(printed_count(one.value) for one in counts.values())
    assumed = [name for name, one in counts.items() if not isinstance(one, Stated)]
    outcome = "consistent" if found == total else "undetermined" if assumed else "impossible"
    yield Finding(
        check="sizes",
        topic="Images of the classes and in all",
        outcome=outcome,
        printed=(
            *(
                f"{name}: {one.value} ({one.where})"
                for name, one in counts.items()
                if isinstance(one, Stated)
            ),
            f"{paper.dataset.total.value} ({paper.dataset.total.where})",
        ),
        arithmetic=f"{' + '.join(one.value for one in counts.values())} = {found:,}"
        + f"; that of {listed(assumed)} is assumed" * bool(assumed),
        sentence=(
            "The classes add up to the total."
            if found == total
            else "The classes do not add up to the total."
        ),
        weight=2,
    )


def _parts(paper: Paper) -> Iterator[Finding]:
    """Training and test images of an arm against the total."""
    total = _total(paper)
    for arm in paper.arms:
        trained, tested = (printed_sizes(paper, arm.name, part) for part in ("train", "test"))
        if total is None or not (trained and tested):
            continue
        sums = {one.images + other.images: (one, other) for one in trained for other in tested}
        pair = sums.get(total)
        yield Finding(
            check="sizes",
            topic="Training and test images and all",
            outcome="consistent" if pair else "impossible",
            printed=(
                *(f"{one.images:,} ({one.where})" for one in (*trained, *tested)),
                f"{paper.dataset.total.value} ({paper.dataset.total.where})",
            ),
            arithmetic=listed(
                f"{one.images} + {other.images} = {both:,}" for both, (one, other) in sums.items()
            ),
            sentence=(
                f"{pair[0].images:,} and {pair[1].images:,} images make all {total:,}."
                if pair
                else f"The two parts do not make all {total:,} images."
            ),
            weight=2,
            arm=arm.name,
        )


def _share(paper: Paper) -> Iterator[Finding]:
    total, share = _total(paper), paper.split.test_share
    tested = {
        one.images: one for arm in paper.arms for one in printed_sizes(paper, arm.name, "test")
    }
    if total is None or not isinstance(share, Stated):
        return
    for images, size in tested.items():
        stated, found = Fraction(str(share.value)), Fraction(images, total)
        # Cut off to whole per cent, or rounded; and half an image more or less, which cannot be divided.
        fits = (
            stated - PERCENT / 2 - Fraction(1, total)
            <= found
            <= stated + PERCENT + Fraction(1, total)
        )
        yield Finding(
            check="sizes",
            topic="Share of test images",
            outcome="consistent" if fits else "impossible",
            printed=(
                f"{images:,} ({size.where})",
                f"{_whole(stated)} ({share.where})",
                f"{paper.dataset.total.value} ({paper.dataset.total.where})",
            ),
            arithmetic=f"{images:,}/{total:,} = {float(found):.4f}"
            + f"; {images:,} are {_whole(stated)} of {float(images / stated):,.0f}" * (not fits),
            sentence=(
                "The test images are the stated share of all."
                if fits
                else f"{images:,} test images are not {_whole(stated)} of {total:,}: images are missing, or another "
                "share was tested on."
            ),
            weight=2,
        )


def _whole(share: Fraction) -> str:
    return f"{float(100 * share):g} %"


def _balance(paper: Paper, report: Report) -> Iterator[Finding]:
    """Supports against the classes' counts: equal shares if stratified, else a plausible draw."""
    counts, total = paper.dataset.counts, _total(paper)
    if total is None or not all(isinstance(one, Stated) for one in counts.values()):
        counts = {name: one for name, one in counts.items() if isinstance(one, Stated)}
    if total is None or not counts:
        return
    drawn = sum(report.supports)
    supports = dict(zip(report.rows, report.supports, strict=True))
    chances = {
        name: chance(supports[name], printed_count(one.value), drawn, total)
        for name, one in counts.items()
    }
    rare = [name for name, one in chances.items() if one * len(chances) < UNLIKELY]
    over = [name for name, one in counts.items() if supports[name] > printed_count(one.value)]
    expected = {name: drawn * printed_count(one.value) / total for name, one in counts.items()}
    yield Finding(
        check="sizes",
        topic="Classes among the test images",
        outcome="impossible" if over else "undetermined" if rare else "consistent",
        printed=tuple(f"{name}: {support} ({report.where})" for name, support in supports.items())
        + tuple(f"{name}: {one.value} of {total:,} ({one.where})" for name, one in counts.items()),
        arithmetic="; ".join(
            f"{name}: {expected[name]:.0f} expected of {drawn:,}, {supports[name]} found"
            for name in counts
        )
        + "".join(
            f"; chance of a number of {name} so far off: {chances[name]:.0e}" for name in rare
        ),
        sentence=_balance_sentence({name: supports[name] for name in rare}, over),
        weight=2,
        arm=report.arm,
    )


def _balance_sentence(rare: dict[str, int], over: list[str]) -> str:
    if over:
        return f"More images of {listed(over)} were tested than there are."
    if rare:
        drawn = listed(f"{number} of {name}" for name, number in rare.items())
        return (
            f"A draw at random from the stated numbers would practically never give {drawn}: the classes "
            "were hardly as large as stated, or the images were not drawn at random."
        )
    return "A division at random of the stated numbers gives such numbers of test images."


def chance(found: int, marked: int, drawn: int, total: int) -> float:
    """Twice the chance of a draw without return that is as far off or farther on the same side.

    Args:
        found: Marked ones among those drawn.
        marked, drawn, total: Marked ones, those drawn, and all.

    Source: the hypergeometric distribution; doubling as in Fisher's exact test's usual two-sided form.
    """
    least, most = max(0, drawn + marked - total), min(marked, drawn)
    if not least <= found <= most:
        return 0.0
    below = found <= drawn * marked / total
    side = range(found, least - 1, -1) if below else range(found, most + 1)
    sure = _log_comb(total, drawn)
    tail = (_log_comb(marked, k) + _log_comb(total - marked, drawn - k) - sure for k in side)
    return min(1.0, 2 * sum(map(exp, tail)))


def _log_comb(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
