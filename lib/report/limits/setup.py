"""Limitations of what was run: other images, weights or settings than the paper's, one machine."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields

from lib.papers.declare import Arm, Recipe, Stated
from lib.report.facts import Run
from lib.results import WEIGHTS
from lib.settings import HARMLESS, Training
from lib.words import counted, listed


def kind(run: Run) -> Iterator[str]:
    """The images are drawn, or others than the paper's."""
    data, total = run.results.data, run.paper.dataset.total
    beside = f" (the paper states {total.value})" if isinstance(total, Stated) else ""
    if data.kind == "phantom":
        yield (
            f"All {data.images:,} images{beside} are drawn by a program: no score here tells anything "
            "of the paper, or of real images."
        )
    if data.kind == "substitute":
        yield (
            f"The {data.images:,} images of {data.name}{beside} are real, but not proven to be the "
            "paper's: no score here confirms or refutes it."
        )


def stand_ins(run: Run) -> Iterator[str]:
    """A class is made of another's images."""
    told = [
        f"{listed(folders)} for {name} ({run.results.data.counts[name]:,} images)"
        for name, folders in run.results.data.stand_ins.items()
    ]
    if told:
        yield f"Images of another class stand in: {'; '.join(told)}. Their scores are of another task."


def weights(run: Run) -> Iterator[str]:
    """A backbone starts from other weights than the paper's."""
    found = {}
    for model in run.results.models:
        if model.weights.used != model.weights.declared:
            found.setdefault((model.weights.used, model.weights.declared), []).append(model.arm)
    for (used, declared), arms in found.items():
        yield (
            f"Instead of {WEIGHTS[declared]}, {listed(arms)} started from {WEIGHTS[used]}: the scores are "
            "not those of the network the paper describes."
        )


def settings(run: Run) -> Iterator[str]:
    """Something of the recipe was changed, by the profile or by hand."""
    told = [_changed(name, run) for name in run.results.changed if name not in HARMLESS]
    if told:
        yield (
            f"Settings that are not the paper's (profile {run.results.profile}): {'; '.join(told)}. The "
            "scores are of this recipe, not of the paper's."
        )


def _changed(name: str, run: Run) -> str:
    """ "epochs 6 instead of 40 (alexnet), 6 instead of 150 (resnet50)"."""
    if name in vars(run.paper.split):
        pairs = {(run.results.settings[name], getattr(run.paper.split, name).value): []}
    else:
        pairs = {}
        for arm in run.paper.arms:
            used = run.results.settings["training"][arm.name][name]
            pairs.setdefault((used, _declared(arm, name)), []).append(arm.name)
    told = (
        f"{used} instead of {declared}" + (f" ({listed(arms)})" if len(pairs) > 1 else "")
        for (used, declared), arms in pairs.items()
        if used != declared
    )
    return f"{name.replace('_', ' ')} {', '.join(told)}"


def _declared(arm: Arm, name: str) -> object:
    """The recipe's value; of what no recipe has, such as the precision, what a run does by default."""
    recipe = {one.name: getattr(arm.recipe, one.name).value for one in fields(Recipe)}
    return recipe[name] if name in recipe else getattr(Training, name)


def claims(run: Run) -> Iterator[str]:
    """Printed numbers that this run says nothing about."""
    verdicts = Counter(one.verdict for one in run.results.claims)
    silent = {name: verdicts[name] for name in ("not comparable", "inconclusive") if verdicts[name]}
    if silent:
        told = ", ".join(f"{count} {name}" for name, count in silent.items())
        yield (
            f"This run speaks neither for nor against {sum(silent.values())} of the "
            f"{counted(len(run.results.claims), 'printed number')}: {told}."
        )


def device(run: Run) -> Iterator[str]:
    """One machine."""
    made = run.results.provenance
    yield (
        f"Everything was computed on one machine ({made.device}; {made.backend}): how far another "
        "moves the scores was not measured."
    )
