"""What trained models and probes call images of another origin."""

from collections.abc import Sequence
from html import escape

from lib.datasets.controls import left_out
from lib.papers.declare import Control as Declared
from lib.papers.declare import Paper
from lib.report.blocks import Block, fold_away, paragraph, record_marks, stack, table
from lib.report.controls import carry_over_sentences
from lib.report.notation import difference_interval, score_interval
from lib.results import Control, ControlSetFacts, Results
from lib.words import counted, listed, percent


def control_table(paper: Paper, results: Results) -> Block:
    """Of every control set: whose images, what it tells in words, and the accuracies on it.

    A sentence where no set is declared or given, and for each that is declared and was not shown.
    """
    shown = {facts.collection for facts in results.control_sets}
    missing = [declared for declared in paper.controls if declared.name not in shown]
    if not results.control_sets and not missing:
        return paragraph("No control set is declared for this paper, and none was given.")
    blocks = [_control_block(facts, paper, results) for facts in results.control_sets]
    return stack([*blocks, *map(_missing, missing)])


def _control_block(facts: ControlSetFacts, paper: Paper, results: Results) -> Block:
    controls = [control for control in results.controls if control.name == facts.name]
    arms = {model.arm for model in results.models}
    learnt = [
        control
        for control in controls
        if control.by in arms and results.learnt(control.by, control.protocol)
    ]
    declared = next((of for of in paper.controls if of.name == facts.collection), None)
    head = paragraph(_origin(facts, declared))
    if not learnt:
        return head
    sentences = stack(map(paragraph, carry_over_sentences(results, facts.name)))
    mark = record_marks(results)[""]
    details = _by_class(facts, learnt, paper.class_names, mark)
    probes = [control for control in controls if control.by not in arms]
    if probes:
        details += _accuracies(facts, probes, mark)
    folded = fold_away("By class, and what probes make of these images", details)
    return stack([head, sentences, _accuracies(facts, learnt, mark), folded])


def _origin(facts: ControlSetFacts, declared: Declared | None) -> str:
    """What the set is, as far as it is known, and what of it was left out."""
    images = counted(sum(facts.counts.values()), "image")
    counts = listed(f"{name} {number:,}" for name, number in facts.counts.items())
    if facts.kind == "phantom":
        origin = "drawn by a program"
    elif declared:
        origin = f"by their file names of the collection “{declared.dataset.source}”"
    else:
        origin = "whose origin is not known here"
    excluded = left_out(facts)
    without = f" Left out: {excluded}." if excluded else ""
    asks = f" {declared.asks}" if declared else ""
    return f"{facts.name}: {images} ({counts}), {origin}.{without}{asks}"


def _accuracies(facts: ControlSetFacts, controls: Sequence[Control], mark: str) -> Block:
    rows = [
        (
            control.by,
            control.protocol,
            score_interval(control.accuracy),
            control.on_test and score_interval(control.on_test),
            control.gap and difference_interval(control.gap),
        )
        for control in controls
    ]
    columns = ("Model or probe", "Protocol", f"On {facts.name}", "On the test images", "Difference")
    caption = (
        f"Accuracy on {facts.name}, where always answering with its most frequent class has "
        f"{controls[0].majority:.3f}, and on the test images of the same classes, each class weighted by its "
        f"share in {facts.name} (mean over seeds, 95 % interval of one run; the scatter of training is not "
        f"in it)."
    )
    return table(rows, columns, caption, mark, numeric=(2, 3, 4))


def _by_class(
    facts: ControlSetFacts, controls: Sequence[Control], class_names: Sequence[str], mark: str
) -> Block:
    recalls = [
        (control.by, control.protocol, *map(score_interval, control.recalls))
        for control in controls
    ]
    answers = [
        (
            control.by,
            control.protocol,
            *(percent(control.called.get(name, 0)) for name in class_names),
        )
        for control in controls
    ]
    labels = [score.of for score in controls[0].recalls]
    first = ("Model or probe", "Protocol")
    recall_caption = f"Share of the images of each class in {facts.name} that are called so."
    answer_caption = f"What the images of {facts.name} are called: shares of all answers."
    return table(recalls, (*first, *labels), recall_caption, mark, _after(2, labels)) + table(
        answers, (*first, *class_names), answer_caption, mark, _after(2, class_names)
    )


def _after(first: int, columns: Sequence[str]) -> range:
    return range(first, first + len(columns))


def _missing(declared: Declared) -> Block:
    return Block(
        f"<p>Not shown: {escape(declared.dataset.source)}. Either it is not in "
        f"<code>data/controls/{declared.name}/</code>, or too little of it is not among the images of "
        f"this run. To have it: {escape(declared.dataset.sources[0].address)}.</p>"
    )
