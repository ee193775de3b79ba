"""One sentence for each section of a report: what it comes to, for those who do not open it."""

from collections import Counter
from collections.abc import Callable

from lib import audit
from lib.audit import OUTCOMES
from lib.evidence.probes import description_of
from lib.evidence.rivals import best_rival
from lib.papers.declare import Paper
from lib.report.checklist import reporting_items
from lib.report.facts import Run
from lib.report.gaps import cost_clause
from lib.report.left_out import untrained_sentence
from lib.report.limits import limitations
from lib.report.notation import capitalised, score_interval, with_article
from lib.results import Confusion, Model, Results, Verdict
from lib.words import counted, listed, part_of


def lead_sentence(title: str, paper: Paper, results: Results) -> str:
    """What the section of this title comes to; "" for a section that only one notebook has."""
    return LEADS[title](Run(paper=paper, results=results)) if title in LEADS else ""


def _of_paper(run: Run) -> str:
    findings = audit.check_paper(run.paper)
    counts = Counter[str](
        finding.outcome for finding in findings if finding.outcome != "impossible"
    )
    others = listed(f"{counts[outcome]} {outcome}" for outcome in OUTCOMES if counts[outcome])
    numbers = counted(len(run.paper.claims), "number")
    shown = counted(number, "slip") if (number := len(audit.slips(findings))) else "no slip"
    checks = f" Its other checks come out {others}." if others else ""
    return (
        f"The paper prints {numbers}; the audit found {shown} that arithmetic alone shows.{checks}"
    )


def _of_images(run: Run) -> str:
    data = run.results.data
    low, high = min(data.counts.values()), max(data.counts.values())
    each = f"{low:,}" if low == high else f"{low:,} to {high:,}"
    rejected = f"; {counted(len(data.rejected), 'file')} left out" if data.rejected else ""
    counts = f"{data.images:,} images in {len(data.counts)} classes of {each}{rejected}."
    return f"{counts} {_shared(run)}".strip()


def _shared(run: Run) -> str:
    """How many test images were found to share something with training, by what finds most of them."""
    shares = {
        leak.by: leak.share
        for leak in run.results.leaks
        if leak.protocol == run.shown_protocol and leak.share
    }
    if not shares:
        return ""
    by = max(shares, key=shares.__getitem__)
    noun = f"image of the same {run.results.data.group_noun}" if by == "group" else by
    if by == "identical pixels":
        noun = "identical image"
    return capitalised(
        f"{part_of(shares[by], 'test images')} were found to have {with_article(noun)} among the training images."
    )


def _of_model(run: Run) -> str:
    own = [model for model in run.results.models if model.arm in run.arms]
    return f"{'; '.join(_size(model, run) for model in own)}."


def _size(model: Model, run: Run) -> str:
    total = model.parameters["total"]
    trained = model.parameters.get("trainable", total)
    part = f"{trained:,} of them trained" if trained < total else "all trained"
    epochs = run.results.settings["training"][model.arm]["epochs"]
    return f"{model.arm}: {total:,} parameters, {part}, {counted(epochs, 'epoch')}"


def _of_results(run: Run) -> str:
    scores = [run.accuracies[arm, run.shown_protocol] for arm in run.arms]
    reached = listed(f"{score.arm} {score_interval(score)}" for score in scores)
    return f"Accuracy on test images: {reached}. {_commonest_mistake(run)}".strip()


def _commonest_mistake(run: Run) -> str:
    """Of the first arm that learnt; "" where none did."""
    learnt = run.learnt_arms(run.shown_protocol)
    shown = [
        confusion
        for confusion in run.results.confusions
        if (confusion.protocol, confusion.part) == (run.shown_protocol, "test")
        and confusion.arm in learnt
    ]
    return _mistake(shown[0], run.results.classes) if shown else ""


def _mistake(confusion: Confusion, classes: list[str]) -> str:
    mistakes = {
        (true, predicted): count
        for true, row in zip(classes, confusion.counts, strict=True)
        for predicted, count in zip(classes, row, strict=True)
        if true != predicted
    }
    true, predicted = max(mistakes, key=mistakes.__getitem__)
    if not mistakes[true, predicted]:
        return f"{confusion.arm} makes no mistake on the test images of its first seed."
    tested = sum(confusion.counts[classes.index(true)])
    return (
        f"Most often {confusion.arm} calls {true} {predicted} ({mistakes[true, predicted]:,} of "
        f"{tested:,} images, first seed)."
    )


def _of_trust(run: Run) -> str:
    """The networks that learnt beside their best simple rivals, and what keeping groups together costs."""
    protocol = run.shown_protocol
    learnt = run.learnt_arms(protocol)
    if not learnt:
        return "No model is shown to have learnt, so that no score needs an explanation."
    rivals = {arm: best_rival(run.results, arm, protocol) for arm in learnt}
    beside = [
        f"{arm} {run.accuracies[arm, protocol].mean:.3f} beside {rival.accuracy.mean:.3f} "
        f"({description_of(rival.name).briefly})"
        for arm, rival in rivals.items()
        if rival
    ]
    cost = cost_clause(run.results)
    sentences = [
        f"Networks beside the best simple classifier: {listed(beside)}."
        if beside
        else "No simple classifier was run beside the networks.",
        f"{capitalised(cost)}." if cost else "",
    ]
    return " ".join(filter(None, sentences))


def _of_verdicts(run: Run) -> str:
    counts = Counter(claim.verdict for claim in run.results.claims)
    if not counts:
        nothing = "The paper prints no number that this run could be held against."
        return untrained_sentence(run) or nothing
    numbers = counted(counts.total(), "printed number")
    if len(counts) == 1 < counts.total():
        return f"{numbers}, {ALL[next(iter(counts))]}."
    return f"{numbers}: {listed(f'{count} {verdict}' for verdict, count in counts.most_common())}."


def _of_bookkeeping(run: Run) -> str:
    items = Counter(item.status for item in reporting_items(run.paper, run.results))
    limits = limitations(run.paper, run.results)
    return (
        f"{counted(len(limits), 'thing')} that this run cannot support; of {items.total()} reporting items "
        f"the paper states {items['stated']}."
    )


ALL: dict[Verdict, str] = {  # verdict → what is said where every number has it
    "reproduced": "all reproduced",
    "not reproduced": "none reproduced",
    "inconclusive": "all inconclusive",
    "not comparable": "none comparable",
}
LEADS: dict[str, Callable[[Run], str]] = {  # heading in the notebooks → its sentence
    "The paper and the audit": _of_paper,
    "Images and split": _of_images,
    "Model and training": _of_model,
    "Results": _of_results,
    "How far can it be trusted?": _of_trust,
    "Every number judged": _of_verdicts,
    "Limits, checklist, provenance": _of_bookkeeping,
}
