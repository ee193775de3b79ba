"""The values that a printed number can stand for, as exact fractions, and the shares among them."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Literal

from lib.papers.declare import Claim
from lib.words import percent

Bounds = tuple[Fraction, Fraction]
# How the digits of a table were made. "mixed": number by number, one rounded and another cut off.
Digits = Literal["rounded", "cut", "mixed"]
UNITS = {"percent": Fraction(1, 100), "KB": Fraction(1024), "MB": Fraction(1024**2)}
# Keras counts in single precision: a share may be off by half a unit of its last place.
NOISE = Fraction(1, 2**24)
FARTHEST = 10_000  # images up to which totals are tried where the paper states none


def bounds(claim: Claim, digits: Digits) -> Bounds:
    """The least and the greatest value that prints like this, both included.

    Half a unit of the last place either side holds whatever rounds to the number, half up and
    half to even alike; a whole unit above, whatever was cut off. A count is exact. Percentages as
    fractions, sizes in bytes.

    Args:
        digits: What is assumed of a claim that does not say itself how its digits were made.
    """
    value = Fraction(claim.decimal)
    if claim.unit == "count":
        return value, value
    place, digits = step(claim), claim.kind.digits or digits
    noise = NOISE * max(Fraction(1), abs(value))
    below = place / 2 if digits != "cut" else Fraction(0)
    above = place / 2 if digits == "rounded" else place
    if value < 0 and digits != "rounded":  # digits are cut off towards zero
        below, above = place, below
    return value - below - noise, value + above + noise


def step(claim: Claim) -> Fraction:
    """One unit of the last printed place, in the unit of the metric."""
    _, _, decimals = claim.printed.replace(",", ".").partition(".")
    return UNITS.get(claim.unit, Fraction(1)) / 10 ** len(decimals)


def common(several: Iterable[Bounds]) -> Bounds | None:
    """The values that lie in all of several bounds; None where there is none."""
    lows, highs = zip(*several, strict=True)
    low, high = max(lows), min(highs)
    return (low, high) if low <= high else None


def whole(low: Fraction | int, high: Fraction | int) -> range:
    """The whole numbers from `low` to `high`, both included."""
    return range(ceil(low), floor(high) + 1)


def shares(n: int, within: Bounds) -> range:
    """The numbers of `n` images whose share lies in `within`."""
    low, high = within
    # In whole numbers, since this is the innermost step of every search.
    least = -(-low.numerator * n // low.denominator)
    return range(max(0, least), min(n, high.numerator * n // high.denominator) + 1)


def decimal_text(value: Fraction, places: int) -> str:
    """A number with so many decimals, a half rounded up: 78/160 → "0.488", as 100 · 78/160 → "48.8"."""
    units = floor(value * 10**places + Fraction(1, 2))
    return str(Decimal(units).scaleb(-places))


def percent_text(share: Fraction) -> str:
    """As `lib.words.percent`, a half rounded up."""
    far = min(share, 1 - share) >= Fraction(1, 2000)
    return f"{decimal_text(100 * share, 1)} %" if far else percent(float(share))


def fitting_totals(claims: Sequence[Claim], most: int, digits: Digits) -> list[int]:
    """The numbers of images up to `most` of which every accuracy is a share; `digits` as in `bounds`."""
    every_bounds = [bounds(claim, digits) for claim in claims]
    return [n for n in range(1, most + 1) if all(shares(n, within) for within in every_bounds)]
