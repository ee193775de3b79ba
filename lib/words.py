"""Numbers and lists in sentences, and what of them a terminal may be given."""

import os
import sys
from collections.abc import Callable, Iterable


def listed(items: Iterable[object], word: str = "and") -> str:
    """ "a, b and c"; numbers with grouped thousands."""
    texts = [f"{item:,}" if isinstance(item, int) else str(item) for item in items]
    return f" {word} ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def percent(share: float) -> str:
    """0.487 → "48.7 %"; what is not all or nothing is never rounded to it: "over 99.9 %", "under 0.1 %"."""
    if 0.9995 <= share < 1:
        return "over 99.9 %"
    if 0 < share < 0.0005:
        return "under 0.1 %"
    return f"{100 * share:.1f} %"


def part_of(share: float, things: str) -> str:
    """ "48.7 % of the test images", "all test images"."""
    return f"all {things}" if share == 1 else f"{percent(share)} of the {things}"


def counted(number: int, noun: str) -> str:
    """A number with its noun: "1 patient", "1,200 patients"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def signed(mean: float, low: float, high: float) -> str:
    """A difference with its interval: "+0.030 [-0.010, +0.070]"; as `bracketed`."""
    return bracketed(*(f"{value:+.3f}" for value in (mean, low, high)))


def interval(mean: float, low: float, high: float) -> str:
    """A number with its interval: "0.944 [0.918, 0.965]"; as `bracketed`."""
    return bracketed(*(f"{value:.3f}" for value in (mean, low, high)))


def bracketed(mean: str, low: str, high: str) -> str:
    """A written number with its bounds, or alone where both are written like the number: "10", not "10 [10, 10]"."""
    return mean if mean == low == high else f"{mean} [{low}, {high}]"


def printable(text: str) -> str:
    """`text` on one line of a terminal: whatever could steer it is escaped, as in "\\x1b".

    A file's name may hold line breaks, escape sequences and marks that turn the direction of writing.
    """
    return "".join(
        character
        if character.isprintable()
        else character.encode("unicode_escape", "surrogatepass").decode("ascii")
        for character in text
    )


def printable_lines(text: str) -> str:
    """`printable`, but a text of several lines keeps them, and their tabs."""
    return "\n".join("\t".join(map(printable, line.split("\t"))) for line in text.split("\n"))


def escape_unencodable() -> None:
    """What the standard streams' encoding lacks is printed as "\\u2713" instead of ending the program.

    So it is with an output that is redirected on Windows, where the encoding is not UTF-8.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # not a test's or a notebook's
            stream.reconfigure(errors="backslashreplace")


def printed_whole(program: Callable[[], int]) -> int:
    """The exit code of a program; 141, as a shell has it, if whoever reads its output (`head`) closes that early."""
    try:
        code = program()
        sys.stdout.flush()
    except BrokenPipeError:
        # Else Python would try once more when it ends, and say that it could not.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + 13
    return code
