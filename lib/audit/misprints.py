"""Single misprints: which they can be, and which of them mend a finding."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise

from lib.papers.declare import Claim

FEW = 3  # more misprints than that tell nothing


def single_misprints(claim: Claim) -> Iterator[Claim]:
    """The claim with one digit changed, then with two neighbouring digits swapped."""
    text = claim.printed
    places = [place for place, character in enumerate(text) if character.isdigit()]
    changed = [
        text[:place] + digit + text[place + 1 :]
        for place in places
        for digit in "0123456789"
        if digit != text[place]
    ]
    swapped = [
        text[:left] + text[right] + text[left] + text[right + 1 :]
        for left, right in pairwise(places)
        if right == left + 1 and text[left] != text[right]
    ]
    yield from (replace(claim, printed=printed) for printed in dict.fromkeys(changed + swapped))


def mended(changes: Iterable[tuple[Claim, Claim]]) -> str:
    """In words, the changes (from, to) that mend; "" for none or more than a few."""
    words = list(
        dict.fromkeys(f"{old.printed} → {new.printed} ({old.where})" for old, new in changes)
    )
    return "; ".join(words) if len(words) <= FEW else ""
