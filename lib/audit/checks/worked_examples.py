"""The examples that a paper works through on small numbers: does arithmetic give the same?"""

from collections.abc import Iterator, Sequence

from lib.audit.exact.convolution import WorkedNumber, explain
from lib.audit.findings import Finding
from lib.papers.declare import Convolution, Paper, Sizes

SHOWN = 2  # steps of an example


def check_worked_examples(paper: Paper) -> Iterator[Finding]:
    """One finding per worked example."""
    return map(_example_finding, paper.examples)


def _example_finding(example: Convolution | Sizes) -> Finding:
    numbers = explain(example)
    wrong = [number for number in numbers if not number.agrees]
    # A convolution is padded or not as a whole; every step of sizes may be either.
    one_way = any(
        all(getattr(number, padding) == number.printed for number in numbers)
        for padding in ("unpadded", "padded")
    )
    fits = one_way if isinstance(example, Convolution) else not wrong
    kind = "convolution" if isinstance(example, Convolution) else "sizes"
    return Finding(
        check="architecture",
        topic=f"Worked {kind}: {example.where}",
        outcome="consistent" if fits else "impossible",
        printed=_printed(example),
        arithmetic=_arithmetic(wrong or numbers),
        sentence=(
            f"Arithmetic gives the printed {kind}."
            if fits
            else f"The printed input does not give the printed {kind}, with zeros around it or without."
        ),
        weight=1,
    )


def _printed(example: Convolution | Sizes) -> tuple[str, ...]:
    if isinstance(example, Convolution):
        rows = " / ".join(" ".join(map(str, row)) for row in example.output)
        return (f"output {rows} ({example.where})",)
    return tuple(f"{step}: {side} ({where})" for step, side, where in example.steps)


def _arithmetic(numbers: Sequence[WorkedNumber]) -> str:
    more = f"; and {len(numbers) - SHOWN} more" if len(numbers) > SHOWN else ""
    return "; ".join(map(_computed, numbers[:SHOWN])) + more


def _computed(number: WorkedNumber) -> str:
    unpadded = "no number" if number.unpadded is None else number.unpadded
    padded = "no number" if number.padded is None else number.padded
    return f"{number.of}: {unpadded} without padding, {padded} with; printed {number.printed}"
