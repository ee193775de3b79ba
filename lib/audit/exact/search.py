"""The search for joint margins of all classes of a classification report, and their number."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import islice
from math import ceil, floor
from typing import NamedTuple

from lib.audit.exact.agreement import scores_of
from lib.audit.exact.margins import (
    F1_OF_MEANS,
    ClassBounds,
    Margin,
    ReportBounds,
    Solutions,
    class_margins,
    possible_hits,
)
from lib.audit.exact.relaxed import is_excluded
from lib.audit.rounding import Bounds, whole

SCALE = 10**12  # averages are summed in these units, each off by less than one
# Beyond these a search is given up: margins of all classes, steps, bits times margins; and how many
# solutions are kept.
MOST_MARGINS, MOST_STEPS, MOST_BITS, KEPT = 50_000, 60_000, 5 * 10**9, 1000
MOST_DEEP_STEPS = 1_500_000  # steps times classes
MOST_TRIES = 5_000_000  # of hits and images of all classes, before any is known to fit

Sums = tuple[int, ...]


class _Option(NamedTuple):
    margin: Margin
    sums: Sums  # what it adds to the images, then to every average in units of 1 / SCALE


class _F1OfMeans(NamedTuple):
    """Bounds of the F1-score of two sums: their places among the sums, and least and greatest."""

    precision: int
    recall: int
    limits: tuple[int, int]


class _Wanted(NamedTuple):
    """What is summed over the classes, the least and greatest allowed sums, and what follows from two."""

    terms: list[Callable[[Margin], int]]
    limits: list[tuple[int, int]]
    f1_of_means: list[_F1OfMeans]


@dataclass(frozen=True, slots=True)
class _Reached:
    """A set of sums (hits, predicted), one bit each; `base` is what its first bit stands for."""

    bits: bytes
    base: tuple[int, ...]
    width: int

    def __contains__(self, pair: tuple[int, int]) -> bool:
        place = (pair[0] - self.base[0]) * self.width + pair[1] - self.base[1]
        return bool(self.bits[place >> 3] >> (place & 7) & 1)


@dataclass(kw_only=True)
class _Search:
    """What a search needs at every step; classes with few margins come first.

    Attributes:
        options: The margins of each class.
        last: Those of the last class by the number of its predictions.
        all_hits: The numbers of hits that all classes may have together.
        limits: Least and greatest allowed sum of each of an option's `sums`.
        f1_of_means: F1-scores of two of these sums.
        least, most: What the classes from the i-th on add to each of them.
        alive: Sums (hits, predicted) before the i-th class that the others can complete, or None.
        steps: How many are left.
    """

    total: int
    options: list[list[_Option]]
    last: dict[int, list[_Option]]
    all_hits: range
    limits: list[tuple[int, int]]
    f1_of_means: list[_F1OfMeans]
    least: list[Sums]
    most: list[Sums]
    alive: list[_Reached] | None
    steps: int = 0


def solve(report: ReportBounds, enough: int | None = None, steps: int = MOST_STEPS) -> Solutions:
    """All sets of margins that give the report, as far as they can be counted.

    Args:
        enough: Sets after which it stops, None for all.
        steps: After so many it gives up.

    Where it says that there is none, there is none: sums of hits and of predictions are whole numbers,
    and sums of scores are held against bounds that are wider than they can be off.
    """
    all_hits = possible_hits(report)
    if not all_hits:
        return Solutions(count=0, complete=True, empty=_empty(report))
    if is_excluded(report):
        return Solutions(count=0, complete=True, empty=_empty(report))
    if sum(_tries(row, report) for row in report.rows) > MOST_TRIES:
        return Solutions(count=0, complete=False)
    fits = [
        list(islice(class_margins(row, report, all_hits), MOST_MARGINS + 1)) for row in report.rows
    ]
    if not all(fits):
        empty = tuple(label for label, margins in enumerate(fits) if not margins)
        return Solutions(count=0, complete=True, empty=empty)
    if sum(map(len, fits)) > MOST_MARGINS:
        return Solutions(count=0, complete=False)
    order = sorted(range(len(fits)), key=lambda label: len(fits[label]))
    search = _prepared(report, [fits[label] for label in order], all_hits)
    search.steps = min(steps, MOST_DEEP_STEPS // len(fits))
    return _counted(search, order, enough)


def _empty(report: ReportBounds) -> tuple[int, ...]:
    """Indices of the classes that no margins fit, whatever the number of hits in all; of few images."""

    def fits(row: ClassBounds) -> bool:
        return any(True for _ in class_margins(row, report, range(report.total + 1)))

    return tuple(
        label
        for label, row in enumerate(report.rows)
        if _tries(row, report) <= MOST_TRIES and not fits(row)
    )


def _tries(row: ClassBounds, report: ReportBounds) -> Fraction:
    """How many numbers of hits and images `class_margins` tries, about."""
    low, high = row.scores.get("recall", (Fraction(0), Fraction(1)))
    supports = report.total + 1 if row.support is None else 1
    return supports * (1 + (high - low) * (report.total if row.support is None else row.support))


def _prepared(report: ReportBounds, fits: list[list[Margin]], all_hits: range) -> _Search:
    wanted = _sums(report)
    options = [
        [_Option(margin, tuple(term(margin) for term in wanted.terms)) for margin in margins]
        for margins in fits
    ]
    last = defaultdict(list)
    for option in options[-1]:
        last[option.margin.predicted].append(option)
    columns = [list(zip(*(option.sums for option in choices), strict=True)) for choices in options]
    return _Search(
        total=report.total,
        options=options,
        last=last,
        all_hits=all_hits,
        limits=wanted.limits,
        f1_of_means=wanted.f1_of_means,
        least=_from_each(columns, min),
        most=_from_each(columns, max),
        alive=_alive(fits, all_hits, report.total),
    )


def _from_each(columns: list[list[Sums]], extreme: Callable[[Sums], int]) -> list[Sums]:
    """Sums of the extremes over the classes from the i-th on; the last is empty, all zeros."""
    sums = [(0,) * len(columns[0])]
    for class_columns in reversed(columns):
        sums.append(tuple(map(sum, zip(sums[-1], map(extreme, class_columns), strict=True))))
    return sums[::-1]


def _sums(report: ReportBounds) -> _Wanted:
    """What a margin adds to each sum that is needed, and the bounds of these sums."""
    classes = len(report.rows)
    wanted = _Wanted([lambda margin: margin.support], [(report.total, report.total)], [])
    for averages, weighted in ((report.macro, False), (report.weighted, True)):
        times = SCALE * (report.total if weighted else classes)
        needed = {score: within for score, within in averages.items() if score != F1_OF_MEANS}
        if F1_OF_MEANS in averages:
            everything = (Fraction(0), Fraction(1))
            needed = {"precision": everything, "recall": everything} | needed
        places = {}
        for score, within in needed.items():
            places[score] = len(wanted.terms)
            scaled = partial(
                _scaled, score=score, weighted=weighted, undefined=report.zero_division
            )
            wanted.terms.append(scaled)
            wanted.limits.append(_limits(within, times, classes))
        if F1_OF_MEANS in averages:
            limits = _limits(averages[F1_OF_MEANS], times, classes)
            wanted.f1_of_means.append(_F1OfMeans(places["precision"], places["recall"], limits))
    return wanted


def _limits(within: Bounds, times: int, classes: int) -> tuple[int, int]:
    """The bounds of a mean as those of its sum, of which every class may miss a unit."""
    low, high = within
    return floor(low * times) - classes, ceil(high * times)


def _scaled(margin: Margin, score: str, weighted: bool, undefined: int) -> int:
    """What a class adds to the sum of an average, in units of 1 / SCALE."""
    above, below = margin.fraction(score)
    if not below:
        above, below = undefined, 1
    return above * (margin.support if weighted else 1) * SCALE // below


def _alive(fits: list[list[Margin]], all_hits: range, total: int) -> list[_Reached] | None:
    """Backward from the sums that are wanted; None where the sets would grow too large."""
    pairs = [{(margin.hits, margin.predicted) for margin in margins} for margins in fits]
    lows, highs = (
        [tuple(map(extreme, zip(*class_pairs, strict=True))) for class_pairs in pairs]
        for extreme in (min, max)
    )
    base, top = (tuple(map(sum, zip(*corners, strict=True))) for corners in (lows, highs))
    width = top[1] - base[1] + 1
    size = (top[0] - base[0] + 1) * width
    if size * sum(map(len, pairs)) > MOST_BITS:
        return None
    bits = 0
    if base[1] <= total <= top[1]:
        for hits in whole(max(all_hits.start, base[0]), min(all_hits.stop - 1, top[0])):
            bits |= 1 << (hits - base[0]) * width + total - base[1]
    alive = [_Reached(bits.to_bytes(size // 8 + 1, "little"), base, width)]
    for class_pairs, low in zip(reversed(pairs), reversed(lows), strict=True):
        bits = _before(
            bits,
            ((hits - low[0]) * width + predicted - low[1] for hits, predicted in class_pairs),
        )
        base = (base[0] - low[0], base[1] - low[1])
        alive.append(_Reached(bits.to_bytes(size // 8 + 1, "little"), base, width))
    return alive[::-1]


def _before(bits: int, shifts: Iterable[int]) -> int:
    """The sums from which one of the shifts leads to one of `bits`."""
    before = 0
    for shift in shifts:
        before |= bits >> shift
    return before


def _counted(search: _Search, order: list[int], enough: int | None) -> Solutions:
    count, found, hits = 0, [], set()
    ranges: dict[str, tuple[float, float]] = {}
    for margins in islice(_sets(search), enough):
        count += 1
        hits.add(sum(margin.hits for margin in margins))
        for score, value in scores_of(margins).items():
            low, high = ranges.get(score, (value, value))
            ranges[score] = (min(low, value), max(high, value))
        if count <= KEPT:
            by_label = sorted(zip(order, margins, strict=True))
            found.append(tuple(margin for _, margin in by_label))
    return Solutions(
        count=count,
        complete=search.steps > 0 and count != enough,
        found=tuple(found),
        hits=tuple(sorted(hits)),
        ranges=ranges,
    )


def _sets(search: _Search) -> Iterator[tuple[Margin, ...]]:
    """Every set of margins that gives all sums, depth first.

    Without recursion, since there may be more classes than Python has levels of it.
    """
    chosen: list[Margin] = []
    nothing = (0,) * len(search.limits)
    levels = [(iter(_options(search, 0, predicted=0)), (0, 0), nothing)]
    while levels:
        options, so_far, sums = levels[-1]
        option = next(options, None)
        if option is None:
            levels.pop()
            del chosen[-1:]
            continue
        search.steps -= 1
        if search.steps <= 0:
            return
        margin, place = option.margin, len(levels)
        reached = (so_far[0] + margin.hits, so_far[1] + margin.predicted)
        added = tuple(map(sum, zip(sums, option.sums, strict=True)))
        if not _hopeful(search, place, reached, added):
            continue
        if place < len(search.options):
            chosen.append(margin)
            levels.append((iter(_options(search, place, reached[1])), reached, added))
        elif _exists((*chosen, margin), search.total - reached[0]):
            yield (*chosen, margin)


def _options(search: _Search, place: int, predicted: int) -> Sequence[_Option]:
    """What the class at this place may add: of the last, only what makes all predictions the images."""
    if place + 1 < len(search.options):
        return search.options[place]
    return search.last.get(search.total - predicted, ())


def _hopeful(search: _Search, place: int, so_far: tuple[int, int], sums: Sums) -> bool:
    """Whether the classes from `place` on may bring every sum within its limits."""
    if search.alive is not None and so_far not in search.alive[place]:
        return False
    if place == len(search.options) and so_far[0] not in search.all_hits:
        return False
    least, most = (
        tuple(map(sum, zip(sums, extreme[place], strict=True)))
        for extreme in (search.least, search.most)
    )
    within = zip(least, most, search.limits, strict=True)
    return all(below <= high and above >= low for below, above, (low, high) in within) and all(
        _f1_of_means_fits(f1, least, most, len(search.options)) for f1 in search.f1_of_means
    )


def _f1_of_means_fits(f1: _F1OfMeans, least: Sums, most: Sums, classes: int) -> bool:
    """Whether sums between these may have such an F1-score, which rises with either of them."""
    low, high = f1.limits
    below = _harmonic_mean(least[f1.precision], least[f1.recall])
    # Every class may have lost a unit of either sum, and the mean another one.
    above = _harmonic_mean(most[f1.precision] + classes, most[f1.recall] + classes) + 1
    return below <= high and above >= low


def _harmonic_mean(first: int, second: int) -> int:
    """Of two whole numbers, rounded down; 0 where both are 0."""
    return 2 * first * second // (first + second) if first + second else 0


def _exists(chosen: tuple[Margin, ...], wrong: int) -> bool:
    """Whether a matrix with these margins exists: what is wrong about a class has a place elsewhere."""
    return all(margin.predicted + margin.support - 2 * margin.hits <= wrong for margin in chosen)
