"""Limitations of the set-up: other images, weights or settings than the paper's, one machine."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields

from lib.papers import find_arms
from lib.papers.declare import NATIVE, Arm, Recipe, Stated, quoted_number
from lib.report.citation import authors_in_short
from lib.report.facts import Run
from lib.report.notation import score_interval
from lib.results import IMAGE_KINDS, WEIGHTS
from lib.settings import Training, telling_changes
from lib.words import counted, listed


def image_kind(run: Run) -> Iterator[str]:
    """The images are drawn, or others than the paper's."""
    data, total = run.results.data, run.paper.dataset.total
    stated = (
        f" (the paper states {quoted_number(total.value, 'count')})"
        if isinstance(total, Stated)
        else ""
    )
    limitation = IMAGE_KINDS[data.kind].limitation
    if limitation:
        yield limitation.format(images=data.images, name=data.name, stated=stated)


def stand_ins(run: Run) -> Iterator[str]:
    """A class is made of another's images."""
    data = run.results.data
    classes = [
        f"{listed(folders)} for {name} ({data.counts[name]:,} images)"
        for name, folders in data.stand_ins.items()
    ]
    if classes:
        without = listed(
            f"{score_interval(own.accuracy)} ({own.arm})"
            for own in run.results.own_classes
            if own.protocol == run.shown_protocol and own.arm in run.learnt_arms(own.protocol)
        )
        accuracy = without and f": without these classes the accuracy is {without}"
        yield (
            f"Images of another class stand in: {'; '.join(classes)}. Their scores belong to another "
            f"task{accuracy}."
        )


def other_weights(run: Run) -> Iterator[str]:
    """A backbone starts from other weights than the paper's."""
    arms_by_weights: dict[tuple[str, str], list[str]] = {}
    for model in run.results.models:
        used, declared = model.weights.used, model.weights.declared
        if used != declared:
            arms_by_weights.setdefault((used, declared), []).append(model.arm)
    for (ours, theirs), arms in arms_by_weights.items():
        yield (
            f"{listed(arms)} started from {WEIGHTS[ours]} instead of {WEIGHTS[theirs]}: the paper describes "
            "another network."
        )


def changed_settings(run: Run) -> Iterator[str]:
    """Something of the recipe was changed, by the profile or by hand."""
    told = (_change(name, run) for name in telling_changes(run.results.changed))
    changes = [change for change in told if change]
    if changes:
        yield (
            f"This run departs from the paper's recipe (profile {run.results.profile}): {'; '.join(changes)}."
        )


def _change(name: str, run: Run) -> str:
    """ "epochs 6 instead of 40 (alexnet), 6 instead of 150 (resnet50)"; "" where only borrowed arms have it."""
    arms_by_values: dict[tuple[object, object], list[str]] = {}
    if name == "images_per_class":
        arms_by_values[run.results.settings[name], "all of the folder"] = []
    elif name in vars(run.paper.split):
        arms_by_values[run.results.settings[name], getattr(run.paper.split, name).value] = []
    else:
        for arm in run.own_arms:
            used = run.results.settings["training"][arm.name][name]
            arms_by_values.setdefault((used, _declared(arm, name)), []).append(arm.name)
    changes = [
        f"{used} instead of {declared}" + (f" ({listed(arms)})" if len(arms_by_values) > 1 else "")
        for (used, declared), arms in arms_by_values.items()
        if used != declared
    ]
    return f"{name.replace('_', ' ')} {', '.join(changes)}" if changes else ""


def _declared(arm: Arm, name: str) -> object:
    """The recipe's value; of what no recipe has, such as the precision, what a run does by default."""
    recipe = {field.name: getattr(arm.recipe, field.name).value for field in fields(Recipe)}
    if recipe.get(name) == "native":
        return NATIVE[arm.backbone]
    return recipe[name] if name in recipe else getattr(Training, name)


def borrowed_arms(run: Run) -> Iterator[str]:
    """Models of other papers have recipes that were chosen for other images."""
    for arm in find_arms(run.paper, run.lenders):
        changes = [
            f"{name.replace('_', ' ')} {used} instead of {_declared(arm, name)}"
            for name, used in run.results.settings["training"][arm.name].items()
            if used != _declared(arm, name)
        ]
        changed = f" (here {', '.join(changes)})" if changes else ""
        authors = authors_in_short(run.lenders[arm.name])
        yield (
            f"{arm.name} was trained by the recipe of {authors}, made for other images{changed}: another may suit "
            "these better."
        )


def open_claims(run: Run) -> Iterator[str]:
    """Printed numbers that could be compared, but not decided."""
    verdicts = Counter(claim.verdict for claim in run.results.claims)
    if verdicts["inconclusive"]:
        is_ = "is" if verdicts["inconclusive"] == 1 else "are"
        yield (
            f"Of {counted(len(run.results.claims), 'printed number')}, {verdicts['inconclusive']} {is_} inconclusive."
        )


def one_machine(run: Run) -> Iterator[str]:
    """Another machine was not tried."""
    yield (
        f"Everything was computed on one machine ({run.results.provenance.device}); no other was tried."
    )
