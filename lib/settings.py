"""The settings of one run: what the paper declares, then what the user changed, checked at once."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any

from pydantic import TypeAdapter, ValidationError

from lib import papers
from lib.papers.declare import NATIVE, PIXEL_SCALINGS, Arm, Paper, Recipe
from lib.results import PROTOCOLS

OPTIMIZERS = ("adam", "sgd", "rmsprop")
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
USUAL_PROTOCOLS = ("published", "grouped")  # "official" needs folders train/ and test/
GROUPED_FOLDS = 5  # at most, of the grouped protocol: each is one more training
# Changes that harm no comparison with the paper: more seeds, another number of drawn images (which are
# incomparable anyway), another compiler. See `telling_changes`.
HARMLESS = ("seeds", "phantoms_per_class", "jit_compile")
FEW_IMAGES = 1000  # up to so many, the quick profile tries what a paper leaves open
KEPT_MODELS = ("none", "first", "all")
LEAST_SIZE = {"AlexNet": 63}  # pixels; smaller ones leave nothing to the last pooling


@dataclass(frozen=True, kw_only=True)
class Training:
    """How one arm is trained, as plain values.

    Units: `image_size` in pixels (a square's side), `learning_rate` as Keras takes it.
    `pixel_scaling` is a key of `PIXEL_SCALINGS`, `precision` the name of a Keras dtype policy, and
    `jit_compile` as `keras.Model.compile` takes it: "auto" leaves the choice to Keras. `augmentation`
    says whether training images are changed at random as the arm declares; False has no meaning for
    an arm that declares no changes, which keeps True.
    """

    image_size: int
    pixel_scaling: str
    optimizer: str
    learning_rate: float
    batch_size: int
    epochs: int
    loss: str
    precision: str = "float32"
    jit_compile: bool | str = "auto"
    augmentation: bool = True


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Plain values for one run; `changed` names those that are not the paper's declaration.

    `arms` names the arms that are trained, those borrowed from other papers last, and `variants` the
    variants that are trained beside them; `training` holds how, by name, of all that the paper has, too;
    `protocols` names how the images are divided, and `grouped_folds` is the most
    that the grouped protocol has; `image_size` is that of the paper's first arm, at which images are read
    whichever arms are trained; `test_share` is a fraction in
    (0, 1), `phantoms_per_class` in images; `images_per_class` is how many are drawn from a larger
    set (None: all are used). `choices` says whether what the paper leaves open is tried, None leaving it
    to the number of images; in a record it is what was done. `keep_models` says of which seeds each arm's
    model is kept beside the report.
    """

    profile: str
    arms: tuple[str, ...]
    variants: tuple[str, ...]
    protocols: tuple[str, ...]
    grouped_folds: int
    seeds: tuple[int, ...]
    image_size: int
    test_share: float
    stratified: bool
    phantoms_per_class: int
    images_per_class: int | None
    training: dict[str, Training]
    choices: bool | None
    keep_models: str = "first"
    changed: tuple[str, ...] = ()

    @property
    def kept_seeds(self) -> tuple[int, ...]:
        """The seeds of which models are kept."""
        return kept_seeds(self.keep_models, self.seeds)

    @property
    def trained(self) -> tuple[str, ...]:
        """The names of all that is trained, in this order: the arms, then their variants."""
        return (*self.arms, *self.variants)

    def tries_choices(self, images: int) -> bool:
        """Whether each choice that the paper leaves open is tried on so many images.

        By number and not by the clock, so that every machine decides alike: another pixel scaling
        needs another pass of all images through the backbone.
        """
        return images <= FEW_IMAGES if self.choices is None else self.choices


def resolve(paper: Paper, profile: str = "quick", **changes: Any) -> Settings:
    """The settings of `paper` under `profile`, with `changes` on top; None leaves a value as it is.

    A change holds for every arm, but never for what makes a variant one: `epochs=5` trains all arms
    for five epochs, and `pixel_scaling="[0, 1]"` leaves the variant alone that is there to show
    another scaling. `pixel_scaling` may also be "paper" or "native". An arm that is borrowed from another
    paper ("kumar_breakhis/vgg16") has that paper's recipe and what that paper's profile changes of it.

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
    unknown = sorted(set(changes) - set(_CHECKS))
    if unknown:
        raise ValueError(
            f"settings should be among {', '.join(_CHECKS)}; received {', '.join(unknown)}."
        )
    checked = {name: _CHECKS[name](name, value) for name, value in changes.items()}
    changes = paper.profiles[profile].changes | checked
    arms = _arms(paper, changes.pop("arms", None))
    extras = {  # beside the paper's own recipe and split
        "arms": arms,
        "variants": _variants(paper, profile, arms, changes.pop("variants", None)),
        "protocols": changes.pop("protocols", USUAL_PROTOCOLS),
        "grouped_folds": changes.pop("grouped_folds", GROUPED_FOLDS),
        "choices": changes.pop("choices", True if profile == "paper" else None),
        "keep_models": changes.pop("keep_models", "first"),
    }
    trained = papers.find_arms(paper, (*arms, *extras["variants"]))
    training = {
        arm.name: _training(paper, arm, _changes_of_arm(arm, profile, checked, changes))
        for arm in {arm.name: arm for arm in (*paper.every_arm, *trained)}.values()
    }
    for arm in trained:
        _require_size(arm, training[arm.name].image_size)
    common = _common(paper, profile)
    used = common | {name: value for name, value in changes.items() if name in common}
    changed = [name for name in common if used[name] != common[name]]
    return Settings(
        profile=profile,
        image_size=changes.get("image_size", paper.arms[0].recipe.image_size.value),
        training=training,
        changed=tuple(dict.fromkeys([*changed, *_changed_recipe(paper, arms, training)])),
        **extras,
        **used,
    )


def kept_seeds(keep_models: str, seeds: tuple[int, ...]) -> tuple[int, ...]:
    """Of which of a run's seeds each arm's model is kept.

    Args:
        keep_models: One of `KEPT_MODELS`.
    """
    return {"none": (), "first": seeds[:1], "all": seeds}[keep_models]


def assigned_seeds(author: str, assignment: str, number: int) -> tuple[int, ...]:
    """The first `number` seeds of one author for one assignment, so that a class makes different runs.

    Seed k (from 0) is the first four bytes, big-endian, of the SHA-256 of the lines author, assignment
    and k in UTF-8, modulo 2^31. One that came before is passed over.

    Raises:
        ValueError: `author` is empty.
    """
    if not author.strip():
        raise ValueError(
            '`author` should be your name or number, from which the seeds follow; it is "". Set it, or set '
            "`seeds` to a list of whole numbers."
        )
    seeds: dict[int, None] = {}
    k = 0
    while len(seeds) < number:
        digest = hashlib.sha256(f"{author.strip()}\n{assignment.strip()}\n{k}".encode()).digest()
        seeds[int.from_bytes(digest[:4], "big") % 2**31] = None
        k += 1
    return tuple(seeds)


def recorded(values: Mapping[str, Any]) -> Settings:
    """The settings of a finished run as its record holds them, each value checked as if it were asked for.

    Args:
        values: `Results.settings`.

    Raises:
        ValueError, TypeError: A value is missing, unknown, of the wrong type or out of its range.
    """
    try:
        settings = TypeAdapter(Settings).validate_python(dict(values))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        raise ValueError(f"settings: {place}: {first['msg']}") from None
    unknown = {*values} - {*vars(settings)}
    if unknown:
        raise ValueError(f"settings: they should not have {', '.join(sorted(unknown))}")
    common = {name: value for name, value in vars(settings).items() if name in _CHECKS}
    recipes = (
        {name: getattr(each, name) for name in _OF_ARM} for each in settings.training.values()
    )
    for group in (common, *recipes):
        for name, value in group.items():
            if value is not None:
                _CHECKS[name](name, value)
    return settings


def telling_changes(changed: Iterable[str]) -> list[str]:
    """Which of the changed settings keep a number from being compared with the paper's."""
    return [name for name in changed if name not in HARMLESS]


def _arms(paper: Paper, names: tuple[str, ...] | None) -> tuple[str, ...]:
    """Those asked for, all of the paper's for None: its own in its order, then those of other papers.

    An arm of the paper may be named as other papers name it, too.
    """
    own = [arm.name for arm in paper.arms]
    if names is None:
        return tuple(own)
    plain = [name.removeprefix(f"{paper.slug}/") for name in names]
    borrowed = [name for name in plain if name not in own]
    known = papers.arms_elsewhere(paper.slug) if borrowed else []
    for name in borrowed:
        if name not in known:
            raise ValueError(_unknown_arm(paper, name, [*own, *known]))
    if not plain or len(set(plain)) < len(plain):
        raise ValueError(f"`arms` should be different arms, at least one; received {list(names)}.")
    return (*(name for name in own if name in plain), *borrowed)


def _unknown_arm(paper: Paper, name: str, known: Sequence[str]) -> str:
    arms = {variant.name: variant.variant_of for variant in paper.variants}
    if name in arms:
        hint = f"It is a variant: name it in `variants`, and {arms[name]} in `arms`."
    else:
        close = get_close_matches(name, known, n=1)
        hint = f"Did you mean {close[0]}?" if close else ""
    return f"`arms` should be among {', '.join(known)}; received {name}. {hint}".rstrip()


def _variants(
    paper: Paper, profile: str, arms: tuple[str, ...], names: tuple[str, ...] | None
) -> tuple[str, ...]:
    """Those asked for; where none are, those of the profile that belong to an arm that is trained."""
    arm_of = {variant.name: variant.variant_of for variant in paper.variants}
    wanted = paper.profiles[profile].variants if names is None else names
    unknown = [name for name in wanted if name not in arm_of]
    if unknown:
        raise ValueError(
            f"`variants` should be among {', '.join(arm_of) or 'none: the paper has none'}; received "
            f"{', '.join(map(str, unknown))}."
        )
    alone = [name for name in wanted if arm_of[name] not in arms]
    if alone and names is not None:
        raise ValueError(
            f"`variants` should be of arms that are trained ({', '.join(arms)}); received {alone[0]}, a variant "
            f"of {arm_of[alone[0]]}. Add {arm_of[alone[0]]} to `arms`, or leave {alone[0]} out."
        )
    return tuple(name for name in wanted if name not in alone)


def _changes_of_arm(
    arm: Arm, profile: str, asked: dict[str, Any], changes: dict[str, Any]
) -> dict[str, Any]:
    """What an arm is changed by: `changes` of the run; one that is borrowed by its own paper's profile."""
    owner = papers.lender(arm.name)
    return owner.profiles[profile].changes | asked if owner else changes


def _changed_recipe(
    paper: Paper, names: Sequence[str], training: Mapping[str, Training]
) -> Iterator[str]:
    """What is changed of the paper's own arms, of which it prints numbers; without any, of those borrowed."""
    own = [name for name in names if not papers.lender(name)]
    for arm in papers.find_arms(paper, own or names):
        declared, used = _training(paper, arm, {}), training[arm.name]
        yield from (name for name in _OF_ARM if getattr(declared, name) != getattr(used, name))


def _common(paper: Paper, profile: str) -> dict[str, Any]:
    return {
        "seeds": paper.seeds.value,
        "test_share": paper.split.test_share.value,
        "stratified": paper.split.stratified.value,
        "phantoms_per_class": paper.profiles[profile].phantoms_per_class,
        "images_per_class": None,  # which images of a larger set a paper took is never known
    }


def _training(paper: Paper, arm: Arm, changes: dict[str, Any]) -> Training:
    values = _declared(arm)
    distinctive = {}  # what makes a variant one
    augmented = bool(arm.augmentation.value)
    if arm.variant_of:
        original = paper.arm(arm.variant_of)
        declared = _declared(original)
        distinctive = {name: value for name, value in values.items() if value != declared[name]}
        augmented &= arm.augmentation.value == original.augmentation.value
    asked = {name: value for name, value in changes.items() if name in _OF_ARM}
    if asked.get("pixel_scaling") == "paper":
        del asked["pixel_scaling"]
    if not augmented:  # nothing to leave out, or what makes the variant one
        asked.pop("augmentation", None)
    values |= asked | distinctive
    if values["pixel_scaling"] == "native":
        values["pixel_scaling"] = NATIVE.get(arm.backbone) or _declared(arm)["pixel_scaling"]
    return Training(**values)


def _require_size(arm: Arm, size: int) -> None:
    least = LEAST_SIZE.get(arm.backbone, 0)
    if size < least:
        raise ValueError(
            f"`image_size` should be at least {least} for {arm.name} ({arm.backbone}); received {size}."
        )


def _declared(arm: Arm) -> dict[str, Any]:
    return {field.name: getattr(arm.recipe, field.name).value for field in fields(Recipe)}


def _whole(low: int, high: int) -> Callable[[str, Any], int]:
    def check(name: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"`{name}` should be a whole number; received {value!r}.")
        if not low <= value <= high:
            raise ValueError(f"`{name}` should be from {low} to {high}; received {value!r}.")
        return value

    return check


def _number(low: float, high: float) -> Callable[[str, Any], float]:
    def check(name: str, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(f"`{name}` should be a number; received {value!r}.")
        if not low < value < high:
            raise ValueError(f"`{name}` should lie between {low} and {high}; received {value!r}.")
        return float(value)

    return check


def _choice(*known: str) -> Callable[[str, Any], str]:
    def check(name: str, value: Any) -> str:
        if value not in known:
            choices = ", ".join(map(repr, known))
            raise ValueError(f"`{name}` should be one of {choices}; received {value!r}.")
        return value

    return check


def _yes_or_no(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"`{name}` should be True or False; received {value!r}.")
    return value


def _seeds(name: str, value: Any) -> tuple[int, ...]:
    if not isinstance(value, list | tuple):
        raise TypeError(
            f"`{name}` should be a list of whole numbers; received {value!r}. Write [0, 1, 2]."
        )
    seeds = tuple(_whole(0, 2**31 - 1)(name, seed) for seed in value)
    if not seeds or len(set(seeds)) < len(seeds):
        raise ValueError(
            f"`{name}` should be different whole numbers, at least one; received {value!r}."
        )
    return seeds


def _names(*known: str) -> Callable[[str, Any], tuple[str, ...]]:
    """Different words, of `known` where any are given."""

    def check(name: str, value: Any) -> tuple[str, ...]:
        words = value if isinstance(value, list | tuple) else None
        if words is None or not all(isinstance(word, str) for word in words):
            raise TypeError(
                f'`{name}` should be a list of names; received {value!r}. Write ["one", "other"].'
            )
        if len(set(words)) < len(words) or (known and not (words and set(words) <= set(known))):
            among = f", at least one, among {', '.join(known)}" if known else ""
            raise ValueError(f"`{name}` should be different names{among}; received {value!r}.")
        return tuple(words)

    return check


def _jit(name: str, value: Any) -> bool | str:
    if not isinstance(value, bool) and value != "auto":
        raise ValueError(f"`{name}` should be True, False or 'auto'; received {value!r}.")
    return value


_OF_ARM = tuple(field.name for field in fields(Training) if field.name != "loss")
_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "arms": _names(),
    "variants": _names(),
    "protocols": _names(*PROTOCOLS),
    "grouped_folds": _whole(2, 100),
    "choices": _yes_or_no,
    "seeds": _seeds,
    "epochs": _whole(1, 10_000),
    "batch_size": _whole(1, 100_000),
    "learning_rate": _number(0, 100),
    "optimizer": _choice(*OPTIMIZERS),
    # Most backbones halve the image five times: 32 pixels is the least; see LEAST_SIZE.
    "image_size": _whole(32, 1024),
    "pixel_scaling": _choice("paper", "native", *PIXEL_SCALINGS),
    "precision": _choice(*PRECISIONS),
    "jit_compile": _jit,
    "augmentation": _yes_or_no,
    "test_share": _number(0, 1),
    "stratified": _yes_or_no,
    "phantoms_per_class": _whole(5, 100_000),
    "images_per_class": _whole(5, 1_000_000),
    "keep_models": _choice(*KEPT_MODELS),
}
SETTINGS = tuple(_CHECKS)
"""The names that `resolve` takes as changes."""
