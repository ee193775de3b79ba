"""Numbers and lists in sentences."""

from collections.abc import Iterable


def listed(items: Iterable[object], word: str = "and") -> str:
    """ "a, b and c"; numbers with grouped thousands."""
    texts = [f"{item:,}" if isinstance(item, int) else str(item) for item in items]
    return f" {word} ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def percent(share: float) -> str:
    """0.487 → "48.7 %"."""
    return f"{100 * share:.1f} %"


def counted(number: int, noun: str) -> str:
    """A number with its noun: "1 patient", "1,200 patients"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def signed(mean: float, low: float, high: float) -> str:
    """A difference with its interval: "+0.030 [-0.010, +0.070]"."""
    return f"{mean:+.3f} [{low:+.3f}, {high:+.3f}]"


def interval(mean: float, low: float, high: float) -> str:
    """A number with its interval: "0.944 [0.918, 0.965]"."""
    return f"{mean:.3f} [{low:.3f}, {high:.3f}]"
