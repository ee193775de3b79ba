"""Facts of a run that its files tell twice: counts, folds, epochs, probabilities, sums, the run key."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from lib import papers
from lib.evaluation import verdicts
from lib.evaluation.rows import Rows, among
from lib.evidence import attention
from lib.grading.items import Fault, Item, differing
from lib.grading.tables import IMAGE, described
from lib.papers.declare import Paper
from lib.results import FIT, FOLD, FoldCounts, Results, fold_name, run_key
from lib.runs.keep import expected_models
from lib.runs.key import PARAMETER, parameter_parts
from lib.settings import recorded
from lib.words import listed

Tables = Mapping[str, pd.DataFrame]
TWINS = ("", "alike", "near", "identical")  # what the column twin may say
ROUNDING = 1e-6  # of one probability: half of it from six decimals, the rest from float32
FIELD_WORDS = {"train": "train images", "test": "test images", "shared_groups": "leak"}
SHOWN = 5  # names in a message
CLOCKS_APART = timedelta(days=1)  # of the computer that ran, and of this one
BEFORE_ANY_RUN = datetime(2026, 1, 1, tzinfo=UTC)
CHOICES = PARAMETER + "choices"
OTHER_SPLIT = "seed of the split="  # a choice that is tested on other images than the fold's


def fact_items(record: Results, paper: Paper, tables: Tables) -> Iterator[Item]:
    """What one file of a run says otherwise than another, or than itself; where nothing does, that it is ok.

    Args:
        tables: As `lib.grading.tables.read_tables` returns them.
    """
    splits, predictions, history, evidence = (
        Rows.of(tables[name]) for name in ("splits", "predictions", "history", "evidence")
    )
    checks: Mapping[str, Callable[[], Iterator[Fault]]] = {
        "declaration": lambda: _declaration_faults(record, paper),
        "settings": lambda: _setting_faults(record),
        "models": lambda: _model_faults(record, paper),
        "kept models": lambda: _kept_faults(record),
        "images": lambda: _image_faults(record, splits),
        "splits": lambda: _fold_faults(record, paper, splits, predictions),
        "predictions": lambda: _prediction_faults(record, predictions),
        "curves": lambda: _history_faults(record, history),
        "evidence": lambda: _evidence_faults(record, evidence, splits),
        "attention": lambda: _attention_faults(record, paper, tables),
        "run key": lambda: _key_faults(record),
        "times": lambda: time_faults(record),
    }
    for topic, check in checks.items():
        found = False
        for fault in _caught(topic, check):
            found = True
            yield differing(topic, fault)
        if not found:
            yield Item(topic, "ok", f"{topic}: the files agree.")


def _caught(topic: str, check: Callable[[], Iterator[Fault]]) -> Iterator[Fault]:
    try:
        yield from check()
    except Exception as error:  # a stranger's file can fail anywhere; the rest is still checked
        yield Fault(f"the {topic} cannot be checked: {type(error).__name__}: {error}")


def strange_rows(record: Results, tables: Tables) -> Iterator[Fault]:
    """Arms and folds that only a table knows: nothing is computed from them, however many there are."""
    folds = {_name(fold) for fold in record.folds}
    arms = {model.arm for model in record.models}
    rows = {name: Rows.of(tables[name]) for name in ("predictions", "history", "evidence")}
    for name, of_table in rows.items():
        strange = sorted({fold_name(*fold) for fold, _ in of_table.by(*FOLD)} - folds)
        if strange:
            yield Fault(f"{name}.csv has folds that results.json lacks: {listed(strange[:SHOWN])}")
    for name in ("predictions", "history"):
        strange = sorted(set(rows[name]["arm"].tolist()) - arms)
        if strange:
            yield Fault(f"{name}.csv has arms that results.json lacks: {listed(strange[:SHOWN])}")


def _differing(what: str, stored: object, expected: object, source: str) -> Iterator[Fault]:
    if stored != expected:
        yield Fault(
            f"{what}: results.json says {stored}; {source} gives {expected}",
            str(stored),
            str(expected),
            f"results.json: {what}",
        )


# The record against the paper's declaration and against itself


def _declaration_faults(record: Results, paper: Paper) -> Iterator[Fault]:
    yield from _differing("title", record.title, paper.title_english, "the paper's declaration")
    if record.verdict_rule != verdicts.RULE:
        yield Fault("verdict_rule: results.json states another rule than verdicts are judged by")


def _setting_faults(record: Results) -> Iterator[Fault]:
    settings = record.settings
    for field in ("profile", "changed"):
        yield from _differing(field, getattr(record, field), settings[field], "its settings")
    drawn = record.data.drawn and record.data.drawn.per_class
    asked = settings["images_per_class"]
    yield from _differing("data.drawn.per_class", drawn, asked, "its settings")
    side = settings["image_size"]
    yield from _differing("data.image_size", record.data.image_size, side, "its settings")
    folds_by_protocol: dict[str, dict[int, list[int]]] = {}
    for fold in record.folds:
        folds_by_protocol.setdefault(fold.protocol, {}).setdefault(fold.seed, []).append(fold.fold)
    asked = settings["protocols"]
    if "grouped" in asked and record.grouping.hindrance:
        asked = [name for name in asked if name != "grouped"]  # it could not be made
    made = list(folds_by_protocol)
    yield from _differing("protocols of the folds", sorted(made), sorted(asked), "its settings")
    for protocol, folds_by_seed in folds_by_protocol.items():
        seeds = list(folds_by_seed)
        yield from _differing(
            f"seeds of the {protocol} folds", seeds, settings["seeds"], "its settings"
        )
        numbers = folds_by_seed[seeds[0]]
        if any(of_seed != list(range(len(numbers))) for of_seed in folds_by_seed.values()):
            yield Fault(
                f"folds: those of the {protocol} protocol are not 0 to {len(numbers) - 1} of every seed"
            )


def _model_faults(record: Results, paper: Paper) -> Iterator[Fault]:
    settings = record.settings
    chosen = papers.find_arms(paper, (*settings["arms"], *settings["variants"]))
    expected = [(arm.name, arm.variant_of) for arm in chosen]
    arms = [(model.arm, model.variant_of) for model in record.models]
    yield from _differing("models", arms, expected, "the paper's declaration, with the settings,")
    names = [model.arm for model in record.models]
    yield from _differing("costs", [cost.arm for cost in record.costs], names, "models")
    for model in record.models:
        counts, what = model.parameters, f"parameters of {model.arm}"
        layers = sum(layer.parameters for layer in model.layers)
        yield from _differing(what, counts["total"], layers, "the sum of its layers")
        parts = counts["trainable"] + counts["non-trainable"]
        yield from _differing(what, counts["total"], parts, "the sum of its parts")
        if set(counts) != {"total", "trainable", "non-trainable"}:
            yield Fault(f"{what}: results.json counts {', '.join(counts)}")
        for cost in record.costs:
            if cost.arm == model.arm:
                yield from _differing(
                    f"costs of {cost.arm}", cost.parameters, counts["total"], "its model"
                )


def _kept_faults(record: Results) -> Iterator[Fault]:
    """The list of kept models is empty, or that of the settings. No such file is handed in or opened here."""
    if record.kept_models:
        kept = [(each.arm, each.seed, each.protocol, each.file) for each in record.kept_models]
        expected = list(expected_models(record, record.settings["keep_models"]))
        yield from _differing("kept_models", kept, expected, "its settings")


def _key_faults(record: Results) -> Iterator[Fault]:
    provenance, parts = record.provenance, record.provenance.key_parts
    if provenance.run_key != run_key(parts):
        yield Fault("run_key: it is not the hash of key_parts")
    if not parts:  # a notebook that was run by hand has none
        return
    yield from _differing(
        "data.sha256", record.data.sha256, parts["data"].split(" ")[0], "key_parts"
    )
    packages = {
        name.removeprefix("package "): version
        for name, version in parts.items()
        if name.startswith("package ")
    }
    if (packages, parts.get("backend")) != (provenance.versions, provenance.backend):
        yield Fault("versions: with the backend they are not those in key_parts")
    for model in record.models:
        if model.weights.sha256 and model.weights.sha256 not in parts["weights"].split(" "):
            yield Fault(f"weights of {model.arm}: their SHA-256 does not stand in key_parts")
    used = recorded(record.settings)
    asked = {json.dumps(used.choices), "null"}  # the key has what was asked for
    for name, value in parameter_parts(used, {}).items():
        stands = parts.get(name, value)
        if stands != value and not (name == CHOICES and stands in asked):
            yield from _differing(f"key_parts.{name}", stands, value, "its settings")


def time_faults(record: Results) -> Iterator[Fault]:
    """No duration is negative, and no run starts or ends in the future."""
    provenance, where = record.provenance, "results.json: provenance"
    started, now = datetime.fromisoformat(provenance.started), datetime.now(UTC) + CLOCKS_APART
    if started.tzinfo is None or started > now:
        said = "the run is said to have started in the future, or at no certain time"
        yield Fault(said, provenance.started, "a time in UTC that is past", where)
    elif provenance.seconds > (now - started).total_seconds():
        said = "the run is said to have ended in the future"
        stands = f"{provenance.started}, {provenance.seconds:g} s"
        yield Fault(said, stands, "an end that is past", where)
    durations = {"the run": provenance.seconds}
    for cost in record.costs:
        durations[f"the features of {cost.arm}"] = cost.feature_seconds
        durations[f"the training of {cost.arm}"] = cost.training_seconds
    for what, seconds in durations.items():
        if not seconds >= 0:
            said = f"{what} is said to have taken {seconds} s"
            yield Fault(said, str(seconds), "at least 0", "results.json: costs, provenance")


def odd_times(record: Results) -> Iterator[Item]:
    """Times that are possible and yet odd.

    A clock may be wrong; and of an arm that is said to have trained for longer than the whole run, an earlier
    attempt that was interrupted may have trained a part.
    """
    started = datetime.fromisoformat(record.provenance.started)
    if started.tzinfo and started < BEFORE_ANY_RUN:
        said = "the run is said to be older than this project: the clock was wrong, or the time was changed"
        where = "results.json: provenance.started"
        yield Item("times", "cannot tell", said, record.provenance.started, where=where)
    for cost in record.costs:
        least = cost.feature_seconds + cost.training_seconds * len(record.folds)
        if least > record.provenance.seconds + 1:
            said = f"training {cost.arm} took longer than the whole run: it was resumed, or a time was changed"
            stored = f"{record.provenance.seconds:g} s"
            yield Item(
                "times", "cannot tell", said, stored, f"at least {least:g} s", "results.json"
            )


# The images, and how they were divided


def _image_faults(record: Results, splits: Rows) -> Iterator[Fault]:
    data, grouped = record.data, bool((splits["group"] != "").all())
    of_classes = {name: splits.only(splits["true"] == name) for name in record.classes}
    expected: dict[str, Any] = {
        "images": len(splits),
        "counts": {name: len(of_class) for name, of_class in of_classes.items()},
        "groups": splits.count("group") if grouped else None,
        "group_counts": {name: of_class.count("group") for name, of_class in of_classes.items()}
        if grouped
        else None,
    }
    for field, value in expected.items():
        yield from _differing(f"data.{field}", getattr(data, field), value, "splits.csv")
    if splits.count("path") < len(splits):
        yield Fault("splits.csv names an image twice")
    strange = sorted(set(splits["true"].tolist()) - set(record.classes))
    if strange:
        yield Fault(f"splits.csv has classes that results.json lacks: {listed(strange[:SHOWN])}")
    grouping, apart = record.grouping, expected["groups"] if grouped else len(splits)
    if grouping.units is not None:
        yield from _differing(
            "grouping.joined", grouping.joined, apart - grouping.units, "units, with splits.csv,"
        )
    noun = data.group_noun if grouped else "picture"
    yield from _differing("grouping.noun", grouping.noun, noun, "data")
    searched = record.look_alikes.pairs is not None
    known = "partly known groups" if data.ungrouped else "known groups"
    basis = known if grouped else "search" if searched else "near-duplicates"
    yield from _differing("grouping.basis", grouping.basis, basis, "splits.csv, with look_alikes,")


def _fold_faults(record: Results, paper: Paper, splits: Rows, predictions: Rows) -> Iterator[Fault]:
    """What splits.csv says otherwise of the folds than results.json and predictions.csv do."""
    predicted = {
        (fold_name(*fold), part): rows for (*fold, part), rows in predictions.by(*FOLD, "part")
    }
    none = predictions.only(np.zeros(len(predictions), bool))
    grouped = bool((splits["group"] != "").all())
    for fold in record.folds:
        name = _name(fold)
        strange = sorted(set(splits[name].tolist()) - {"train", "test", ""})
        if strange:
            yield Fault(
                f"splits.csv has other sides of fold {name} than train and test: {listed(strange[:SHOWN])}"
            )
        train, test = (splits.only(splits[name] == side) for side in ("train", "test"))
        yield from _count_faults(fold, train, test, record.classes, grouped)
        if fold.protocol == "grouped":
            shared = sorted(
                set(train["group"].tolist()).intersection(test["group"].tolist()) - {""}
            )
            if shared:
                yield Fault(
                    f"fold {name} is said to be grouped; on both sides are: {listed(shared[:SHOWN])}",
                    listed(shared[:SHOWN]),
                    "no group on both sides",
                    f"splits.csv: {name}",
                )
        for part, images in (("test", test), ("train", train)):
            of_part = predicted.get((name, part), none)
            yield from _part_faults(record, paper, fold, images, of_part, part)


def _count_faults(
    fold: FoldCounts,
    train: Rows,
    test: Rows,
    classes: Sequence[str],
    grouped: bool,
) -> Iterator[Fault]:
    shared = among(test["group"], set(train["group"].tolist()))
    counted = {
        "train": {label: int((train["true"] == label).sum()) for label in classes},
        "test": {label: int((test["true"] == label).sum()) for label in classes},
        "shared_groups": float(pd.Series(shared).mean()) if grouped else None,  # of none: NaN
    }
    for field, value in counted.items():
        words = f"{FIELD_WORDS[field]} of fold {_name(fold)}"
        yield from _differing(words, getattr(fold, field), value, "splits.csv")


def _part_faults(
    record: Results,
    paper: Paper,
    fold: FoldCounts,
    images: Rows,
    predictions: Rows,
    part: str,
) -> Iterator[Fault]:
    """Every arm must have predicted exactly these images, as splits.csv describes them.

    Of the training images only the arms that the paper or the record evaluates on them.
    """
    evaluated = {(confusion.arm, confusion.part) for confusion in record.confusions}
    expected = described(images)
    for model in record.models:
        if (
            part not in paper.parts(papers.find_arm(paper, model.arm))
            and (model.arm, part) not in evaluated
        ):
            continue
        of_arm = predictions.only(predictions["arm"] == model.arm)
        if described(of_arm) != expected:
            yield Fault(
                f"predictions of {model.arm}, fold {_name(fold)}, are not those of its {part} images in splits.csv"
            )
        elif part == "test":
            yield from _twin_faults(record, fold, of_arm["twin"], model.arm)


def _twin_faults(record: Results, fold: FoldCounts, twins: np.ndarray, arm: str) -> Iterator[Fault]:
    source, near = f"predictions.csv, of {arm},", int(among(twins, ("identical", "near")).sum())
    yield from _differing(
        f"near-duplicates of fold {_name(fold)}", fold.near_duplicates, near, source
    )
    searched = record.look_alikes.pairs is not None
    alike = int((twins != "").sum())
    yield from _differing(
        f"look-alikes of fold {_name(fold)}", fold.look_alikes, alike if searched else None, source
    )
    if not searched and "alike" in twins.tolist():
        yield Fault(f"predictions.csv, of {arm}, has look-alikes, which were not searched for")


# What the models answered, and how they learnt


def _prediction_faults(record: Results, predictions: Rows) -> Iterator[Fault]:
    classes = record.classes
    for column, known in (("true", classes), ("predicted", classes), ("twin", TWINS)):
        strange = sorted(set(predictions[column].tolist()) - set(known))
        if strange:
            yield Fault(f"predictions.csv has in the column {column!r}: {listed(strange[:SHOWN])}")
    if (predictions["twin"][predictions["part"] == "train"] != "").any():
        yield Fault("predictions.csv has near-duplicates of training images")
    probabilities = predictions.numbers(classes)
    # Written so that it is true of no number (NaN) too.
    outside = ~((probabilities.min(axis=1) >= 0) & (probabilities.max(axis=1) <= 1))
    yield from _rows("probabilities outside [0, 1]", outside)
    sums = probabilities.sum(axis=1)
    yield from _rows(
        "probabilities that do not sum to one", ~(abs(sums - 1) <= ROUNDING * len(classes))
    )
    # Of equal ones any: before they were rounded, the predicted one may have been the larger.
    largest = probabilities == probabilities.max(axis=1, keepdims=True)
    predicted = predictions["predicted"][:, None] == np.array(classes, object)
    yield from _rows(
        "predictions of another class than the most probable", ~(largest & predicted).any(1)
    )


def _rows(what: str, wrong: np.ndarray) -> Iterator[Fault]:
    if wrong.any():
        first = int(wrong.argmax())
        yield Fault(
            f"predictions.csv has {what}: {int(wrong.sum())} rows, the first in line {first + 2}"
        )


def _history_faults(record: Results, history: Rows) -> Iterator[Fault]:
    """Every fit must have every epoch once, in order."""
    epochs_by_fit = {fit: rows["epoch"].tolist() for fit, rows in history.by(*FIT)}
    for model in record.models:
        expected = list(range(1, record.settings["training"][model.arm]["epochs"] + 1))
        for fold in record.folds:
            epochs = epochs_by_fit.get((model.arm, fold.protocol, fold.seed, fold.fold), [])
            if epochs != expected:
                yield Fault(
                    f"history.csv should have the epochs 1 to {len(expected)} of {model.arm}, fold "
                    f"{_name(fold)}, once and in order; it has {len(epochs)} rows of it"
                )
    shares = history.numbers(["accuracy", "val_accuracy"])
    losses = history.numbers(["loss", "val_loss"])
    if not ((shares >= 0) & (shares <= 1)).all():
        yield Fault("history.csv has accuracies outside [0, 1]")
    if not ((losses >= 0) & np.isfinite(losses)).all():
        yield Fault("history.csv has losses that are negative or no number")


# Evidence


def _evidence_faults(record: Results, evidence: Rows, splits: Rows) -> Iterator[Fault]:
    """Probes, choices and sizes must answer images of the run, and every control set is one set of images."""
    kinds = set(evidence["kind"].tolist())
    strange = sorted(kinds - {"probe", "choice", "size", "control", attention.KIND})
    if strange:
        yield Fault(f"evidence.csv has rows of kind {listed(strange[:SHOWN])}")
    if not record.settings["choices"] and "choice" in kinds:
        yield Fault("evidence.csv has rows of kind choice; by its settings this run tried none")
    for column in ("true", "predicted"):
        strange = sorted(set(evidence[column].tolist()) - set(record.classes))
        if strange:
            yield Fault(f"evidence.csv has in the column {column!r}: {listed(strange[:SHOWN])}")
    yield from _control_set_faults(record, evidence.only(evidence["kind"] == "control"))
    sides = {_name(fold): splits.only(splits[_name(fold)] == "test") for fold in record.folds}
    tested = {name: described(images) for name, images in sides.items()}
    every_image = set(described(splits))
    controls: dict[str, Any] = {}
    whole = evidence.only(evidence["kind"] != attention.KIND)  # of the others: `_attention_faults`
    for (kind, name, arm, *fold), rows in whole.by("kind", "name", *FIT):
        images, fold = described(rows), fold_name(*fold)
        if kind == "control":
            if images != controls.setdefault(name, images):
                yield Fault(
                    f"evidence.csv: {arm} ({fold}) was shown other images of {name} than others were"
                )
        elif kind == "choice" and name.startswith(OTHER_SPLIT):
            if len(set(images)) < len(images) or not every_image.issuperset(images):
                yield Fault(f"evidence.csv: images of {name} ({arm}) are not those of splits.csv")
        elif images != tested.get(fold):
            yield Fault(
                f"evidence.csv: images of {name} ({arm or 'no arm'}) are not the test images of fold {fold}"
            )


def _attention_faults(record: Results, paper: Paper, tables: Tables) -> Iterator[Fault]:
    """Shares of heat are told of the answers that get a heat map, each once, and lie between 0 and 1."""
    evidence, predictions = tables["evidence"], tables["predictions"]
    rows = evidence[evidence["kind"] == attention.KIND]
    tested = predictions[predictions["part"] == "test"]
    averaged = attention.answers_to_explain(
        paper, record.arms, tested, record.learning, [attention.AVERAGE]
    )
    keys = [*FIT, *IMAGE, "predicted"]
    answers = set(averaged[keys].itertuples(index=False, name=None))
    told = rows["name"].str.extract(attention.NAME)
    named = list(zip(told["what"], rows[keys].itertuples(index=False, name=None), strict=True))
    if len(set(named)) < len(named) or not answers.issuperset(answer for _, answer in named):
        yield Fault(
            "evidence.csv: shares of heat are told of other answers than they are averaged over"
        )
    if not pd.to_numeric(told["share"], errors="coerce").between(0, 1).all():
        yield Fault("evidence.csv: a share of heat is no number between 0 and 1")


def _control_set_faults(record: Results, shown: Rows) -> Iterator[Fault]:
    counts: dict[str, Counter[str]] = {}
    for (name, _), of_image in shown.by("name", "path"):
        counts.setdefault(name, Counter())[of_image["true"][0]] += 1
    recorded = {facts.name: facts.counts for facts in record.control_sets}
    yield from _differing("control_sets", recorded, counts, "evidence.csv")
    declared = {control.name for control in papers.load(record.slug).controls}
    for facts in record.control_sets:
        if facts.collection and facts.collection not in declared:
            yield Fault(
                f"control_sets: {facts.name} is said to be {facts.collection}, which the paper does not declare"
            )


def _name(fold: FoldCounts) -> str:
    return fold_name(fold.protocol, fold.seed, fold.fold)
