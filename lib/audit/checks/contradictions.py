"""The contradictions that a declaration records: what excludes what, and what is only said in two ways."""

from collections.abc import Iterator

from lib.audit.exact.relation import holds, unprinted
from lib.audit.findings import HEADLINE, Finding
from lib.audit.quantities import declared_contradiction, disagreements
from lib.papers.declare import Contradiction, Paper

ARITHMETIC = "arithmetic"  # the place of a reading that is computed here
NUMBERS = {2: "two", 3: "three", 4: "four"}


def check_contradictions(paper: Paper) -> Iterator[Finding]:
    """One finding per declared contradiction, but for those told with the numbers that they quote.

    Raises:
        ValueError: A declared relation does not hold, is none, or rests on numbers that no reading has.
    """
    with_numbers = [declared_contradiction(paper, claims) for claims in disagreements(paper)]
    for contradiction in paper.contradictions:
        if contradiction not in with_numbers:
            yield _finding(contradiction)


def _finding(contradiction: Contradiction) -> Finding:
    relation, readings = contradiction.excludes, contradiction.readings
    _check_relation(contradiction)
    # What we computed is no reading of the paper.
    said = [reading for reading in readings if reading.where != ARITHMETIC]
    computed = [str(reading.value) for reading in readings if reading.where == ARITHMETIC]
    return Finding(
        check="agreement",
        topic=contradiction.topic,
        outcome="impossible" if relation else "undetermined",
        printed=tuple(f"{reading.value} ({reading.where})" for reading in said),
        arithmetic="; ".join([*computed, *([relation] if relation else [])]),
        sentence=(
            f"{_statement(len(said), bool(computed), bool(relation))} Used here: {contradiction.used}, since "
            f"{contradiction.reason}."
        ),
        declared=True,
        weight=3 if any(HEADLINE.search(reading.where) for reading in said) else 2,
    )


def _statement(said: int, computed: bool, excluded: bool) -> str:
    number = NUMBERS.get(said, str(said))
    if computed and said == 1:
        return (
            f"The paper says one thing, and arithmetic {'excludes it' if excluded else 'another'}."
        )
    ending = " that exclude each other" if excluded else ""
    return f"The paper says {number} things{ending}."


def _check_relation(contradiction: Contradiction) -> None:
    relation = contradiction.excludes
    if not relation:
        return
    if not holds(relation):
        raise ValueError(
            f"`excludes` of {contradiction.topic!r} should hold however its decimals were rounded; "
            f"received {relation!r}."
        )
    readings = [str(reading.value) for reading in contradiction.readings]
    if missing := unprinted(relation, readings):
        raise ValueError(
            f"`excludes` of {contradiction.topic!r} should rest on numbers of its readings; "
            f"received {', '.join(missing)}, which no reading has."
        )
