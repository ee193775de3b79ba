"""What trained models and simple classifiers call images of another origin."""

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
    """Of every control set: whose images, what it shows in words, and the accuracies on it.

    A sentence where no set is declared or given, and for each that is declared and was not shown.
    """
    shown = {facts.collection for facts in results.control_sets}
    missing = [declared for declared in paper.controls if declared.name not in shown]
    if not results.control_sets and not missing:
        return paragraph(
            "This paper's declaration names no images of another origin, and none were given."
        )
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
    probes = [control for control in controls if control.by not in arms]
    accuracies = _accuracies(facts, [*learnt, *probes], mark)
    return stack([head, sentences, accuracies, _by_class(facts, learnt, paper.class_names, mark)])


def _origin(facts: ControlSetFacts, declared: Declared | None) -> str:
    """What the set is, as far as it is known, and what of it was left out."""
    images = counted(sum(facts.counts.values()), "image")
    counts = listed(f"{name} {number:,}" for name, number in facts.counts.items())
    if facts.kind == "phantom":
        origin = "drawn by a program"
    elif declared:
        origin = f"recognised by their file names as the collection “{declared.dataset.source}”"
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
    columns = ("By", "Protocol", f"On {facts.name}", "On the test images", "Difference")
    caption = (
        f"Accuracy on {facts.name} (majority: {controls[0].majority:.3f}) and on test images in the same shares of "
        f"the classes: means over seeds, 95 % intervals without the scatter of training."
    )
    return table(rows, columns, caption, mark, numeric=(2, 3, 4))


def _by_class(
    facts: ControlSetFacts, controls: Sequence[Control], class_names: Sequence[str], mark: str
) -> Block:
    """Recalls, folded away; of a set without some of the paper's classes also what its images are called.

    A sentence where no class of a whole set is recognised better or worse than another.
    """
    labels = [score.of for score in controls[0].recalls]
    is_whole = set(labels) == set(class_names)
    if is_whole and not any(map(_classes_differ, controls)):
        return paragraph(_alike(facts, controls))
    recalls = [
        (control.by, control.protocol, *map(score_interval, control.recalls))
        for control in controls
    ]
    shown = table(
        recalls,
        ("Model", "Protocol", *labels),
        f"Recall per class on {facts.name}.",
        mark,
        _after(2, labels),
    )
    if is_whole:
        return fold_away("By class", shown)
    answers = [
        (
            control.by,
            control.protocol,
            *(percent(control.called.get(name, 0)) for name in class_names),
        )
        for control in controls
    ]
    caption = f"Predicted classes on {facts.name}: shares of all answers."
    columns = ("Model", "Protocol", *class_names)
    called = table(answers, columns, caption, mark, _after(2, class_names))
    return fold_away("By class", shown + called)


def _classes_differ(control: Control) -> bool:
    """Whether the intervals of two classes' recalls lie apart."""
    return max(recall.low for recall in control.recalls) > min(
        recall.high for recall in control.recalls
    )


def _alike(facts: ControlSetFacts, controls: Sequence[Control]) -> str:
    means = [recall.mean for control in controls for recall in control.recalls]
    return (
        f"By class: recalls of {min(means):.3f} to {max(means):.3f} on {facts.name}; of no model do the intervals of "
        f"two classes lie apart."
    )


def _after(first: int, columns: Sequence[str]) -> range:
    return range(first, first + len(columns))


def _missing(declared: Declared) -> Block:
    return Block(
        f"<p>Not shown: {escape(declared.dataset.source)}. It is not in "
        f"<code>data/controls/{declared.name}/</code>, or too few of its images are absent from this run's own. "
        f"Source: {escape(declared.dataset.sources[0].address)}.</p>"
    )
