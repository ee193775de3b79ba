"""The model: its layers beside the printed ones, augmentation, costs."""

from collections.abc import Mapping, Sequence

import numpy as np

from lib.papers import find_arm, lender
from lib.papers.declare import Arm, Layer, Paper, Stated, printed_count
from lib.report import citation
from lib.report.blocks import (
    Block,
    each_arm,
    paragraph,
    picture,
    provenance_mark,
    record_marks,
    table,
)
from lib.report.plots import show_thumbnail
from lib.report.subplots import default_style, subplots
from lib.results import WEIGHTS, Data, LayerRow, Model, Results
from lib.settings import Settings
from lib.words import listed


@default_style()
def augmentation_figure(
    arm: Arm,
    settings: Settings,
    original: np.ndarray,
    previews: Mapping[str, np.ndarray],
    data: Data,
) -> Block:
    """The arm's random changes in words, and what each makes of one image; whether the run makes them.

    Args:
        original: (size, size, 3) uint8.
        previews: From `lib.models.preprocessing.previews`.
    """
    declared = arm.augmentation
    source = declared.where if isinstance(declared, Stated) else declared.reason
    made = settings.training[arm.name].augmentation
    left_out = "" if made else ", left out in this run"
    words = "; ".join(map(str, declared.value)) or "none"
    changes = paragraph(
        f"Random changes to the training images of {arm.name}{left_out}: {words} ({source})."
    )
    if not previews:
        return changes
    columns = 1 + max(map(len, previews.values()))
    figure, axes = subplots((1.25 * columns, 1.45 * len(previews)), len(previews), columns)
    for line, (name, versions) in zip(axes, previews.items(), strict=True):
        for axis, image in zip(line, (original, *versions), strict=True):
            show_thumbnail(axis, image)
        line[0].set_title("original", fontsize=8)
        # A title in the layout would push its neighbours away: it is wider than one image.
        place = {"xycoords": "axes fraction", "xytext": (0, 6), "textcoords": "offset points"}
        above = line[1].annotate(name, (0, 1), **place, fontsize=8)
        above.set_in_layout(False)
    drawn = "every epoch draws new ones" if made else "this run makes none"
    caption = f"One training image and random draws of each change; {drawn}."
    alt = f"Augmentation: {', '.join(previews)}"
    return changes + picture(figure, caption, alt, provenance_mark(data.kind))


def layer_table(paper: Paper, models: Sequence[Model], marks: Mapping[str, str]) -> Block:
    """Our layers and parameter counts, of each arm that is trained, against the paper's table."""
    by_arm = {model.arm: model for model in models if not model.variant_of}
    return each_arm(list(by_arm), lambda arm: _layers_of_model(paper, by_arm[arm], marks[arm]))


def _layers_of_model(paper: Paper, model: Model, mark: str) -> Block:
    """Beside the paper's table; for a paper without one the totals in words, as Keras' summary lists the layers."""
    arm = find_arm(paper, model.arm)
    if not arm.layers:
        return _own_layers(model, mark) + _whose(model.arm)
    theirs = {layer.name: layer for layer in arm.layers}
    rows = [_layer_row(layer, theirs.get(layer.name)) for layer in model.layers]
    totals = {
        claim.of: claim.printed
        for claim in paper.claims
        if claim.arm == model.arm and claim.metric == "parameters"
    }
    for name, count in model.parameters.items():
        printed = totals.get(name)
        rows.append((f"{name} parameters", None, None, printed, count, _same(printed, count)))
    columns = ("Layer", "Output (paper)", "Output", "Parameters (paper)", "Parameters", "Same")
    caption = f"The layers beside {arm.layers_where}. {_weights(model)}"
    return table(rows, columns, caption, mark, numeric=(3, 4))


def _whose(arm: str) -> Block:
    """Whose model and recipe a borrowed arm is; nothing of the paper's own."""
    owner = lender(arm)
    if owner is None:
        return Block("")
    return paragraph(
        f"Model and recipe are those of {citation.authors_in_short(owner)}, “{owner.name}”, trained on the images of "
        "this paper, which prints nothing of it."
    )


def _own_layers(model: Model, mark: str) -> Block:
    counts = listed(f"{count:,} {name}" for name, count in model.parameters.items())
    return paragraph(f"Parameters: {counts}. {_weights(model)}", mark)


def _layer_row(ours: LayerRow, theirs: Layer | None) -> tuple[object, ...]:
    output, count = (theirs.output, theirs.parameters) if theirs else (None, None)
    same = _same(count, ours.parameters)
    return (ours.name, output, ours.output, count, ours.parameters, same)


def _same(printed: str | None, ours: int) -> str | None:
    if printed is None:
        return None
    return "yes" if printed_count(printed) == ours else "no"


def _weights(model: Model) -> str:
    weights = model.weights
    return f"Backbone: {WEIGHTS[weights.used]} ({weights.source})."


def cost_table(results: Results) -> Block:
    """Parameters, multiply-adds, file size, speed and time of every arm."""
    rows = [
        (
            cost.arm,
            f"{cost.parameters:,}",
            f"{cost.multiply_adds / 1e6:,.0f}",
            f"{cost.file_bytes / 1e6:,.1f}",
            f"{cost.images_per_second:,.1f}" if cost.images_per_second else None,
            f"{cost.feature_seconds:,.2f}" if cost.feature_seconds else None,
            f"{cost.training_seconds:,.2f}",
        )
        for cost in results.costs
    ]
    columns = (
        *("Model", "Parameters", "Multiply-adds (M)", "File (MB)"),
        *("Images/s", "Features (s)", "Training (s)"),
    )
    caption = (
        "What each model costs on this machine. Multiply-adds: millions per image. Images/s: the whole model in "
        "batches of 32. Features: the frozen part over all images, once. Training: the epochs of one fold, "
        "its share where folds trained side by side."
    )
    if any(cost.images_per_second is None for cost in results.costs):
        caption += (
            " No images/s where other programs held the processors: nothing was measured then."
        )
    return table(rows, columns, caption, record_marks(results)[""], numeric=range(1, 7))
