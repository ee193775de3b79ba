"""The settings of one run: what the paper declares, then what the user changed, checked at once."""

from dataclasses import dataclass, fields
from typing import Any

from lib.paper import PIXEL_SCALINGS, Paper

OPTIMIZERS = ("adam", "sgd", "rmsprop")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Plain values for one run; `changed` names those that are not the paper's declaration.

    Units: `image_size` in pixels (a square's side), `learning_rate` as Keras takes it,
    `test_share` a fraction in (0, 1), `phantoms_per_class` in images.
    """

    profile: str
    seeds: tuple[int, ...]
    epochs: int
    batch_size: int
    learning_rate: float
    optimizer: str
    loss: str
    image_size: int
    pixel_scaling: str
    test_share: float
    stratified: bool
    phantoms_per_class: int
    changed: tuple[str, ...] = ()


def resolve(paper: Paper, profile: str = "quick", **changes: Any) -> Settings:
    """The settings of `paper` under `profile`, with `changes` on top; None leaves a value as it is.

    Raises:
        ValueError: An unknown profile or setting, or a value out of its range; the message says
            what was expected and what came.
        TypeError: A value of the wrong type.
    """
    if profile not in paper.profiles:
        raise ValueError(
            f"`profile` should be one of {', '.join(paper.profiles)}; received {profile!r}."
        )
    changes = {name: value for name, value in changes.items() if value is not None}
    values = _declared(paper, profile)
    unknown = sorted(set(changes) - set(values))
    if unknown:
        raise ValueError(
            f"settings should be among {', '.join(values)}; received {', '.join(unknown)}."
        )
    for name, value in changes.items():
        values[name] = _checked(name, value)
    changed = tuple(name for name in changes if values[name] != _declared(paper, profile)[name])
    return Settings(profile=profile, changed=changed, **values)


def _declared(paper: Paper, profile: str) -> dict[str, Any]:
    recipe, split = paper.recipe, paper.split
    return {
        **{field.name: getattr(recipe, field.name).value for field in fields(recipe)},
        **{field.name: getattr(split, field.name).value for field in fields(split)},
        "phantoms_per_class": paper.profiles[profile].phantoms_per_class,
    }


def _whole(low: int, high: int):
    def check(name: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"`{name}` should be a whole number; received {value!r}.")
        if not low <= value <= high:
            raise ValueError(f"`{name}` should be from {low} to {high}; received {value!r}.")
        return value

    return check


def _number(low: float, high: float):
    def check(name: str, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(f"`{name}` should be a number; received {value!r}.")
        if not low < value < high:
            raise ValueError(f"`{name}` should lie between {low} and {high}; received {value!r}.")
        return float(value)

    return check


def _choice(*known: Any):
    def check(name: str, value: Any) -> Any:
        if value not in known:
            listed = ", ".join(repr(one) for one in known)
            raise ValueError(f"`{name}` should be one of {listed}; received {value!r}.")
        return value

    return check


def _yes_or_no(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"`{name}` should be True or False; received {value!r}.")
    return value


def _seeds(name: str, value: Any) -> tuple[int, ...]:
    if not isinstance(value, list | tuple):
        raise TypeError(f"`{name}` should be a list of whole numbers; received {value!r}.")
    seeds = tuple(_whole(0, 2**31 - 1)(name, seed) for seed in value)
    if not seeds or len(set(seeds)) < len(seeds):
        raise ValueError(
            f"`{name}` should be different whole numbers, at least one; received {value!r}."
        )
    return seeds


_CHECKS = {
    "seeds": _seeds,
    "epochs": _whole(1, 10_000),
    "batch_size": _whole(1, 100_000),
    "learning_rate": _number(0, 100),
    "optimizer": _choice(*OPTIMIZERS),
    "loss": _choice("categorical_crossentropy"),
    # Every backbone of the five papers halves the image five times: 32 pixels is the least.
    "image_size": _whole(32, 1024),
    "pixel_scaling": _choice(*PIXEL_SCALINGS),
    "test_share": _number(0, 1),
    "stratified": _yes_or_no,
    "phantoms_per_class": _whole(5, 100_000),
}


def _checked(name: str, value: Any) -> Any:
    return _CHECKS[name](name, value)
