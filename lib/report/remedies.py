"""What may help a model that did not learn: its weights, the paper's settings, or what the paper leaves open."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from lib.papers import find_arms
from lib.papers.declare import NATIVE, Arm, Assumed, Paper, Recipe
from lib.report.notation import capitalised
from lib.results import WEIGHTS, Results, Weights
from lib.words import listed


def remedy_sentence(paper: Paper, results: Results) -> str:
    """What to try first with the arms that did not learn: "For a: epochs = 15 (here 3), as in the paper."

    "" where all learnt, or nothing is known that might help.
    """
    failed = {record.arm for record in results.learning if record.outcome != "learnt"}
    arms_by_remedy: dict[str, list[str]] = {}
    for arm in find_arms(paper, [name for name in results.arms if name in failed]):
        arms_by_remedy.setdefault(_remedy(arm, results), []).append(arm.name)
    arms_by_remedy.pop("", None)
    texts = [f"for {listed(arms)}: {remedy}" for remedy, arms in arms_by_remedy.items()]
    return f"{capitalised('; '.join(texts))}." if texts else ""


def _remedy(arm: Arm, results: Results) -> str:
    """The first of what is known to keep a network from learning; "" for none."""
    weights = next(model.weights for model in results.models if model.arm == arm.name)
    training = results.settings["training"][arm.name]
    return (
        _missing_weights(weights)
        or _changed_settings(arm, training)
        or _foreign_pixels(arm, weights, training["pixel_scaling"])
        or _open_rate(arm)
    )


def _missing_weights(weights: Weights) -> str:
    if weights.used != "random" or weights.declared == "random":
        return ""
    return f"{WEIGHTS[weights.declared]} (python -m lib weights fetches them or says why it cannot)"


def _changed_settings(arm: Arm, training: Mapping[str, Any]) -> str:
    """What the run, or its profile, changed of the arm's recipe."""
    changes = []
    for field in fields(Recipe):
        declared, used = getattr(arm.recipe, field.name).value, training[field.name]
        if declared == "native":
            declared = NATIVE[arm.backbone]
        if used != declared:
            changes.append(f"{field.name} = {declared!r} (here {used!r})".replace("'", '"'))
    return f"{listed(changes)}, as in the paper" if changes else ""


def _foreign_pixels(arm: Arm, weights: Weights, scaling: str) -> str:
    """That trained weights are fed another range of pixels than the one they were trained on."""
    native = NATIVE.get(arm.backbone)
    if weights.used == "random" or native in (None, scaling):
        return ""
    return f'pixel_scaling = "native", the range that its weights were trained on ({native})'


def _open_rate(arm: Arm) -> str:
    if not isinstance(arm.recipe.learning_rate, Assumed):
        return ""
    return "another learning_rate, since the paper states none"
