"""What kind of number a claim is, in words: "mean over 5 folds"."""

import re
from dataclasses import replace

from lib.audit.reading.unreadable import Unreadable
from lib.papers.declare import Kind, MeanOver

KINDS = (
    "one evaluation, mean over 5 folds (or even folds, seeds, repeats, batches), multi-label, subset of labels, "
    "zero_division=1"
)
MEAN = re.compile(r"mean over (?:(\d+) )?(even )?(folds|seeds|repeats|batches)")
MEANS: dict[str, MeanOver] = {
    "folds": "folds",
    "seeds": "seeds",
    "repeats": "repeats",
    "batches": "batches",
}
PLAIN = {
    "one evaluation": Kind(),
    "multi-label": Kind(labels="several"),
    "subset of labels": Kind(labels="subset"),
    "zero_division=1": Kind(zero_division=1),
}


def read_kind(text: str, line: int, *, spread: str = "", images: int | None = None) -> Kind:
    """The kind that words name.

    Args:
        text: As in `KINDS`.
        line: Where it stands.
        spread: The standard deviation printed behind the number.
        images: Behind the number, which even folds divide among them.

    Raises:
        Unreadable: It names none, or even folds of an unknown number.
    """
    plain = " ".join(text.lower().split())
    if plain in PLAIN:
        return replace(PLAIN[plain], sd=spread)
    match = MEAN.fullmatch(plain)
    if not match:
        raise Unreadable(f"`kind` should be one of: {KINDS}", f"“{text}”", "use one of these", line)
    times, even, over = match.groups()
    if even and over == "folds" and times and images and 2 <= int(times) <= images:
        return Kind.even_folds(int(times), images, sd=spread)
    if even:
        raise Unreadable(
            "even folds should have a number, and fewer of them than images",
            f"“{text}”",
            "write “mean over 5 even folds”, and n = … for all of them together",
            line,
        )
    return Kind(mean_over=MEANS[over], times=int(times) if times else None, sd=spread)
