"""The tables of a run → the fields of its record that follow from them.

Reads tables, as `lib.evaluation.scores`: a finished run is checked by deriving the fields again from its
CSV files.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, Final

import numpy as np
import pandas as pd

from lib.evaluation import intervals, verdicts
from lib.evaluation.curves import LAST_EPOCHS, last_epochs
from lib.evaluation.rows import Rows, Table, joined
from lib.evaluation.scores import all_scores, confusion_matrices, variant_differences
from lib.evidence import attention, comparisons
from lib.evidence.controls import control_records
from lib.evidence.gaps import gap_records
from lib.evidence.leaks import leak_records
from lib.evidence.learning import learning_records
from lib.evidence.probes import PROBES
from lib.evidence.sizes import size_records
from lib.evidence.stand_ins import own_class_records
from lib.evidence.subgroups import subgroup_scores
from lib.papers.declare import Paper
from lib.results import ANSWER, Choice, Comparison, Model, Probe, ProbeKind
from lib.settings import Settings, telling_changes

RANDOM_LABELS: Final = "random labels"


def derive(
    paper: Paper,
    settings: Settings,
    models: Sequence[Model],
    tables: Mapping[str, pd.DataFrame],
    *,
    kind: str,
    group_noun: str,
    searched: bool,
    stand_ins: Collection[str],
) -> Iterator[tuple[str, list[Any]]]:
    """Every field of `lib.results.Results` that follows from the tables: its name and what it holds.

    One after another, so that whoever checks a record learns what still follows from tables of which
    some do not belong together.

    Args:
        models: Of all arms and variants, as in the record.
        tables: "predictions", "history", "splits" and "evidence": rows as in the CSV files of a run folder.
        kind: Of the images: "exact", "substitute" or "phantom".
        group_noun: What a group is, for the names of methods.
        searched: Whether look-alikes were searched for.
        stand_ins: Classes that are made of another's images.

    Raises:
        ValueError, LookupError: The tables do not belong together.
    """
    predictions, history = Rows.of(tables["predictions"]), tables["history"]
    splits, evidence = Rows.of(tables["splits"]), Rows.of(tables["evidence"])
    tested = predictions.only(predictions["part"] == "test")
    probed = _of_kind(evidence, "probe")
    scores = all_scores(predictions, history, models, paper.class_names, group_noun)
    yield "scores", scores
    yield "learning", learning_records(tested, splits, scores, paper.class_names)
    yield "own_classes", own_class_records(tested, stand_ins, group_noun)
    fits = last_epochs(history, tested)
    yield "last_epochs", fits
    yield "differences", variant_differences(scores, models)
    yield "confusions", confusion_matrices(predictions, paper.class_names)
    changed = telling_changes(settings.changed)
    yield "claims", verdicts.judge(paper, scores, kind=kind, models=models, changed=changed)
    yield "gaps", gap_records(tested, fits, group_noun)
    fewer = _of_kind(evidence, "size")
    yield "size_controls", size_records(fewer, tested, splits, group_noun)
    yield "leaks", leak_records(tested, splits, group_noun, searched=searched)
    yield "probes", probe_records(probed, group_noun)
    yield "comparisons", comparison_records(models, tested, probed, group_noun)
    # What a probe called the test images is in evidence.csv, under its name.
    answered = _with_probes(tested, probed, probed["name"])
    shown = _of_kind(evidence, "control")
    yield "controls", list(control_records(shown, answered, group_noun))
    heat = _of_kind(evidence, attention.KIND)
    yield "attention", list(attention.attention_records(heat))
    tried = _of_kind(evidence, "choice")
    yield "choices", choice_records(tried, tested, history, settings)
    yield "subgroups", subgroup_scores(paper, predictions, group_noun)


def _of_kind(evidence: Rows, kind: str) -> Rows:
    return evidence.only(evidence["kind"] == kind)


def _with_probes(tested: Rows, probed: Rows, names: np.ndarray) -> Table:
    """The answers of arms and, under these names, of probes."""
    return joined([tested, probed], ANSWER) | {"arm": np.concatenate([tested["arm"], names])}


def probe_records(probed: Table, group_noun: str) -> list[Probe]:
    """How often each probe was right on the test images."""
    kinds: dict[str, ProbeKind] = {probe.name: probe.kind for probe in PROBES}
    kinds[RANDOM_LABELS] = RANDOM_LABELS
    return [
        Probe(
            name=name,
            kind=kinds[name],
            arm=arm,
            accuracy=intervals.accuracy_score(name, protocol, rows, group_noun),
        )
        for (name, arm, protocol), rows in Rows.of(probed).by("name", "arm", "protocol")
    ]


def comparison_records(
    models: Sequence[Model], tested: Table, probed: Table, group_noun: str
) -> list[Comparison]:
    """Arms with each other and variants with their arm: one family. Arms with probes: another."""
    tested, probed = Rows.of(tested), Rows.of(probed)
    arms = [model.arm for model in models if not model.variant_of]
    variants = [(model.arm, model.variant_of) for model in models if model.variant_of]
    among_arms = comparisons.compare([*combinations(arms, 2), *variants], tested, group_noun)
    # Shuffled labels are tried on one fold only, and lie at chance or tell of a fault.
    probed = probed.only(probed["name"] != RANDOM_LABELS)
    # A probe of an arm's own is another one for every arm: its name goes with the arm's.
    names = probed["name"] + "\n" + probed["arm"]
    probes = dict.fromkeys(names.tolist())
    pairs = [(arm, probe) for arm in arms for probe in probes if probe.split("\n")[1] in ("", arm)]
    rows = _with_probes(tested, probed, names)
    with_probes = [
        comparison.model_copy(update={"versus": comparison.versus.split("\n")[0]})
        for comparison in comparisons.compare(pairs, rows, group_noun)
    ]
    return among_arms + with_probes


def choice_records(tried: Table, tested: Table, history: Table, settings: Settings) -> list[Choice]:
    """What every choice that the paper leaves open makes of the accuracy, one at a time."""
    choices = []
    for arm, rows in Rows.of(tried).by("arm"):
        own = _first_fold(tested, arm)
        base, seed = _accuracy(own), int(own["seed"][0])
        by_choice: dict[str, list[tuple[str, float]]] = {}
        for full, of_value in rows.by("name"):
            name, _, value = full.partition("=")
            by_choice.setdefault(name, []).append((value, _accuracy(of_value)))
        for name, tries in by_choice.items():
            used = str(_used(settings, arm, name, seed))
            choices.append(Choice(arm=arm, name=name, value=used, used=True, accuracy=base))
            choices += [
                Choice(arm=arm, name=name, value=value, used=False, accuracy=accuracy)
                for value, accuracy in tries
            ]
        choices += _epoch_choices(arm, _first_fold(history, arm))
    return choices


def _used(settings: Settings, arm: str, name: str, seed: int) -> object:
    return getattr(settings.training[arm], name.replace(" ", "_"), seed)


def _first_fold(table: Table, arm: str) -> Rows:
    rows = Rows.of(table)
    published = rows.only((rows["arm"] == arm) & (rows["protocol"] == "published"))
    seeds, folds = published["seed"], published["fold"]
    return published.only((seeds == seeds[0]) & (folds == folds[0]))


def _accuracy(rows: Rows) -> float:
    return float(rows.right().mean())


def _epoch_choices(arm: str, history: Rows) -> Iterator[Choice]:
    """The last epochs of the run itself, and its best."""
    accuracies = pd.Series(history["val_accuracy"], index=history["epoch"])
    chosen = sorted({*accuracies.index[-LAST_EPOCHS:], accuracies.idxmax()})
    for epoch in chosen:
        yield Choice(
            arm=arm,
            name="epoch",
            value=str(epoch),
            used=bool(epoch == accuracies.index[-1]),
            accuracy=float(accuracies[epoch]),
        )
