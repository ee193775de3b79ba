"""Other readings of what a paper leaves open, beside its own models."""

from collections.abc import Sequence

from lib.papers.declare import Paper
from lib.report.blocks import Shown, table
from lib.report.notation import interval, protocol_note
from lib.results import Results, Score, headlines


def variants(paper: Paper, results: Results, mark: str) -> Shown:
    """Test accuracy of every arm and its variants, and how far the variants lie from it."""
    apart = {(one.arm, one.protocol): one for one in results.differences}
    found, rows = headlines(results.scores), []
    for score in found:
        arm, other = paper.arm(score.arm), apart.get((score.arm, score.protocol))
        shift = other and f"{other.mean:+.3f} ({other.low:+.3f} to {other.high:+.3f})"
        scaling = results.settings["training"][arm.name]["pixel_scaling"]
        rows.append((arm.name, scaling, interval(score), shift, arm.differs or "as declared"))
    return table(
        rows,
        ("Arm", "Pixels", "Accuracy", "Against its arm", "What differs"),
        "Every arm beside its variants, on the same splits: test accuracy (mean over seeds, interval "
        "of one run), and the difference of each variant from its arm (mean, lowest and highest seed)."
        + protocol_note(found[0].protocol),
        mark,
        numeric=(2, 3),
    )


def best_epochs(scores: Sequence[Score], mark: str) -> Shown:
    """The last epoch beside the best one of each arm: what choosing on the test images adds."""
    found, rows = headlines(scores), []
    for last in found:
        key = (last.arm, last.protocol, "best epoch")
        of_arm = [one for one in scores if (one.arm, one.protocol, one.of) == key]
        best = {one.metric: one for one in of_arm}
        epochs = best["epoch"].per_seed
        chosen = f"{min(epochs):.0f} to {max(epochs):.0f}"
        rows.append((last.arm, f"{last.mean:.3f}", f"{best['accuracy'].mean:.3f}", chosen))
    return table(
        rows,
        ("Arm", "Last epoch", "Best epoch", "Which epochs were best"),
        "Accuracy on the test images after the last epoch, and after the epoch where it was highest "
        "(means over seeds). The second is chosen by looking at the test images, so it flatters: it "
        "is no estimate of the accuracy on new images, though papers report it."
        + protocol_note(found[0].protocol),
        mark,
        numeric=(1, 2, 3),
    )
