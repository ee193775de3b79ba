"""Which models learnt, in words: one sentence of each that did not, and sections that leave it out."""

from collections.abc import Callable, Iterable, Sequence
from html import escape

from lib.evidence.convergence import FALLEN, FlatLoss, Unsettled, flat_losses, unsettled_arms
from lib.report.blocks import Block, each_arm, paragraph, stack
from lib.report.notation import protocol_name, score_interval
from lib.results import Grouping, Learning, Results, Score, has_learnt, headlines
from lib.words import listed, percent

SAME = 0.0005  # up to which two shares are written alike
NO_LEARNING = "did not learn: it "  # in front of what an arm does that gives one answer


def learning_note(learning: Iterable[Learning], accuracy: Score) -> Block:
    """Where an accuracy stands: that its arm did not learn under its protocol; nothing if it did."""
    key = accuracy.arm, accuracy.protocol
    record = next(record for record in learning if (record.arm, record.protocol) == key)
    if record.outcome == "learnt":
        return Block("")
    beginning = NO_LEARNING if record.outcome == "one answer" else ""
    numbers = _numbers(record, accuracy)
    sentence = f"{record.arm} {beginning}{_outcome(record, accuracy)} ({numbers})."
    return Block(f'<p class="alarm">{escape(sentence)}</p>')


def learning_sentences(results: Results, arms: Sequence[str]) -> dict[str, str]:
    """Of each of `arms` that did not learn under some protocol, the one sentence that is said of it.

    With what its training tells of the reason. Those that give one answer come first.
    """
    failed: dict[str, list[Learning]] = {}
    for record in results.learning:
        if record.arm in arms and record.outcome != "learnt":
            failed.setdefault(record.arm, []).append(record)
    constant = [arm for arm in arms if any(_is_constant(record) for record in failed.get(arm, ()))]
    others = [arm for arm in arms if arm in failed and arm not in constant]
    return {
        arm: f"{arm} {NO_LEARNING if arm in constant else ''}{_clauses(failed[arm], results)}."
        for arm in [*constant, *others]
    }


def _is_constant(record: Learning) -> bool:
    return record.outcome == "one answer"


def _clauses(records: Sequence[Learning], results: Results) -> str:
    """Of one arm: what it did, with the numbers of each protocol, and what its training says about the reason."""
    numbers: dict[str, list[str]] = {}
    for record in records:
        of_protocol = headlines(results.scores, record.protocol)
        accuracy = next(score for score in of_protocol if score.arm == record.arm)
        numbers.setdefault(_outcome(record, accuracy), []).append(
            f"{_split(results, record.protocol)}: {_numbers(record, accuracy)}"
        )
    keys = [(record.arm, record.protocol) for record in records]
    flat = [record for record in flat_losses(results) if record[:2] in keys]
    moving = [record for record in unsettled_arms(results.last_epochs) if record[:2] in keys]
    clauses = [f"{does} ({'; '.join(told)})" for does, told in numbers.items()]
    if moving:
        clauses.append(f"had not settled when training ended: {_moves(moving, results)}")
    reason = f", and its {_flat_text(flat)}" if flat else ""
    return "; it ".join(clauses) + reason


def _outcome(record: Learning, accuracy: Score) -> str:
    """What an arm does that did not learn: "calls all test images cat"."""
    if not _is_constant(record):
        best = max(record.training_majority, record.test_majority)
        no_better = "does worse" if accuracy.high < best else "is not shown to do better"
        return f"{no_better} than always giving the most frequent class"
    share = record.answer_share
    images = "all test images" if share == 1 else f"{percent(share)} of the test images"
    if len(record.answers) == 1:
        return f"calls {images} {record.answers[0]}"
    return f"gives one answer to {images} of each fit, {listed(record.answers, 'or')}"


def _numbers(record: Learning, accuracy: Score) -> str:
    """The accuracy and that of a constant answer; two where the test images have another majority."""
    training, test = record.training_majority, record.test_majority
    majority = (
        f"most frequent class {test:.3f}"
        if abs(training - test) < SAME
        else f"most frequent class {training:.3f} (training) or {test:.3f} (test)"
    )
    return f"accuracy {score_interval(accuracy)}, {majority}"


def training_sentences(results: Results, arms: Sequence[str]) -> list[str]:
    """What training tells of those of `arms` that learnt: a loss that never fell, no rest at the end.

    Of those that did not learn, `learning_sentences` tells it.
    """
    flat = [record for record in flat_losses(results) if _learnt(record, arms, results)]
    by_arm = {arm: [record for record in flat if record.arm == arm] for arm in arms}
    return [
        f"The {_flat_text(records)} ({arm})." for arm, records in by_arm.items() if records
    ] + unsettled_sentences(results, arms)


def unsettled_sentences(results: Results, arms: Sequence[str]) -> list[str]:
    """Which of `arms` learnt and had not settled when training ended, a sentence for each."""
    unsettled = unsettled_arms(results.last_epochs)
    moving = [record for record in unsettled if _learnt(record, arms, results)]
    by_arm = {arm: [record for record in moving if record.arm == arm] for arm in arms}
    return [
        f"{arm} had not settled when training ended: {_moves(records, results)}."
        for arm, records in by_arm.items()
        if records
    ]


def _learnt(record: FlatLoss | Unsettled, arms: Sequence[str], results: Results) -> bool:
    return record.arm in arms and results.learnt(record.arm, record.protocol)


def _flat_text(flat: Sequence[FlatLoss]) -> str:
    constants = dict.fromkeys(f"{record.constant:.3f}" for record in flat)
    return (
        f"training loss never fell more than {100 * FALLEN:.0f} % below that of a constant answer "
        f"({listed(constants)})"
    )


def _moves(moving: Sequence[Unsettled], results: Results) -> str:
    """ "validation accuracy 0.620 → 0.640 → 0.320 in epochs 13 to 15 (published split)"."""
    clauses = []
    for record in moving:
        fit = record.widest
        steps = " → ".join(f"{accuracy:.3f}" for accuracy in fit.validation)
        fits = f"; {record.moving} of {record.fits} fits still moved, this one most"
        clauses.append(
            f"{steps} in epochs {fit.epochs[0]} to {fit.epochs[-1]} ({_split(results, record.protocol)}"
            f"{fits if record.fits > 1 else ''})"
        )
    return f"validation accuracy {', '.join(clauses)}"


def _split(results: Results, protocol: str) -> str:
    """ "published split"."""
    return f"{protocol_name(results.grouping, protocol)} split"


def each_learnt_arm(
    names: Sequence[str],
    learning: Sequence[Learning],
    protocol: str,
    make: Callable[[str], Block],
    what: str,
) -> Block:
    """`each_arm` of those that learnt, and a sentence that names the others.

    Args:
        what: Is not shown of them: "ROC curves".
    """
    learnt = [name for name in names if has_learnt(learning, name, protocol)]
    others = [name for name in names if name not in learnt]
    blocks = [each_arm(learnt, make)] if learnt else []
    if others:
        blocks.append(paragraph(left_out(what, others)))
    return stack(blocks)


def unlearnt(arms: Sequence[str], learning: Iterable[Learning], grouping: Grouping) -> list[str]:
    """Those of `arms` that did not learn: "a", or "a (grouped split)" where it learnt under another."""
    texts = []
    for arm in arms:
        of_arm = [record for record in learning if record.arm == arm]
        failed = [record.protocol for record in of_arm if record.outcome != "learnt"]
        if len(failed) == len(of_arm):
            texts.append(arm)
        else:
            texts += [f"{arm} ({protocol_name(grouping, name)} split)" for name in failed]
    return texts


def left_out(what: str, arms: Sequence[str]) -> str:
    """ "No ROC curves for a and b, which are not shown to have learnt."; "" for no arms."""
    if not arms:
        return ""
    verb = "is" if len(arms) == 1 else "are"
    return f"No {what} for {listed(arms)}, which {verb} not shown to have learnt."
