"""A paper put together by hand, with scores and training histories: for tests of what a report shows."""

from collections.abc import Iterable, Sequence
from itertools import combinations

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from lib.claims import Finding
from lib.paper import Arm, Assumed, Claim, ClassName, Dataset, Paper, Recipe, Source, Split, Stated
from lib.results import ClaimResult, Data, Model, Score, Weights

CLASSES = ("cat", "dog")


def recipe(epochs: int = 3) -> Recipe:
    """Everything stated in one place."""
    values = {
        "image_size": 32,
        "pixel_scaling": "[0, 1]",
        "optimizer": "adam",
        "learning_rate": 0.001,
        "batch_size": 8,
        "loss": "categorical_crossentropy",
    }
    return Recipe(
        **{name: Stated(value, "§2") for name, value in (values | {"epochs": epochs}).items()}
    )


def arm(name: str = "net", *, epochs: int = 3, **changes) -> Arm:
    """A small model; `changes` name fields of `Arm`."""
    values = {
        "backbone": "MobileNetV2",
        "weights": Stated("imagenet", "§2"),
        "trainable": Stated(False, "§2"),
        "pooling": Stated("avg", "§2"),
        "dense": Stated((), "§2"),
        "activation": Stated("relu", "§2"),
        "dropout": Stated((0,), "§2"),
        "recipe": recipe(epochs),
    }
    return Arm(name=name, **values | changes)


def claim(metric: str, printed: str, **changes) -> Claim:
    """A number of Table 1 about "net", unless `changes` say otherwise."""
    return Claim(metric=metric, printed=printed, **{"where": "Table 1", "arm": "net"} | changes)


def paper(
    *arms: Arm,
    classes: Sequence[str] = CLASSES,
    claims: Iterable[Claim] = (),
    sources: Sequence[Source] = (),
    **changes,
) -> Paper:
    """A paper of these arms, "net" where none is given; `changes` name fields of `Paper`."""
    values = {
        "slug": "made_up",
        "title": "Judul",
        "title_english": "Title",
        "authors": ("A. Author",),
        "affiliation": "A University",
        "language": "Indonesian",
        "in_brief": "It prints 90 %.",
        "task": "Cats against dogs",
        "classes": tuple(ClassName(name=name) for name in classes),
        "dataset": Dataset(
            sources=tuple(sources),
            counts={name: Stated("5", "§1") for name in classes},
            total=Stated(str(5 * len(classes)), "§1"),
            side=Stated(32, "§1"),
        ),
        "phantom": "cats",
        "split": Split(test_share=Stated(0.2, "§1"), stratified=Assumed(True, "usual")),
        "arms": arms or (arm(),),
        "claims": tuple(claims),
        "profiles": {},
    }
    return Paper(**values | changes)


def score(*values: float, low: float = 0.0, high: float = 1.0, **changes) -> Score:
    """Test accuracy of "net", one value a seed, unless `changes` say otherwise."""
    key = {
        "arm": "net",
        "protocol": "published",
        "metric": "accuracy",
        "of": "",
        "part": "test",
        "epoch": None,
    } | changes
    return Score.over_seeds(tuple(key.values()), values, low, high, "Wilson 95 %")


def result(**changes) -> ClaimResult:
    """Accuracy of "net", printed as 0.90 in Table 1 and reproduced as 0.88; no tolerance moves it."""
    values = {
        "arm": "net",
        "metric": "accuracy",
        "of": "",
        "part": "test",
        "epoch": None,
        "unit": "fraction",
        "printed": "0.90",
        "where": "Table 1",
        "tolerance": 0.02,
        "tolerance_from": "thin air",
        "reproduced": 0.88,
        "low": 0.87,
        "high": 0.89,
        "difference": (-0.03, -0.01),
        "verdict": "reproduced",
        "reason": "why",
    } | changes
    unmoved = dict.fromkeys(("halved", "doubled"), values["verdict"])
    return ClaimResult(**unmoved | values)


def data(**changes) -> Data:
    """One substitute image of unknown group."""
    values = {
        "name": "folder",
        "kind": "substitute",
        "sha256": "0f",
        "images": 1,
        "counts": {"cat": 1},
        "groups": None,
        "group_counts": None,
        "group_noun": "patient",
        "ungrouped": 0,
        "parts": {},
        "stand_ins": {},
        "image_size": 32,
        "rejected": [],
    }
    return Data(**values | changes)


def model(arm: str = "net", *, used: str = "imagenet", **changes) -> Model:
    """A model without layers, with the weights declared or others."""
    values = {"variant_of": "", "layers": [], "parameters": {"total": 7}}
    return Model(arm=arm, weights=weights(used), **values | changes)


def weights(used: str = "imagenet", declared: str = "imagenet") -> Weights:
    """What a backbone starts from."""
    return Weights(declared=declared, used=used, source="a file", sha256="")


def history(
    *arms: str, epochs: int = 3, seeds: int = 2, protocol: str = "published"
) -> pd.DataFrame:
    """Curves that rise to 0.9 and fall to 0.1; each arm and seed lies 0.01 from the one before."""
    rows = [
        {
            "arm": name,
            "protocol": protocol,
            "seed": seed,
            "fold": 0,
            "epoch": epoch,
            "accuracy": 0.9 * epoch / epochs - shift,
            "loss": 1 - 0.9 * epoch / epochs + shift,
            "val_accuracy": 0.8 * epoch / epochs - shift,
            "val_loss": 1.1 - 0.8 * epoch / epochs + shift,
        }
        for place, name in enumerate(arms or ("net",))
        for seed in range(seeds)
        for shift in [0.01 * (10 * place + seed)]
        for epoch in range(1, epochs + 1)
    ]
    return pd.DataFrame(rows)


def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures that are saved from now on, in order."""
    figures, save = [], Figure.savefig
    monkeypatch.setattr(
        Figure,
        "savefig",
        lambda self, *args, **options: (figures.append(self), save(self, *args, **options)),
    )
    return figures


def boxes(figure: Figure, texts: Iterable[Text]) -> list[Bbox]:
    """Where texts stand in a figure, in its pixels, once it is laid out; empty texts stand nowhere."""
    FigureCanvasAgg(figure).draw()
    return [text.get_window_extent() for text in texts if text.get_text()]


def overlapping(placed: Sequence[Bbox]) -> int:
    """Pairs of boxes with a common point."""
    return sum(box.overlaps(other) for box, other in combinations(placed, 2))


def cut_off(figure: Figure) -> list[str]:
    """The texts of a figure that reach across its edge."""
    texts = _drawn_texts(figure)
    whole = figure.bbox.padded(1)  # rounding to pixels
    placed = zip(texts, boxes(figure, texts), strict=True)
    return [
        text.get_text() for text, box in placed if not all(map(whole.contains, *box.corners().T))
    ]


def _drawn_texts(figure: Figure) -> list[Text]:
    """Not those that only exist, such as the labels of ticks that lie outside of their axis."""
    texts, draw = [], Text.draw
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            Text, "draw", lambda self, renderer: (texts.append(self), draw(self, renderer))
        )
        FigureCanvasAgg(figure).draw()
    return [text for text in texts if text.get_text()]


def with_weights(results, *used):
    """The record with other weights, one for each arm."""
    models = [
        model.model_copy(
            update={
                "weights": model.weights.model_copy(
                    update={"used": start, "source": f"from {start}"}
                )
            }
        )
        for model, start in zip(results.models, used, strict=True)
    ]
    return results.model_copy(update={"models": models})


def finding(**changes) -> Finding:
    """A finding of an audit, impossible unless `changes` say otherwise."""
    return Finding(
        **{
            "check": "accuracy",
            "topic": "Accuracy of 7 images",
            "outcome": "impossible",
            "printed": ("[0, 0.5] (Table 1)", "7 (Fig. 2)"),
            "arithmetic": "3/7 = 0.43",
            "sentence": "No half of seven.",
            **changes,
        }
    )
