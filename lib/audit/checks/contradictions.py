"""The contradictions that a declaration records: what excludes what, and what is only said in two ways."""

from collections.abc import Iterator

from lib.audit.exact.relation import holds
from lib.audit.findings import HEADLINE, Finding
from lib.audit.quantities import disagreeing, quoting
from lib.papers.declare import Contradiction, Paper

NUMBERS = {2: "two", 3: "three", 4: "four"}


def check_contradictions(paper: Paper) -> Iterator[Finding]:
    """One finding a declared contradiction, but for those told with the numbers that they quote.

    Raises:
        ValueError: A declared relation does not hold, or is none.
    """
    told = [quoting(paper, claims) for claims in disagreeing(paper)]
    yield from (_finding(one) for one in paper.contradictions if one not in told)


def _finding(one: Contradiction) -> Finding:
    relation = one.excludes
    if relation and not holds(relation):
        raise ValueError(f"`excludes` of {one.topic!r} should hold; received {relation!r}.")
    many = NUMBERS.get(len(one.readings), str(len(one.readings)))
    said = f"The paper says {many} things{' that exclude each other' if relation else ''}."
    return Finding(
        check="agreement",
        topic=one.topic,
        outcome="impossible" if relation else "undetermined",
        printed=tuple(f"{reading.value} ({reading.where})" for reading in one.readings),
        arithmetic=relation,
        sentence=f"{said} Used here: {one.used}, since {one.reason}.",
        weight=3 if any(HEADLINE.search(reading.where) for reading in one.readings) else 2,
    )
