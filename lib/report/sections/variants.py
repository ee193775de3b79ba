"""Other readings of what a paper leaves open, beside its own models."""

from collections.abc import Sequence

from lib.evaluation.curves import BEST_EPOCH, epoch_spread
from lib.papers.declare import Paper
from lib.report.blocks import Block, paragraph, record_marks, stack, table
from lib.report.learning import left_out, unsettled_sentences
from lib.report.notation import (
    difference_interval,
    protocol_name,
    protocol_note,
    score_interval,
    spread_text,
)
from lib.results import Difference, Results, headlines


def variant_table(paper: Paper, results: Results) -> Block:
    """Test accuracy of every arm and its variants, and how far the variants lie from it."""
    differences = {
        (difference.arm, difference.protocol): difference for difference in results.differences
    }
    accuracies, rows = headlines(results.scores), []
    if len(paper.without_variants(score.arm for score in accuracies)) == len(accuracies):
        return paragraph("No variant was trained in this run.")
    differs = {variant.name: variant.differs for variant in paper.variants}
    for score in accuracies:
        scaling = results.settings["training"][score.arm]["pixel_scaling"]
        shift = _seed_range(differences.get((score.arm, score.protocol)))
        rows.append((score.arm, scaling, score_interval(score), shift, differs.get(score.arm)))
    return table(
        rows,
        ("Model", "Pixels", "Accuracy", "Against its model", "What differs"),
        "Test accuracy of every model and its variants on the same splits (mean over seeds, interval of one run), "
        "and the difference of each variant from its model (mean, lowest and highest seed)."
        + protocol_note(protocol_name(results.grouping, accuracies[0].protocol)),
        record_marks(results)[""],
        numeric=(2, 3),
    )


def _seed_range(difference: Difference | None) -> str | None:
    if difference is None:
        return None
    return difference_interval(difference)


def best_epoch_table(results: Results) -> Block:
    """The last epoch beside the best one of each arm that learnt: what choosing on the test images adds."""
    accuracies = headlines(results.scores)
    learnt = [score for score in accuracies if results.learnt(score.arm, score.protocol)]
    others = [score.arm for score in accuracies if score not in learnt]
    mark = record_marks(results)[""]
    if not learnt:
        return paragraph(left_out("best epochs", others), mark)
    rows, flattered = [], False
    for last in learnt:
        best = {
            score.metric: score
            for score in results.scores
            if (score.arm, score.protocol, score.of) == (last.arm, last.protocol, BEST_EPOCH)
        }
        flattered = flattered or best["accuracy"].mean > last.mean
        spread = epoch_spread(results.last_epochs, last.arm, last.protocol)
        rows.append(
            (
                last.arm,
                f"{last.mean:.3f}",
                spread and spread_text(spread),
                f"{best['accuracy'].mean:.3f}",
                _range(best["epoch"].per_seed),
            )
        )
    protocol = protocol_name(results.grouping, learnt[0].protocol)
    flatters = ", so it is too high" if flattered else ""
    block = table(
        rows,
        ("Model", "Last epoch", "Last epochs of one fit", "Best epoch", "Which epochs were best"),
        f"Accuracy on the test images after the last epoch and after the best one (means over seeds). The best is "
        f"chosen on the test images{flatters}. Last epochs of one fit: lowest and highest accuracy (means over "
        f"fits).{protocol_note(protocol)}",
        mark,
        numeric=(1, 2, 3, 4),
    )
    moving = unsettled_sentences(results, [score.arm for score in learnt])
    sentences = filter(None, [*moving, left_out("best epochs", others)])
    return block + stack(map(paragraph, sentences))


def _range(epochs: Sequence[float]) -> str:
    """ "7", or "5 to 9"."""
    first, last = f"{min(epochs):.0f}", f"{max(epochs):.0f}"
    return first if first == last else f"{first} to {last}"
