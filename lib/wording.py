"""How sentences that programs write put things together."""

from collections.abc import Iterable


def listed(items: Iterable[object], word: str = "and") -> str:
    """ "a, b and c"; numbers with grouped thousands."""
    texts = [f"{one:,}" if isinstance(one, int) else str(one) for one in items]
    return f" {word} ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)
