"""Tables of a run: images, split, model, scores, provenance. Every number stands in results.json."""

from collections.abc import Sequence

from lib.paper import Layer, Paper, printed_count
from lib.report.shown import Markup, Shown, facts, table
from lib.report.words import REPORT_METRICS, interval, metric_name
from lib.results import WEIGHTS, LayerRow, Model, Results, Score


def layers(paper: Paper, model: Model, mark: str) -> Shown:
    """Our layers and parameter counts against the paper's table."""
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
    columns = ("Layer", "Output (paper)", "Output", "Parameters (paper)", "Parameters", "Same")
    caption = (
        f"The model, layer by layer, beside {arm.layers_where or 'the paper'}. {_weights(model)}"
    )
    return table(rows, columns, caption, mark, numeric=(3, 4))


def _layer_row(ours: LayerRow, theirs: Layer | None) -> tuple:
    output, count = (theirs.output, theirs.parameters) if theirs else (None, None)
    same = _same(count, ours.parameters)
    return (ours.name, output, ours.output, count, ours.parameters, same)


def classification(scores: Sequence[Score], arm: str, mark: str) -> Shown:
    """Our classification report: mean over seeds with the interval of one run."""
    cells = {
        (score.of, score.metric): score
        for score in scores
        if (score.arm, score.part, score.epoch) == (arm, "test", None)
    }
    names = dict.fromkeys(of for of, metric in cells if metric == "recall")
    rows = [(of, *(interval(cells[of, metric]) for metric in REPORT_METRICS)) for of in names]
    accuracy = cells["", "accuracy"]
    rows.append(("accuracy", None, None, interval(accuracy), interval(cells["", "support"])))
    methods = sorted({score.method for score in cells.values()})
    caption = (
        f"Classification report: mean over {len(accuracy.per_seed)} seeds, and in brackets the "
        f"interval of a single run ({'; '.join(methods)})."
    )
    return table(
        rows, ("Class", *map(metric_name, REPORT_METRICS)), caption, mark, numeric=(1, 2, 3, 4)
    )


def seeds(scores: Sequence[Score], arm: str, numbers: Sequence[int], mark: str) -> Shown:
    """Overall accuracy of every seed in `numbers`, and their spread."""
    wanted = (arm, "accuracy", "", "test")
    score = next(one for one in scores if (one.arm, one.metric, one.of, one.part) == wanted)
    rows = [(seed, f"{value:.4f}") for seed, value in zip(numbers, score.per_seed, strict=True)]
    spread = "one seed has no spread" if score.sd is None else f"{score.sd:.4f}"
    rows += [("mean", f"{score.mean:.4f}"), ("standard deviation", spread)]
    rows += [("lowest", f"{min(score.per_seed):.4f}"), ("highest", f"{max(score.per_seed):.4f}")]
    rows.append(("interval of one run", f"{score.low:.4f} – {score.high:.4f}"))
    caption = f"Test accuracy by seed. Interval: {score.method}."
    return table(rows, ("Seed", "Accuracy"), caption, mark, numeric=(1,))


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
