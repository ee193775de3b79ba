"""Scores of the trained models: by class, and on training beside test images."""

from collections.abc import Mapping, Sequence

from lib.papers.declare import REPORT, Paper
from lib.report.blocks import Block, each_arm, stack, table
from lib.report.learning import learning_note
from lib.report.notation import (
    PART_IMAGES,
    metric_name,
    protocol_name,
    protocol_note,
    score_interval,
)
from lib.results import Grouping, Learning, Score, headline, headlines
from lib.words import counted


def classification_table(
    scores: Sequence[Score],
    learning: Sequence[Learning],
    paper: Paper,
    grouping: Grouping,
    marks: Mapping[str, str],
) -> Block:
    """Our classification reports: mean over seeds with the interval of one run.

    One for each of the paper's arms and each part it is evaluated on: the test images, and the
    training images where the paper prints scores of them. Of an arm that did not learn, a sentence says so.
    """

    def arm_block(name: str) -> Block:
        parts = paper.parts(paper.arm(name))
        tables = stack(_class_report(scores, name, part, grouping, marks[name]) for part in parts)
        return learning_note(learning, headline(scores, name)) + tables

    return each_arm([arm.name for arm in paper.arms], arm_block)


def _class_report(
    scores: Sequence[Score], arm: str, part: str, grouping: Grouping, mark: str
) -> Block:
    key = (arm, headline(scores, arm).protocol, part, None)
    cells = {
        (score.of, score.metric): score
        for score in scores
        if (score.arm, score.protocol, score.part, score.epoch) == key
    }
    names = dict.fromkeys(of for of, metric in cells if metric == "recall")
    rows = [(of, *(score_interval(cells[of, metric]) for metric in REPORT)) for of in names]
    accuracy = cells["", "accuracy"]
    rows.append(
        ("accuracy", None, None, score_interval(accuracy), score_interval(cells["", "support"]))
    )
    wanted = {(of, metric) for of in names for metric in REPORT} | {("", "accuracy")}
    methods = sorted({cells[key].method for key in wanted})
    caption = (
        f"Classification report on the {PART_IMAGES[part]}: mean over {counted(len(accuracy.per_seed), 'seed')}, "
        f"and in brackets the interval of a single run ({'; '.join(methods)})."
        f"{protocol_note(protocol_name(grouping, accuracy.protocol))}"
    )
    return table(rows, ("Class", *map(metric_name, REPORT)), caption, mark, numeric=(1, 2, 3, 4))


def training_test_table(
    scores: Sequence[Score], paper: Paper, grouping: Grouping, marks: Mapping[str, str]
) -> Block:
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
            score.part: score_interval(score)
            for score in scores
            if (score.arm, score.protocol, score.metric, score.of, score.epoch)
            == (arm.name, protocol, "accuracy", "", None)
        }
        printed = (theirs.get("train"), theirs.get("validation") or theirs.get("test"))
        rows.append((arm.name, *printed, ours.get("train"), ours.get("test")))
    columns = (
        "Arm",
        "Paper, training",
        "Paper, validation or test",
        "Ours, training",
        "Ours, test",
    )
    caption = (
        f"Accuracy on training images beside accuracy on images the model has never seen (ours: "
        f"mean over seeds, interval of one run).{protocol_note(protocol_name(grouping, protocol))}"
    )
    return table(rows, columns, caption, marks[""], numeric=(1, 2, 3, 4))
