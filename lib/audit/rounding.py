"""The values that a printed number can stand for, as exact fractions, and the shares among them."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import ceil, floor

from lib.papers.declare import Claim

Bounds = tuple[Fraction, Fraction]
UNITS = {"percent": Fraction(1, 100), "KB": Fraction(1024), "MB": Fraction(1024**2)}
# Keras counts in single precision: a share may be off by half a unit of its last place.
NOISE = Fraction(1, 2**24)
FARTHEST = 10_000  # images up to which totals are tried where the paper states none


def bounds(claim: Claim, cut: bool) -> Bounds:
    """The least and the greatest value that prints like this, both included.

    Half a unit of the last place either side holds whatever rounds to the number, half up and
    half to even alike. A count is exact. Percentages as fractions, sizes in bytes.

    Args:
        cut: Whether digits may have been cut off instead of rounded, which allows a whole unit above.
    """
    value = Fraction(claim.decimal)
    if claim.unit == "count":
        return value, value
    place = step(claim)
    noise = NOISE * max(1, value)
    return value - place / 2 - noise, value + (place if cut else place / 2) + noise


def step(claim: Claim) -> Fraction:
    """One unit of the last printed place, in the unit of the metric."""
    _, _, decimals = claim.printed.replace(",", ".").partition(".")
    return UNITS.get(claim.unit, Fraction(1)) / 10 ** len(decimals)


def common(several: Iterable[Bounds]) -> Bounds | None:
    """The values that lie in all of several bounds; None where there is none."""
    lows, highs = zip(*several, strict=True)
    low, high = max(lows), min(highs)
    return (low, high) if low <= high else None


def whole(low: Fraction, high: Fraction) -> range:
    """The whole numbers from `low` to `high`, both included."""
    return range(ceil(low), floor(high) + 1)


def shares(n: int, within: Bounds) -> range:
    """The numbers of `n` images whose share lies in `within`."""
    low, high = within
    # In whole numbers, since this is the innermost step of every search.
    least = -(-low.numerator * n // low.denominator)
    return range(max(0, least), min(n, high.numerator * n // high.denominator) + 1)


def fitting_totals(claims: Sequence[Claim], most: int, cut: bool) -> list[int]:
    """The numbers of images up to `most` of which every accuracy is a share; `cut` as in `bounds`."""
    every_bounds = [bounds(claim, cut) for claim in claims]
    return [n for n in range(1, most + 1) if all(shares(n, within) for within in every_bounds)]
