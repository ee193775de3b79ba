"""The tables of a run → what tells how far its scores can be trusted. Reads tables, as `lib.evaluation.scores`."""

from collections.abc import Iterator, Sequence
from itertools import combinations

import pandas as pd

from lib.evaluation import intervals
from lib.evidence import comparisons
from lib.evidence.probes import PROBES
from lib.evidence.subgroups import subgroups
from lib.papers.declare import Paper
from lib.results import (
    Choice,
    Comparison,
    Control,
    Leak,
    Model,
    Probe,
    fold_name,
)
from lib.settings import Settings

RANDOM_LABELS = "random labels"
LAST = 5  # epochs at the end of a training, any of which a paper might have reported
LEAKS = {  # what a test image can share → the twins that count as that
    "identical pixels": ("identical",),
    "near-duplicate": ("identical", "near"),
}


def of_run(
    paper: Paper,
    settings: Settings,
    models: Sequence[Model],
    *,
    predictions: pd.DataFrame,
    evidence: pd.DataFrame,
    history: pd.DataFrame,
    splits: pd.DataFrame,
    kind: str,
    group_noun: str,
) -> dict[str, list]:
    """Every record of `lib.results` by its field in results.json.

    Args:
        predictions, evidence, history, splits: Rows as in the CSV files of a run folder.
        kind: Of the images: "exact", "substitute" or "phantom".
        group_noun: What a group is, for the names of methods.
    """
    tested = predictions[predictions["part"] == "test"]
    probed = evidence[evidence["kind"] == "probe"]
    return {
        "gaps": comparisons.gaps(tested, group_noun),
        "leaks": leaks(tested, splits, group_noun),
        "probes": probes(probed, group_noun),
        "comparisons": compared(models, tested, probed, group_noun),
        "controls": controls(evidence[evidence["kind"] == "control"], kind),
        "choices": choices(evidence[evidence["kind"] == "choice"], tested, history, settings),
        "subgroups": subgroups(paper, predictions, group_noun),
    }


def leaks(tested: pd.DataFrame, splits: pd.DataFrame, group_noun: str) -> list[Leak]:
    """Accuracy on test images that share something with a training image, and on the others."""
    grouped = bool((splits["group"] != "").all())
    found = []
    for (arm, protocol), rows in tested.groupby(["arm", "protocol"], sort=False):
        shares = {by: rows["twin"].isin(twins) for by, twins in LEAKS.items()}
        if grouped:
            shares["group"] = _siblings(rows, splits)
        for by, does in shares.items():
            sharing, others = (
                intervals.accuracy(arm, protocol, rows[some], group_noun) if some.any() else None
                for some in (does, ~does)
            )
            found.append(
                Leak(
                    arm=arm,
                    protocol=protocol,
                    by=by,
                    share=float(does.groupby(rows["seed"]).mean().mean()),
                    sharing=sharing,
                    others=others,
                )
            )
    return found


def _siblings(rows: pd.DataFrame, splits: pd.DataFrame) -> pd.Series:
    """(rows,) bool: whether an image of the group was trained on in the row's fold."""
    trained = {}
    for key in rows[["protocol", "seed", "fold"]].drop_duplicates().itertuples(index=False):
        trained[tuple(key)] = set(splits.loc[splits[fold_name(*key)] == "train", "group"])
    keys = rows[["protocol", "seed", "fold", "group"]].itertuples(index=False)
    return pd.Series([group in trained[tuple(key)] for *key, group in keys], index=rows.index)


def probes(probed: pd.DataFrame, group_noun: str) -> list[Probe]:
    """How often each probe was right on the test images."""
    kinds = {one.name: one.kind for one in PROBES} | {RANDOM_LABELS: RANDOM_LABELS}
    return [
        Probe(
            name=name,
            kind=kinds[name],
            arm=arm,
            accuracy=intervals.accuracy(name, protocol, rows, group_noun),
        )
        for (name, arm, protocol), rows in probed.groupby(["name", "arm", "protocol"], sort=False)
    ]


def compared(
    models: Sequence[Model], tested: pd.DataFrame, probed: pd.DataFrame, group_noun: str
) -> list[Comparison]:
    """Arms with each other and variants with their arm: one family. Arms with probes: another."""
    arms = [one.arm for one in models if not one.variant_of]
    pairs = [*combinations(arms, 2), *((m.arm, m.variant_of) for m in models if m.variant_of)]
    # A probe that is an arm's own is another one for every arm.
    # Shuffled labels are tried on one fold only, and lie at chance or tell of a fault.
    probed = probed[probed["name"] != RANDOM_LABELS]
    named = probed.assign(arm=probed["name"] + "\n" + probed["arm"])
    others = named["arm"].drop_duplicates()
    against = [
        (arm, probe) for arm in arms for probe in others if probe.split("\n")[1] in ("", arm)
    ]
    rows = pd.concat([tested, named], ignore_index=True)
    with_probes = comparisons.compare(against, rows, group_noun)
    return [
        *comparisons.compare(pairs, tested, group_noun),
        *(one.model_copy(update={"versus": one.versus.split("\n")[0]}) for one in with_probes),
    ]


def controls(shown: pd.DataFrame, kind: str) -> list[Control]:
    """What arms and probes called the images of every control set."""
    found = []
    for (name, by, protocol), rows in shown.groupby(["name", "arm", "protocol"], sort=False):
        hits = rows["true"] == rows["predicted"]
        right = hits.groupby([rows["seed"], rows["fold"]], sort=False).sum()
        called = rows["predicted"].value_counts(normalize=True, sort=False)
        found.append(
            Control(
                name=name,
                kind="phantom" if kind == "phantom" else "substitute",
                by=by,
                protocol=protocol,
                images=rows["path"].nunique(),
                right=right.groupby("seed", sort=False).mean().tolist(),
                called={str(one): float(share) for one, share in sorted(called.items())},
            )
        )
    return found


def choices(
    tried: pd.DataFrame, tested: pd.DataFrame, history: pd.DataFrame, settings: Settings
) -> list[Choice]:
    """What every choice that the paper leaves open makes of the accuracy, one at a time."""
    found = []
    for arm, rows in tried.groupby("arm", sort=False):
        first = _first_fold(tested[tested["arm"] == arm])
        base, seed = _hits(first), int(first["seed"].iloc[0])
        named = rows.assign(choice=rows["name"].str.partition("=")[0])
        for name, of_choice in named.groupby("choice", sort=False):
            used = str(_used(settings, arm, name, seed))
            found.append(Choice(arm=arm, name=name, value=used, used=True, accuracy=base))
            for full, one in of_choice.groupby("name", sort=False):
                value = full.partition("=")[2]
                found.append(
                    Choice(arm=arm, name=name, value=value, used=False, accuracy=_hits(one))
                )
        found += _epochs(arm, _first_fold(history[history["arm"] == arm]))
    return found


def _used(settings: Settings, arm: str, name: str, seed: int) -> object:
    return getattr(settings.training[arm], name.replace(" ", "_"), seed)


def _first_fold(rows: pd.DataFrame) -> pd.DataFrame:
    published = rows[rows["protocol"] == "published"]
    first = published.iloc[0]
    return published[(published["seed"] == first["seed"]) & (published["fold"] == first["fold"])]


def _hits(rows: pd.DataFrame) -> float:
    return float((rows["true"] == rows["predicted"]).mean())


def _epochs(arm: str, history: pd.DataFrame) -> Iterator[Choice]:
    """The last epochs of the run itself, and its best."""
    accuracies = history.set_index("epoch")["val_accuracy"]
    chosen = sorted({*accuracies.index[-LAST:], accuracies.idxmax()})
    for epoch in chosen:
        yield Choice(
            arm=arm,
            name="epoch",
            value=str(epoch),
            used=bool(epoch == accuracies.index[-1]),
            accuracy=float(accuracies[epoch]),
        )
