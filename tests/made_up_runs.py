"""A run of which nothing can be said against it but its one machine, and records to change that."""

from dataclasses import replace
from typing import Any

import made_up_paper as made_up

from lib.limitations.facts import Run
from lib.paper import Paper, Split, Stated
from lib.results import (
    Choice,
    Comparison,
    Confusion,
    Control,
    Difference,
    FoldCounts,
    Gap,
    Grouping,
    NearDuplicates,
    Probe,
    Provenance,
    Results,
    Score,
    Subgroup,
)

DEVICE = (
    "Everything was computed on one machine (CPU: made up; tensorflow): how far another moves the "
    "scores was not measured."
)
TRAINING = {
    "image_size": 32,
    "pixel_scaling": "[0, 1]",
    "optimizer": "adam",
    "learning_rate": 0.001,
    "batch_size": 8,
    "epochs": 3,
    "loss": "categorical_crossentropy",
    "precision": "float32",
}


def paper(*arms: str, **changes: Any) -> Paper:
    """Cats and dogs, a hundred each; everything is stated."""
    stated = {"augmentation": Stated((), "§2"), "output": Stated("softmax", "§2")}
    made = made_up.paper(*(made_up.arm(name, **stated) for name in arms or ("net",)))
    counts = {name: Stated("100", "§1") for name in made.class_names}
    told = {
        "seeds": Stated((0, 1, 2, 3, 4), "§2"),
        "split": Split(test_share=Stated(0.2, "§1"), stratified=Stated(True, "§1")),
        "dataset": replace(made.dataset, counts=counts, total=Stated("200", "§1")),
    }
    return replace(made, **told | changes)


def results(*arms: str, **changes: Any) -> Results:
    """Its own 200 images of 200 patients, five seeds, both protocols, a control set; 0.90 [0.88, 0.92]."""
    arms = arms or ("net",)
    both = ("published", "grouped")
    values = {
        "slug": "made_up",
        "title": "Title",
        "classes": ["cat", "dog"],
        "profile": "paper",
        "settings": {
            "seeds": [0, 1, 2, 3, 4],
            "test_share": 0.2,
            "stratified": True,
            "training": dict.fromkeys(arms, TRAINING),
        },
        "changed": [],
        "data": data(),
        "near_duplicates": near_duplicates(),
        "grouping": grouping(),
        "models": [made_up.model(name) for name in arms],
        "costs": [],
        "folds": [fold(protocol=name) for name in both],
        "scores": [accuracy(arm=name, protocol=one) for name in arms for one in both],
        "differences": [],
        "confusions": [
            Confusion(
                arm=name,
                protocol="published",
                part="test",
                seed=0,
                fold=0,
                counts=[[18, 2], [2, 18]],
            )
            for name in arms
        ],
        "gaps": [],
        "leaks": [],
        "probes": [],
        "comparisons": [],
        "controls": [control(by=name) for name in arms],
        "choices": [],
        "subgroups": [],
        "claims": [made_up.result()],
        "verdict_rule": "A rule.",
        "files": {},
        "provenance": provenance(),
    }
    return Results(**values | changes)


def run(paper_changes: dict | None = None, **changes: Any) -> Run:
    """Both together; `changes` name fields of the record."""
    return Run(paper=paper(**paper_changes or {}), results=results(**changes))


def data(**changes: Any):
    """200 images of 200 patients, the paper's own."""
    values = {
        "kind": "exact",
        "images": 200,
        "counts": {"cat": 100, "dog": 100},
        "groups": 200,
        "group_counts": {"cat": 100, "dog": 100},
    }
    return made_up.data(**values | changes)


def near_duplicates(**changes: int) -> NearDuplicates:
    """None."""
    counts = {"pairs": 0, "images": 0, "between_groups": 0, "between_classes": 0} | changes
    return NearDuplicates(bits=64, limit=4, closest=[], **counts)


def grouping(**changes: Any) -> Grouping:
    """By patient."""
    return Grouping(**{"noun": "patient", "units": 200, "joined": 0, "hindrance": ""} | changes)


def fold(**changes: Any) -> FoldCounts:
    """160 to train, 40 to test, nothing in common."""
    values = {
        "protocol": "published",
        "seed": 0,
        "fold": 0,
        "train": {"cat": 80, "dog": 80},
        "test": {"cat": 20, "dog": 20},
        "shared_groups": 0.0,
        "near_duplicates": 0,
    }
    return FoldCounts(**values | changes)


def accuracy(mean: float = 0.9, low: float = 0.88, high: float = 0.92, **changes: Any) -> Score:
    """Of five seeds, all alike."""
    return made_up.score(*[mean] * 5, low=low, high=high, **changes)


def probe(name: str, kind: str) -> Probe:
    """A probe under the published protocol."""
    return Probe(name=name, kind=kind, arm="", accuracy=accuracy(arm=name))


def comparison(versus: str, low: float, high: float, **changes: Any) -> Comparison:
    """Of "net" with something, its mean half-way."""
    values = {
        "arm": "net",
        "versus": versus,
        "protocol": "published",
        "mean": (low + high) / 2,
        "low": low,
        "high": high,
        "family_low": low,
        "family_high": high,
        "family": 1,
        "p": None,
        "p_family": None,
        "per_seed": [],
        "method": "bootstrap",
    }
    return Comparison(**values | changes)


def control(**changes: Any) -> Control:
    """Of 50 images from elsewhere 45 are right."""
    values = {
        "name": "elsewhere",
        "kind": "substitute",
        "by": "net",
        "protocol": "published",
        "images": 50,
        "right": [45.0] * 5,
        "called": {"cat": 1.0},
    }
    return Control(**values | changes)


def gap(low: float, high: float, arm: str = "net") -> Gap:
    """Between the protocols."""
    return Gap(arm=arm, mean=(low + high) / 2, low=low, high=high, per_seed=[], method="bootstrap")


def choice(name: str, value: str, accuracy: float, *, used: bool = False) -> Choice:
    """Of "net"."""
    return Choice(arm="net", name=name, value=value, used=used, accuracy=accuracy)


def difference(*per_seed: float) -> Difference:
    """Of the variant "net-other"."""
    return Difference(
        arm="net-other",
        versus="net",
        protocol="published",
        mean=sum(per_seed) / len(per_seed),
        low=min(per_seed),
        high=max(per_seed),
        per_seed=list(per_seed),
    )


def subgroup(value: str, mean: float, low: float, high: float) -> Subgroup:
    """By magnification."""
    return Subgroup(
        name="magnification",
        value=value,
        images=50,
        groups=None,
        accuracy=accuracy(mean, low, high),
    )


def provenance(**changes: Any) -> Provenance:
    """One machine."""
    values = {
        "run_key": "0123456789abcdef",
        "key_parts": {},
        "versions": {"python": "3.11", "keras": "3.15", "numpy": "2.4", "pandas": "3.1"},
        "backend": "tensorflow",
        "device": "CPU: made up",
        "platform": "Linux",
        "started": "2025-01-01T00:00:00",
        "seconds": 61.4,
    }
    return Provenance(**values | changes)
