"""The values that a printed number can stand for, as exact fractions."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor

from lib.papers.declare import Claim

Bounds = tuple[Fraction, Fraction]
UNITS = {"percent": Fraction(1, 100), "KB": Fraction(1024), "MB": Fraction(1024**2)}
# Keras counts in single precision: a share may be off by half a unit of its last place.
NOISE = Fraction(1, 2**24)
FEW = 3  # more misprints than that tell nothing


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


def whole(low: Fraction, high: Fraction) -> range:
    """The whole numbers from `low` to `high`, both included."""
    return range(ceil(low), floor(high) + 1)


def shares(n: int, within: Bounds) -> range:
    """The numbers of `n` images whose share lies in `within`."""
    low, high = within
    # In whole numbers, since this is the innermost step of every search.
    least = -(-low.numerator * n // low.denominator)
    return range(max(0, least), min(n, high.numerator * n // high.denominator) + 1)


def common(several: Iterable[Bounds]) -> Bounds | None:
    """The values that lie in all of several bounds; None where there is none."""
    lows, highs = zip(*several, strict=True)
    low, high = max(lows), min(highs)
    return (low, high) if low <= high else None


def distinct(claims: Iterable[Claim]) -> list[Claim]:
    """The first claim of every number: 0.981 and 98.1 % are one."""
    first = {}
    for one in claims:
        first.setdefault(one.decimal, one)
    return [*first.values()]


def misprints(claim: Claim) -> Iterator[Claim]:
    """The claim with one digit changed, then with two neighbouring digits swapped."""
    text = claim.printed
    places = [place for place, sign in enumerate(text) if sign.isdigit()]
    found = [
        text[:place] + digit + text[place + 1 :]
        for place in places
        for digit in "0123456789"
        if digit != text[place]
    ]
    for one, other in pairwise(places):
        if other == one + 1 and text[one] != text[other]:
            found.append(text[:one] + text[other] + text[one] + text[other + 1 :])
    yield from (replace(claim, printed=one) for one in dict.fromkeys(found))


def mended(changes: Iterable[tuple[Claim, Claim]]) -> str:
    """In words, the changes (from, to) that mend; "" for none or more than a few."""
    words = list(
        dict.fromkeys(f"{old.printed} → {new.printed} ({old.where})" for old, new in changes)
    )
    return "; ".join(words) if len(words) <= FEW else ""


def mean_of_batches(n: int, batch: int, within: Bounds) -> bool:
    """Whether the plain mean of the batches' accuracies can lie in `within`, the last one smaller."""
    full, rest = divmod(n, batch)
    if not (full and rest):
        return False
    # a/batch + b/rest over full + 1 batches, with a hits in the full ones and b in the last.
    for hits in range(rest + 1):
        low, high = (one * (full + 1) - Fraction(hits, rest) for one in within)
        if whole(max(low * batch, Fraction(0)), min(high * batch, Fraction(full * batch))):
            return True
    return False


def admitted(claims: Sequence[Claim], most: int, cut: bool) -> list[int]:
    """The numbers of images up to `most` of which every accuracy is a share; `cut` as in `bounds`."""
    within = [bounds(one, cut) for one in claims]
    return [n for n in range(1, most + 1) if all(shares(n, one) for one in within)]
