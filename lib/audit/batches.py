"""Batches that the accuracy of an epoch may have been averaged over."""

from collections.abc import Sequence
from fractions import Fraction

from lib.audit.rounding import Bounds, whole
from lib.papers.declare import Paper, Stated
from lib.words import listed

USUAL_BATCHES = (32, 64, 16, 128, 8, 256, 10, 20, 50, 100)  # the default of Keras first


def batch_sizes(paper: Paper, arm: str) -> tuple[int, ...]:
    """The stated batch size; where none is stated, the usual ones."""
    batch = paper.arm(arm).recipe.batch_size
    return (batch.value,) if isinstance(batch, Stated) else USUAL_BATCHES


def is_mean_over_batches(n: int, batch: int, within: Bounds) -> bool:
    """Whether the plain mean of the batches' accuracies can lie in `within`, the last one smaller."""
    full, rest = divmod(n, batch)
    if not (full and rest):
        return False
    # a/batch + b/rest over full + 1 batches, with a hits in the full ones and b in the last.
    for hits in range(rest + 1):
        low, high = (bound * (full + 1) - Fraction(hits, rest) for bound in within)
        if whole(max(low * batch, Fraction(0)), min(high * batch, Fraction(full * batch))):
            return True
    return False


def sizes_text(batches: Sequence[int]) -> str:
    """ "batches of 16, 32 and 64", or of more than three "10 batch sizes (8 to 256)"."""
    if len(batches) <= 3:
        return f"batches of {listed(batches)}"
    return f"{len(batches)} batch sizes ({min(batches)} to {max(batches)})"
