"""The tables of a report. Every number comes from the paper's declaration or from `Results`' parts."""

from collections import Counter
from collections.abc import Callable, Sequence

from lib.paper import Assumed, Claim, Paper, Stated
from lib.report.shown import Markup, Shown, facts, fold_away, table
from lib.results import ClaimResult, Data, FoldCounts, Model, Results, Score

METRIC_NAMES = {"f1": "F1-score"}
VERDICT_CLASSES = {
    "reproduced": "yes",
    "not reproduced": "no",
    "inconclusive": "open",
    "not comparable": "mute",
}
SHOWN_REJECTIONS = 20
REPORT_METRICS = ("precision", "recall", "f1", "support")


def brief(paper: Paper) -> Shown:
    """Who claims what, on what images, with which recipe."""
    pairs = [
        ("Paper", f"{paper.title_english} ({paper.language}: {paper.title})"),
        ("Authors", f"{', '.join(paper.authors)}; {paper.affiliation}"),
        ("Task", paper.task),
        (
            "Images",
            f"{paper.dataset.source}; {paper.dataset.total.value} in {len(paper.classes)} classes",
        ),
        ("Claim", paper.in_brief),
    ]
    return facts(pairs)


def printed(paper: Paper) -> Shown:
    """The paper's main numbers exactly as printed: overall accuracy and classification report."""
    overall = [
        claim for claim in paper.claims if claim.metric == "accuracy" and claim.epoch is None
    ]
    first = table(
        [(claim.arm, _unit(claim), claim.where) for claim in overall],
        ("Model", "Accuracy as printed", "Where"),
        "The accuracy the paper prints, place by place.",
        numeric=(1,),
    )
    cells = {(claim.of, claim.metric): claim for claim in _report_claims(paper.claims)}
    rows = [
        (of, *(cells[of, metric].printed for metric in REPORT_METRICS))
        for of in dict.fromkeys(of for of, _ in cells)
    ]
    where = ", ".join(dict.fromkeys(claim.where for claim in cells.values()))
    second = table(
        rows,
        ("Class", *map(_metric, REPORT_METRICS)),
        f"The classification report as printed ({where}).",
        numeric=(1, 2, 3, 4),
    )
    return first + second


def contradictions(paper: Paper) -> Shown:
    """Where the paper says two things, and which of them this study follows."""
    rows = [
        (
            one.topic,
            "; but ".join(f"{reading.value} ({reading.where})" for reading in one.readings),
            f"{one.used}: {one.reason}",
        )
        for one in paper.contradictions
    ]
    return table(
        rows, ("Topic", "The paper says", "Used here, and why"), "Readings that cannot both hold."
    )


def dataset(paper: Paper, data: Data, mark: str) -> Shown:
    """The images found, against the paper's: source, kind, counts by class."""
    groups = "unknown" if data.groups is None else f"{data.groups} ({data.group_noun})"
    pairs = [
        ("Folder", data.name),
        ("Kind", _kind(data.kind)),
        ("Paper's source", f"{paper.dataset.source}; licence: {paper.dataset.licence}"),
        ("Groups", groups),
        ("Decoded to", f"{data.image_size} × {data.image_size} pixels, RGB"),
        ("Manifest", Markup(f"<code>{data.sha256}</code>")),
    ]
    rows = [
        (
            name,
            paper.dataset.counts[name].value,
            _place(paper.dataset.counts[name]),
            data.counts[name],
        )
        for name in data.counts
    ]
    rows.append(("all", paper.dataset.total.value, paper.dataset.total.where, data.images))
    counts = table(
        rows,
        ("Class", "Paper", "Where", "Here"),
        "Images a class: as the paper states them, and as found.",
        mark,
        numeric=(1, 3),
    )
    return facts(pairs) + counts


def rejected(data: Data, mark: str) -> Shown:
    """The files that are not used, each with its reason."""
    if not data.rejected:
        return Shown("<p>No file was rejected.</p>")
    rows = [(one.path, one.reason) for one in data.rejected[:SHOWN_REJECTIONS]]
    more = len(data.rejected) - len(rows)
    rest = f" {more} more stand in results.json." if more else ""
    caption = f"{len(data.rejected)} rejected: listed here, used nowhere.{rest}"
    return table(rows, ("File", "Reason"), caption, mark)


def folds(found: Sequence[FoldCounts], group_noun: str, mark: str) -> Shown:
    """Training and test images of every seed, and the share of test images whose group leaks."""
    classes = list(found[0].test)
    rows = [
        (
            fold.seed,
            sum(fold.train.values()),
            sum(fold.test.values()),
            *fold.test.values(),
            None if fold.shared_groups is None else f"{fold.shared_groups:.1%}",
        )
        for fold in found
    ]
    caption = (
        f"One random split a seed: training images, test images, and the test images by class. Leak: "
        f"the share of test images with a copy of the same {group_noun} among the training images."
    )
    columns = ("Seed", "Training", "Test", *classes, "Leak")
    return table(rows, columns, caption, mark, numeric=range(len(columns)))


def layers(paper: Paper, model: Model, mark: str) -> Shown:
    """Our layers and parameter counts against the paper's table."""
    arm = paper.arm(model.arm)
    theirs = {layer.name: layer for layer in arm.layers}
    rows = []
    for layer in model.layers:
        other = theirs.get(layer.name)
        output, count = (other.output, other.parameters) if other else (None, None)
        rows.append(
            (
                layer.name,
                output,
                layer.output,
                count,
                layer.parameters,
                _same(count, layer.parameters),
            )
        )
    totals = {
        claim.of: claim.printed
        for claim in paper.claims
        if claim.arm == model.arm and claim.metric == "parameters" and claim.of in model.parameters
    }
    for name, count in model.parameters.items():
        rows.append(
            (
                f"{name} parameters",
                None,
                None,
                totals.get(name),
                count,
                _same(totals.get(name), count),
            )
        )
    columns = (
        "Layer",
        "Output (paper)",
        "Output (ours)",
        "Parameters (paper)",
        "Parameters (ours)",
        "Same",
    )
    caption = (
        f"The model, layer by layer, beside {arm.layers_where or 'the paper'}. {_weights(model)}"
    )
    return table(rows, columns, caption, mark, numeric=(3, 4))


def classification(scores: Sequence[Score], mark: str) -> Shown:
    """Our classification report: mean over seeds with the interval of one run."""
    cells = {
        (score.of, score.metric): score
        for score in scores
        if score.part == "test" and score.epoch is None
    }
    names = dict.fromkeys(of for of, metric in cells if metric == "recall")
    rows = [(of, *(_interval(cells[of, metric]) for metric in REPORT_METRICS)) for of in names]
    accuracy = cells["", "accuracy"]
    rows.append(("accuracy", None, None, _interval(accuracy), _interval(cells["", "support"])))
    methods = sorted({score.method for score in cells.values()})
    caption = (
        f"Classification report: mean over {len(accuracy.per_seed)} seeds, and in brackets the "
        f"interval of a single run ({'; '.join(methods)})."
    )
    return table(
        rows, ("Class", *map(_metric, REPORT_METRICS)), caption, mark, numeric=(1, 2, 3, 4)
    )


def seeds(scores: Sequence[Score], numbers: Sequence[int], mark: str) -> Shown:
    """Overall accuracy of every seed in `numbers`, and their spread."""
    score = next(
        one for one in scores if (one.metric, one.of, one.part) == ("accuracy", "", "test")
    )
    rows = [(seed, f"{value:.4f}") for seed, value in zip(numbers, score.per_seed, strict=True)]
    spread = "one seed has no spread" if score.sd is None else f"{score.sd:.4f}"
    rows += [("mean", f"{score.mean:.4f}"), ("standard deviation", spread)]
    rows += [("lowest", f"{min(score.per_seed):.4f}"), ("highest", f"{max(score.per_seed):.4f}")]
    rows.append(("interval of one run", f"{score.low:.4f} – {score.high:.4f}"))
    caption = f"Test accuracy by seed. Interval: {score.method}."
    return table(rows, ("Seed", "Accuracy"), caption, mark, numeric=(1,))


def verdict_summary(results: Results, mark: str) -> Shown:
    """How many of the paper's numbers came out how, why, and by which rule."""
    counts = Counter((one.verdict, one.reason) for one in results.claims)
    rows = [(_badge(verdict), reason, count) for (verdict, reason), count in counts.most_common()]
    caption = f"What became of the {len(results.claims)} printed numbers. {results.verdict_rule}"
    return table(rows, ("Verdict", "Why", "Numbers"), caption, mark, numeric=(2,))


def verdicts(results: Results, mark: str) -> Shown:
    """Paper versus reproduced: every printed number that is not about one epoch of training."""
    rows = [_claim_row(one) for one in results.claims if one.epoch is None]
    return _claims_table(rows, "Paper versus reproduced, number by number.", mark)


def training_table(results: Results, mark: str) -> Shown:
    """Paper versus reproduced for the numbers printed for each epoch."""
    rows = [_claim_row(one) for one in results.claims if one.epoch is not None]
    shown = _claims_table(rows, "Paper versus reproduced, epoch by epoch.", mark)
    return fold_away(f"The {len(rows)} numbers of single epochs", shown)


def assumptions(paper: Paper, results: Results) -> Shown:
    """What the paper states, what was assumed and why, and what the user changed."""
    rows = [_setting_row(name, setting, results) for name, setting in _settings(paper).items()]
    columns = ("Setting", "Declared", "Run with", "Stated or assumed", "Where, or why")
    shown = table(
        rows, columns, "Every setting of this run: stated by the paper, assumed, or changed."
    )
    unsaid = "".join(f"<li>{one}</li>" for one in paper.unsaid)
    return shown + Shown(f"<p>Also unsaid:</p><ul>{unsaid}</ul>")


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
        ("Run key", _code(made.run_key or "none: run by hand")),
        ("Started", f"{made.started} (UTC)"),
        ("Wall time", f"{made.seconds:.0f} s"),
    ]
    versions = table(
        list(made.versions.items()), ("Package", "Version"), "Versions of what computed this."
    )
    return facts(pairs) + versions


def _report_claims(claims: Sequence[Claim]) -> list[Claim]:
    return [one for one in claims if one.metric in REPORT_METRICS and one.epoch is None]


def _metric(name: str) -> str:
    return METRIC_NAMES.get(name, name.capitalize())


def _unit(claim: Claim | ClaimResult) -> str:
    return f"{claim.printed} %" if claim.unit == "percent" else claim.printed


def _code(text: str) -> Markup:
    return Markup(f"<code>{text}</code>")


def _kind(kind: str) -> str:
    words = {
        "exact": "exact: the paper's own files, proven by their manifest",
        "substitute": "substitute: real images of the same task, not proven to be the paper's",
        "phantom": "phantom: drawn by a program; the numbers below say nothing about the paper",
    }
    return words[kind]


def _place(setting: Stated | Assumed) -> str:
    return setting.where if isinstance(setting, Stated) else f"assumed: {setting.reason}"


def _same(printed: str | None, ours: int) -> str | None:
    if printed is None:
        return None
    return "yes" if int(printed.replace(",", "")) == ours else "no"


def _weights(model: Model) -> str:
    weights = model.weights
    return f"Backbone weights: {weights.used} ({weights.source})."


def _digits(metric: str, unit: str) -> Callable[[float], str]:
    whole = metric in ("support", "parameters") or unit == "count"
    return lambda value: (
        f"{value:.0f}"
        if whole and value == round(value)
        else f"{value:.1f}"
        if whole
        else f"{value:.3f}"
    )


def _interval(score: Score) -> str:
    show = _digits(score.metric, "")
    return f"{show(score.mean)} [{show(score.low)}, {show(score.high)}]"


def _badge(verdict: str) -> Markup:
    return Markup(f'<span class="verdict {VERDICT_CLASSES[verdict]}">{verdict}</span>')


def _claim_row(one: ClaimResult) -> tuple:
    scale, sign, show = 1, "", _digits(one.metric, one.unit)
    if one.unit == "percent":  # shown in the unit it was printed in
        scale, sign, show = 100, " %", "{:.1f}".format
    ours = interval = difference = None
    if one.reproduced is not None:
        printed = (
            scale * Claim(metric="", printed=one.printed, where="", arm="", unit=one.unit).value
        )
        ours = show(scale * one.reproduced) + sign
        interval = f"{show(scale * one.low)} – {show(scale * one.high)}"
        gap = scale * one.reproduced - printed
        difference = (
            f"{gap:+.4g}" if one.unit == "count" else f"{gap:+.1f}" if sign else f"{gap:+.3f}"
        )
    what = f"{_metric(one.metric)} {one.of}" if one.of else _metric(one.metric)
    if one.epoch is not None:
        what = f"{what}, {one.part}, epoch {one.epoch}"
    tolerance = f"± {scale * one.tolerance:g}"
    return (what, _unit(one), ours, interval, difference, tolerance, _badge(one.verdict), one.where)


def _claims_table(rows: Sequence[tuple], caption: str, mark: str) -> Shown:
    columns = (
        "Number",
        "Printed",
        "Ours",
        "Interval",
        "Difference",
        "Tolerance",
        "Verdict",
        "Where",
    )
    return table(rows, columns, caption, mark, numeric=(1, 2, 3, 4, 5))


def _settings(paper: Paper) -> dict[str, Stated | Assumed]:
    found = {**vars(paper.recipe), **vars(paper.split)}
    for arm in paper.arms:
        for name in ("weights", "trainable", "dense", "activation"):
            found[f"{arm.name}: {name}"] = getattr(arm, name)
    return found


def _setting_row(name: str, setting: Stated | Assumed, results: Results) -> tuple:
    run_with = results.settings.get(name, setting.value)
    if isinstance(run_with, list):
        run_with = tuple(run_with)
    source = "stated" if isinstance(setting, Stated) else "assumed"
    if name in results.changed:
        source = f"{source}, changed for this run"
    why = setting.where if isinstance(setting, Stated) else setting.reason
    return (name.replace("_", " "), _value(setting.value), _value(run_with), source, why)


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return (
        {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
    )
