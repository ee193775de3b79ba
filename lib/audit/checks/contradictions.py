"""The contradictions that a declaration records: what excludes what, and what is only said in two ways."""

from collections.abc import Iterator

from lib.audit.exact.relation import holds
from lib.audit.findings import HEADLINE, Finding
from lib.audit.quantities import declared_contradiction, disagreements
from lib.papers.declare import Contradiction, Paper

NUMBERS = {2: "two", 3: "three", 4: "four"}


def check_contradictions(paper: Paper) -> Iterator[Finding]:
    """One finding per declared contradiction, but for those told with the numbers that they quote.

    Raises:
        ValueError: A declared relation does not hold, or is none.
    """
    with_numbers = [declared_contradiction(paper, claims) for claims in disagreements(paper)]
    for contradiction in paper.contradictions:
        if contradiction not in with_numbers:
            yield _finding(contradiction)


def _finding(contradiction: Contradiction) -> Finding:
    relation, readings = contradiction.excludes, contradiction.readings
    if relation and not holds(relation):
        raise ValueError(
            f"`excludes` of {contradiction.topic!r} should hold; received {relation!r}."
        )
    number = NUMBERS.get(len(readings), str(len(readings)))
    statement = f"The paper says {number} things{' that exclude each other' if relation else ''}."
    return Finding(
        check="agreement",
        topic=contradiction.topic,
        outcome="impossible" if relation else "undetermined",
        printed=tuple(f"{reading.value} ({reading.where})" for reading in readings),
        arithmetic=relation,
        sentence=f"{statement} Used here: {contradiction.used}, since {contradiction.reason}.",
        declared=True,
        weight=3 if any(HEADLINE.search(reading.where) for reading in readings) else 2,
    )
