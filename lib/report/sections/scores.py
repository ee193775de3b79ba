"""Scores of the trained models: by class, and on training beside test images."""

from collections.abc import Iterable, Mapping, Sequence

from lib.papers import find_arm
from lib.papers.declare import REPORT, Paper, cell
from lib.report.blocks import Block, each_arm, fold_away, paragraph, stack, table
from lib.report.learning import learning_note
from lib.report.notation import (
    PART_IMAGES,
    metric_name,
    number_format,
    protocol_name,
    protocol_note,
    score_interval,
)
from lib.results import Grouping, Learning, OwnClasses, Score, has_learnt, headline, headlines
from lib.words import listed


def classification_table(
    scores: Sequence[Score],
    learning: Sequence[Learning],
    paper: Paper,
    grouping: Grouping,
    marks: Mapping[str, str],
) -> Block:
    """Our classification reports: mean over seeds with the interval of one run.

    One for each arm and each part it is evaluated on: the test images, and the
    training images where the paper prints scores of them. Of an arm that did not learn there is only a sentence.
    """

    def arm_block(name: str) -> Block:
        note = learning_note(learning, headline(scores, name))
        if note.html:
            return note
        parts = paper.parts(find_arm(paper, name))
        return stack(_class_report(scores, name, part, grouping, marks[name]) for part in parts)

    names = paper.without_variants(score.arm for score in headlines(scores))
    reports = each_arm(names, arm_block)
    methods = sorted(
        {score.method for score in scores if score.metric in REPORT and score.part == "test"}
    )
    shown = [name for name in names if has_learnt(learning, name, headline(scores, name).protocol)]
    return (
        reports
        + _undefined_note(scores, shown, paper.class_names)
        + fold_away("How the intervals are computed", paragraph(f"{'; '.join(methods)}."))
    )


def _undefined_note(scores: Sequence[Score], arms: Sequence[str], classes: Sequence[str]) -> Block:
    """Which precisions are not defined, told once for all reports; nothing where all are."""
    of_arms = {arm: _never_called(scores, arm, classes) for arm in arms}
    told = [
        f"{listed(names)} ({arm})" if len(arms) > 1 else listed(names)
        for arm, names in of_arms.items()
        if names
    ]
    if not told:
        return Block("")
    return paragraph(
        f"With one seed at least, no test image was called {'; '.join(told)}. The precision is then not defined "
        f"and counts as 0, as in scikit-learn."
    )


def _never_called(scores: Sequence[Score], arm: str, classes: Sequence[str]) -> list[str]:
    """The classes that no test image was called with some seed; of many, only filled cells are recorded."""
    key = (arm, headline(scores, arm).protocol, "test", None, "cell")
    cells = [
        score
        for score in scores
        if (score.arm, score.protocol, score.part, score.epoch, score.metric) == key
    ]

    def is_called(name: str) -> bool:
        counts = [score.per_seed for score in cells if score.of.endswith(cell("", name))]
        return bool(counts) and 0 not in map(sum, zip(*counts, strict=True))

    return [name for name in classes if cells and not is_called(name)]


def _class_report(
    scores: Sequence[Score], arm: str, part: str, grouping: Grouping, mark: str
) -> Block:
    """With intervals for test images; training images are no sample of new ones."""
    key = (arm, headline(scores, arm).protocol, part, None)
    cells = {
        (score.of, score.metric): score
        for score in scores
        if (score.arm, score.protocol, score.part, score.epoch) == key
    }
    write = score_interval if part == "test" else _without_interval
    names = dict.fromkeys(of for of, metric in cells if metric == "recall")
    # Of numbers of images the mean alone: the bounds of a support are no 95 % interval.
    *measures, _ = REPORT
    rows: list[tuple[str | None, ...]] = [
        (
            of,
            *(write(cells[of, metric]) for metric in measures),
            _without_interval(cells[of, "support"]),
        )
        for of in names
    ]
    accuracy = cells["", "accuracy"]
    support = _without_interval(cells["", "support"])
    rows.append(("accuracy", None, None, write(accuracy), support))
    seeds = len(accuracy.per_seed)
    notes = [f"mean over {seeds:,} seeds"] if seeds > 1 else []
    notes += ["[95 % interval of one run]"] if part == "test" else []
    caption = (
        f"Classification report on the {PART_IMAGES[part]}{': ' if notes else ''}{' '.join(notes)}."
        f"{protocol_note(protocol_name(grouping, accuracy.protocol))}"
    )
    return table(rows, ("Class", *map(metric_name, REPORT)), caption, mark, numeric=(1, 2, 3, 4))


def _without_interval(score: Score) -> str:
    return number_format(score.metric)(score.mean)


def own_class_table(
    own_classes: Sequence[OwnClasses],
    scores: Sequence[Score],
    learning: Sequence[Learning],
    stand_ins: Iterable[str],
    grouping: Grouping,
    marks: Mapping[str, str],
) -> Block:
    """Accuracy on all test images beside that without the classes which others' images stand in for.

    Of arms that learnt; nothing where nothing stands in.

    Args:
        own_classes: As in the record of the run.
        stand_ins: The classes that are left out.
    """
    rows = []
    for own in own_classes:
        if not has_learnt(learning, own.arm, own.protocol):
            continue
        whole = next(score for score in headlines(scores, own.protocol) if score.arm == own.arm)
        without = f"{score_interval(own.accuracy)}, {own.images:,.0f} images"
        rows.append(
            (own.arm, protocol_name(grouping, own.protocol), score_interval(whole), without)
        )
    if not rows:
        return Block("")
    columns = ("Model", "Protocol", "All test images", "Own images only")
    caption = (
        f"Accuracy on all test images and on those of the classes that have images of their own, without "
        f"{listed(stand_ins)} [95 % interval of one run]. The models were trained on all classes and may answer "
        f"with any."
    )
    return table(rows, columns, caption, marks[""], numeric=(2, 3))


def training_test_table(
    scores: Sequence[Score], paper: Paper, grouping: Grouping, marks: Mapping[str, str]
) -> Block:
    """Accuracy on the images a model was trained on, and on others: the paper's and ours."""
    protocol, rows = headlines(scores)[0].protocol, []
    for arm in paper.without_variants(score.arm for score in headlines(scores)):
        # Of one table where there is one, the log's last epoch, so that both columns compare.
        theirs = {
            claim.part: claim.text
            for claim in reversed(paper.claims)
            if (claim.arm, claim.metric, claim.of) == (arm, "accuracy", "")
            and paper.is_final(claim)
        }
        ours = {
            score.part: score_interval(score)
            for score in scores
            if (score.arm, score.protocol, score.metric, score.of, score.epoch)
            == (arm, protocol, "accuracy", "", None)
        }
        printed = (theirs.get("train"), theirs.get("validation") or theirs.get("test"))
        rows.append((arm, *printed, ours.get("train"), ours.get("test")))
    columns = (
        "Model",
        "Paper, training",
        "Paper, validation or test",
        "Ours, training",
        "Ours, test",
    )
    caption = (
        f"Accuracy on training images beside accuracy on images that the model has never seen (ours: mean over seeds, "
        f"interval of one run).{protocol_note(protocol_name(grouping, protocol))}"
    )
    return table(rows, columns, caption, marks[""], numeric=(1, 2, 3, 4))
