"""Tables of a run: images, split, model, scores, provenance. Every number stands in results.json."""

from collections.abc import Mapping, Sequence

from lib.paper import REPORT, Layer, Paper, printed_count
from lib.report.shown import Markup, Shown, each_arm, facts, table
from lib.report.words import (
    PARTS,
    counted,
    headline,
    interval,
    metric_name,
    protocol_note,
)
from lib.results import WEIGHTS, LayerRow, Model, Results, Score


def layers(paper: Paper, models: Sequence[Model], marks: Mapping[str, str]) -> Shown:
    """Our layers and parameter counts, of each of the paper's arms, against the paper's table."""
    ours = {one.arm: one for one in models}
    names = [arm.name for arm in paper.arms]
    return each_arm(names, lambda arm: _layers(paper, ours[arm], marks[arm]))


def _layers(paper: Paper, model: Model, mark: str) -> Shown:
    arm = paper.arm(model.arm)
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
    if not theirs:
        columns = ("Layer", "Output", "Parameters")
        caption = f"The model, layer by layer; the paper prints no such table. {_weights(model)}"
        return table(
            [(row[0], row[2], row[4]) for row in rows], columns, caption, mark, numeric=(2,)
        )
    columns = ("Layer", "Output (paper)", "Output", "Parameters (paper)", "Parameters", "Same")
    caption = f"The model, layer by layer, beside {arm.layers_where}. {_weights(model)}"
    return table(rows, columns, caption, mark, numeric=(3, 4))


def _layer_row(ours: LayerRow, theirs: Layer | None) -> tuple:
    output, count = (theirs.output, theirs.parameters) if theirs else (None, None)
    same = _same(count, ours.parameters)
    return (ours.name, output, ours.output, count, ours.parameters, same)


def classification(scores: Sequence[Score], paper: Paper, marks: Mapping[str, str]) -> Shown:
    """Our classification reports: mean over seeds with the interval of one run.

    One for each of the paper's arms and each part it is evaluated on: the test images, and the
    training images where the paper prints scores of them.
    """

    def of_arm(name: str) -> Shown:
        parts = paper.parts(paper.arm(name))
        both = [_classification(scores, name, part, marks[name]) for part in parts]
        return Shown("".join(one.html for one in both))

    return each_arm([arm.name for arm in paper.arms], of_arm)


def _classification(scores: Sequence[Score], arm: str, part: str, mark: str) -> Shown:
    key = (arm, headline(scores, arm).protocol, part, None)
    cells = {
        (score.of, score.metric): score
        for score in scores
        if (score.arm, score.protocol, score.part, score.epoch) == key
    }
    names = dict.fromkeys(of for of, metric in cells if metric == "recall")
    rows = [(of, *(interval(cells[of, metric]) for metric in REPORT)) for of in names]
    accuracy = cells["", "accuracy"]
    rows.append(("accuracy", None, None, interval(accuracy), interval(cells["", "support"])))
    wanted = {(of, metric) for of in names for metric in REPORT} | {("", "accuracy")}
    methods = sorted({cells[key].method for key in wanted})
    caption = (
        f"Classification report on the {PARTS[part]}: mean over {counted(len(accuracy.per_seed), 'seed')}, "
        f"and in brackets the interval of a single run ({'; '.join(methods)})."
        f"{protocol_note(accuracy.protocol)}"
    )
    return table(rows, ("Class", *map(metric_name, REPORT)), caption, mark, numeric=(1, 2, 3, 4))


def seeds(
    scores: Sequence[Score], paper: Paper, numbers: Sequence[int], marks: Mapping[str, str]
) -> Shown:
    """Test accuracy of every seed in `numbers`, and their spread, for each of the paper's arms."""
    found = [headline(scores, arm.name) for arm in paper.arms]
    rows = [
        (f"seed {seed}", *values) for seed, values in zip(numbers, _by_seed(found), strict=True)
    ]
    rows.append(("mean", *(f"{one.mean:.4f}" for one in found)))
    spread = ("one seed has none" if one.sd is None else f"{one.sd:.4f}" for one in found)
    rows.append(("standard deviation", *spread))
    rows.append(("interval of one run", *(f"{one.low:.4f} – {one.high:.4f}" for one in found)))
    methods = "; ".join(sorted({one.method for one in found}))
    caption = f"Test accuracy by seed. Interval: {methods}.{protocol_note(found[0].protocol)}"
    columns = ("Seed", *(one.arm for one in found))
    return table(rows, columns, caption, marks[""], numeric=tuple(range(1, len(columns))))


def _by_seed(found: Sequence[Score]) -> list[tuple[str, ...]]:
    return list(zip(*([f"{value:.4f}" for value in one.per_seed] for one in found), strict=True))


def provenance(results: Results) -> Shown:
    """Versions, device, seeds, data, weights and time."""
    made, weights = results.provenance, [model.weights for model in results.models]
    pairs = [
        ("Device", made.device),
        ("Backend", made.backend),
        ("Platform", made.platform),
        ("Seeds", ", ".join(map(str, results.settings["seeds"]))),
        ("Profile", results.profile),
        ("Changed settings", ", ".join(results.changed) or "none"),
        ("Data manifest (SHA-256)", _code(results.data.sha256)),
        ("Weights", "; ".join(f"{one.used}: {one.source}" for one in weights)),
        (
            "Weights (SHA-256)",
            _code(", ".join(one.sha256 for one in weights if one.sha256) or "none"),
        ),
        ("Predictions (SHA-256)", _code(results.files["predictions.csv"])),
        ("History (SHA-256)", _code(results.files["history.csv"])),
        ("Splits (SHA-256)", _code(results.files["splits.csv"])),
        ("Run key", _code(made.run_key or "none: run by hand")),
        ("Started", f"{made.started} (UTC)"),
        ("Wall time", f"{made.seconds:.0f} s"),
    ]
    versions = table(
        list(made.versions.items()), ("Package", "Version"), "Versions of what computed this."
    )
    return facts(pairs) + versions


def _same(printed: str | None, ours: int) -> str | None:
    if printed is None:
        return None
    return "yes" if printed_count(printed) == ours else "no"


def _weights(model: Model) -> str:
    weights = model.weights
    return f"Backbone: {WEIGHTS[weights.used]} ({weights.source})."


def _code(text: str) -> Markup:
    return Markup(f"<code>{text}</code>")
