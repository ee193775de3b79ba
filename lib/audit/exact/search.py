"""The search for joint margins of all classes of a classification report, and their number."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from math import ceil, floor
from typing import NamedTuple

from lib.audit.exact.margins import Margin, Solutions, Table, margins, right
from lib.audit.rounding import whole

SCALE = 10**12  # averages are summed in these units, each off by less than one
# Beyond these a search is given up: margins of all classes, steps, bits times margins; and how many
# solutions are kept.
MOST_MARGINS, MOST_STEPS, MOST_BITS, KEPT = 200_000, 200_000, 5 * 10**10, 1000

Sums = tuple[int, ...]


class _Option(NamedTuple):
    margin: Margin
    sums: Sums  # what it adds to the images, then to every printed average in units of 1 / SCALE


class _Reached(NamedTuple):
    """A set of (hits, called), one bit each; `base` is what its first bit stands for."""

    bits: bytes
    base: tuple[int, int]
    width: int

    def __contains__(self, one: tuple[int, int]) -> bool:
        place = (one[0] - self.base[0]) * self.width + one[1] - self.base[1]
        return bool(self.bits[place >> 3] >> (place & 7) & 1)


@dataclass(kw_only=True)
class _Search:
    """What a search needs at every step; classes with few margins come first.

    Attributes:
        options: The margins of each class, and of the last one by the number of its calls.
        limits: Least and greatest allowed sum of each of an option's `sums`.
        least, most: What the classes from the i-th on add to each of them.
        alive: Sums of (hits, called) before the i-th class that the others can complete, or None.
        steps: How many are left.
    """

    total: int
    options: list[list[_Option]]
    last: dict[int, list[_Option]]
    right: range
    limits: list[tuple[int, int]]
    least: list[Sums]
    most: list[Sums]
    alive: list[_Reached] | None
    steps: int = 0


def solve(table: Table, enough: int | None = None, steps: int = MOST_STEPS) -> Solutions:
    """All sets of margins that give the report, as far as they can be counted.

    Args:
        enough: Sets after which it stops, None for all.
        steps: After so many it gives up.

    Where it says that there is none, there is none: sums of hits and of calls are whole numbers, and
    sums of scores are held against bounds that are wider than they can be off.
    """
    allowed = right(table)
    fits = [list(islice(margins(row, table, allowed), MOST_MARGINS + 1)) for row in table.rows]
    if not all(fits) or not allowed:
        empty = tuple(place for place, one in enumerate(fits) if not one)
        return Solutions(count=0, complete=True, empty=empty)
    if sum(map(len, fits)) > MOST_MARGINS:
        return Solutions(count=0, complete=False)
    order = sorted(range(len(fits)), key=lambda place: len(fits[place]))
    search = _prepared(table, [fits[place] for place in order], allowed)
    search.steps = steps
    return _counted(search, order, enough)


def _prepared(table: Table, fits: list[list[Margin]], allowed: range) -> _Search:
    adds, limits = _averages(table)
    options = [[_Option(one, tuple(add(one) for add in adds)) for one in each] for each in fits]
    last = defaultdict(list)
    for one in options[-1]:
        last[one.margin.called].append(one)
    columns = [list(zip(*(one.sums for one in each), strict=True)) for each in options]
    return _Search(
        total=table.total,
        options=options,
        last=last,
        right=allowed,
        limits=limits,
        least=_from_each(columns, min),
        most=_from_each(columns, max),
        alive=_alive(fits, allowed, table.total),
    )


def _from_each(columns: list[list[Sums]], extreme: Callable[[Sums], int]) -> list[Sums]:
    """Sums of the extremes over the classes from the i-th on; the last is empty, all zeros."""
    found = [(0,) * len(columns[0])]
    for each in reversed(columns):
        found.append(tuple(map(sum, zip(found[-1], map(extreme, each), strict=True))))
    return found[::-1]


def _averages(table: Table) -> tuple[list[Callable[[Margin], int]], list[tuple[int, int]]]:
    """What a margin adds to each sum that is bounded, and the bounds of these sums."""
    classes = len(table.rows)
    adds, limits = [lambda one: one.support], [(table.total, table.total)]
    for each, parts in ((table.macro, False), (table.weighted, True)):
        for score, (low, high) in each.items():
            adds.append(lambda one, score=score, parts=parts: _scaled(one, score, parts))
            times = SCALE * (table.total if parts else classes)
            limits.append((floor(low * times) - classes, ceil(high * times)))
    return adds, limits


def _scaled(one: Margin, score: str, weighted: bool) -> int:
    above, below = {
        "precision": (one.hits, one.called),
        "recall": (one.hits, one.support),
        "f1": (2 * one.hits, one.called + one.support),
    }[score]
    return above * (one.support if weighted else 1) * SCALE // below if below else 0


def _alive(fits: list[list[Margin]], allowed: range, total: int) -> list[_Reached] | None:
    """Backward from the sums that are wanted; None where the sets would grow too large."""
    pairs = [{(one.hits, one.called) for one in each} for each in fits]
    lows, highs = (
        [tuple(map(side, zip(*each, strict=True))) for each in pairs] for side in (min, max)
    )
    base, top = (tuple(map(sum, zip(*each, strict=True))) for each in (lows, highs))
    width = top[1] - base[1] + 1
    size = (top[0] - base[0] + 1) * width
    if size * sum(map(len, pairs)) > MOST_BITS:
        return None
    bits = 0
    if base[1] <= total <= top[1]:
        for hits in whole(max(allowed.start, base[0]), min(allowed.stop - 1, top[0])):
            bits |= 1 << (hits - base[0]) * width + total - base[1]
    found = [_Reached(bits.to_bytes(size // 8 + 1, "little"), base, width)]
    for each, low in zip(reversed(pairs), reversed(lows), strict=True):
        bits = _before(bits, ((one[0] - low[0]) * width + one[1] - low[1] for one in each))
        base = (base[0] - low[0], base[1] - low[1])
        found.append(_Reached(bits.to_bytes(size // 8 + 1, "little"), base, width))
    return found[::-1]


def _before(bits: int, shifts: Iterator[int]) -> int:
    found = 0
    for shift in shifts:
        found |= bits >> shift
    return found


def _counted(search: _Search, order: list[int], enough: int | None) -> Solutions:
    count, found = 0, []
    nothing = (0,) * len(search.limits)
    for each in islice(_sets(search, (), 0, 0, nothing), enough):
        count += 1
        if count <= KEPT:
            found.append(tuple(one for _, one in sorted(zip(order, each, strict=True))))
    return Solutions(count=count, complete=search.steps > 0 and count != enough, found=tuple(found))


def _sets(
    search: _Search, chosen: tuple[Margin, ...], hits: int, called: int, sums: Sums
) -> Iterator[tuple[Margin, ...]]:
    """Every set of margins that begins with those chosen, whose sums are given."""
    place = len(chosen)
    if place == len(search.options):
        if _exists(chosen, search.total - hits):
            yield chosen
        return
    final = place + 1 == len(search.options)
    for one in search.last.get(search.total - called, ()) if final else search.options[place]:
        search.steps -= 1
        if search.steps <= 0:
            return
        margin = one.margin
        so_far = (hits + margin.hits, called + margin.called)
        added = tuple(map(sum, zip(sums, one.sums, strict=True)))
        if _hopeful(search, place + 1, so_far, added):
            yield from _sets(search, (*chosen, margin), *so_far, added)


def _hopeful(search: _Search, place: int, so_far: tuple[int, int], sums: Sums) -> bool:
    """Whether the classes from `place` on may bring every sum within its limits."""
    if search.alive is not None and so_far not in search.alive[place]:
        return False
    if place == len(search.options) and so_far[0] not in search.right:
        return False
    rows = zip(sums, search.least[place], search.most[place], search.limits, strict=True)
    return all(
        done + least <= high and done + most >= low for done, least, most, (low, high) in rows
    )


def _exists(chosen: tuple[Margin, ...], wrong: int) -> bool:
    """Whether a matrix with these margins exists: what is wrong about a class has a place elsewhere."""
    return all(one.called + one.support - 2 * one.hits <= wrong for one in chosen)
