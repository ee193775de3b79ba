"""Tables that compare arms: variants, epochs, costs, architectures. Every number stands in results.json."""

from collections.abc import Sequence

from lib.paper import Paper
from lib.report.shown import Shown, table
from lib.report.words import headlines, interval, protocol_note
from lib.results import Cost, Results, Score


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


def costs(found: Sequence[Cost], mark: str) -> Shown:
    """Parameters, multiply-adds, file size, speed and time of every arm."""
    rows = [
        (
            one.arm,
            f"{one.parameters:,}",
            f"{one.multiply_adds / 1e6:,.0f}",
            f"{one.file_bytes / 1e6:,.1f}",
            f"{one.images_per_second:,.1f}",
            f"{one.feature_seconds:,.2f}",
            f"{one.training_seconds:,.2f}",
        )
        for one in found
    ]
    columns = ("Arm", "Parameters", "Multiply-adds (M)", "File (MB)")
    columns += ("Images/s", "Features (s)", "Training (s)")
    caption = (
        "What each arm costs on this machine. Multiply-adds: millions for one image, of convolutions "
        "and dense layers. Images/s: the whole model in batches of 32. Features: the frozen part over "
        "all images, once for all seeds and epochs. Training: the epochs of one fold."
    )
    return table(rows, columns, caption, mark, numeric=tuple(range(1, 7)))


def training_against_test(scores: Sequence[Score], paper: Paper, mark: str) -> Shown:
    """Accuracy on the images a model was trained on, and on others: the paper's and ours."""
    protocol, rows = headlines(scores)[0].protocol, []
    for arm in paper.arms:
        # Of one table where there is one, the log's last epoch, so that both columns compare.
        theirs = {
            claim.part: claim.text
            for claim in reversed(paper.claims)
            if (claim.arm, claim.metric, claim.of) == (arm.name, "accuracy", "")
            and paper.is_final(claim)
        }
        ours = {
            one.part: interval(one)
            for one in scores
            if (one.arm, one.protocol, one.metric, one.of, one.epoch)
            == (arm.name, protocol, "accuracy", "", None)
        }
        printed = (theirs.get("train"), theirs.get("validation") or theirs.get("test"))
        rows.append((arm.name, *printed, ours.get("train"), ours.get("test")))
    return table(
        rows,
        ("Arm", "Paper, training", "Paper, validation or test", "Ours, training", "Ours, test"),
        "Accuracy on training images beside accuracy on images the model has never seen (ours: mean "
        "over seeds, interval of one run). The distance between the two is what was learnt by heart."
        + protocol_note(protocol),
        mark,
        numeric=(1, 2, 3, 4),
    )
