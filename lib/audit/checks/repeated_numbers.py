"""One quantity that is printed at several places: are the numbers one?"""

from collections.abc import Iterator, Sequence

from lib.audit.claims import distinct
from lib.audit.findings import Finding, quoted, weigh
from lib.audit.quantities import declared_contradiction, disagreements, repeated_quantities
from lib.audit.rounding import bounds, common
from lib.papers.declare import Claim, Paper
from lib.words import listed


def check_repeated_numbers(paper: Paper) -> Iterator[Finding]:
    """A finding for every quantity of which different numbers are printed, and one for the others."""
    disagreeing = disagreements(paper)
    yield from (_disagreement(paper, claims) for claims in disagreeing)
    agreeing = [claims for claims in repeated_quantities(paper) if claims not in disagreeing]
    if agreeing:
        yield _agreement(agreeing)


def _disagreement(paper: Paper, claims: Sequence[Claim]) -> Finding:
    cut = common(bounds(claim, digits="mixed") for claim in claims)
    first, declared = claims[0], declared_contradiction(paper, claims)
    values = [claim.text for claim in distinct(claims)]
    return Finding(
        check="agreement",
        topic=declared.topic if declared else _quantity(first).capitalize(),
        outcome="undetermined" if cut else "impossible",
        printed=quoted(claims),
        arithmetic=(
            f"{listed(values)} stand for one value only if digits were cut off"
            if cut
            else f"no value prints as {listed(values)}, rounded or cut off"
        ),
        sentence=(
            "The paper prints one quantity in ways that only fit together if digits were cut off instead of "
            "rounded."
            if cut
            else "The paper prints different numbers for one quantity: not all of them can be right."
        )
        + (f" Used here: {declared.used}, since {declared.reason}." if declared else ""),
        weight=weigh(paper, claims),
        arm=first.arm,
        declared=declared is not None,
    )


def _quantity(claim: Claim) -> str:
    """In words, what a claim is about."""
    images = {"train": "training", "validation": "validation", "test": "test"}.get(claim.part, "")
    words = f"{claim.metric}{f' of {claim.of}' if claim.of else ''} on the {images} images"
    words = words if images else claim.metric
    return f"{words}, epoch {claim.epoch}" if claim.epoch else words


def _agreement(agreeing: Sequence[Sequence[Claim]]) -> Finding:
    most_repeated = max(agreeing, key=len)
    return Finding(
        check="agreement",
        topic="Numbers printed more than once",
        outcome="consistent",
        printed=quoted(most_repeated),
        arithmetic=f"{len(agreeing)} quantities are printed at several places, each alike up to its digits",
        sentence="Where the paper repeats a number, it repeats the same one. Shown is the one repeated most.",
        weight=1,
    )
