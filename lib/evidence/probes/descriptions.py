"""The probes by name: what each sees, and what a network that does no better may have learnt."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Description:
    """One probe in words.

    Attributes:
        name: As in evidence.csv and results.json.
        kind: "baseline", "shortcut" or "leak", as there.
        sees: What it is given of an image.
        briefly: The same in a few words, for sentences: it "sees only …".
        learnt: What a network that does no better may have learnt: it goes on "may have learnt …";
            "" where that would tell of no shortcut.
        quantities: "colour", "texture": all that it goes by, if these are all. Where they define the
            classes, it tells of no shortcut either.
        contains: The probes whose numbers it is given as well.
    """

    name: str
    kind: Literal["baseline", "shortcut", "leak"]
    sees: str
    briefly: str
    learnt: str = ""
    quantities: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()


PROBES = (  # by kind: the order of the report
    Description(
        name="majority",
        kind="baseline",
        sees="nothing; answers the most frequent training class",
        briefly="majority",
    ),
    # A baseline, because it is to stand in every table; as a shortcut, `global` contains it.
    Description(
        name="colour",
        kind="baseline",
        sees="mean and standard deviation of red, green and blue",
        briefly="overall colours",
        learnt="the light, stain or camera of each class's pictures",
        quantities=("colour",),
    ),
    Description(
        name="pixels",
        kind="baseline",
        sees="a thumbnail of 16 × 16 pixels",
        briefly="a thumbnail",
    ),
    Description(
        name="features",
        kind="baseline",
        sees="the features of the model's backbone before any training here",
        briefly="the backbone's features",
    ),
    Description(
        name="global",
        kind="shortcut",
        sees="the six colour numbers, near-black pixels, and facts of the file that differ",
        briefly="overall colours and the file",
        learnt="how each class's pictures were lit, stained, masked or saved",
        contains=("colour", "file"),
    ),
    Description(
        name="file",
        kind="shortcut",
        sees="width, height, type and JPEG quality of the file; no pixel",
        briefly="the file's size and type",
        learnt="the size or compression of each class's files, which leave marks in the pixels",
    ),
    Description(
        name="border",
        kind="shortcut",
        sees="the outer frame (6 % of the side)",
        briefly="the border",
        learnt="the margin of each class's pictures: frame, corners, background",
    ),
    Description(
        name="blurred",
        kind="shortcut",
        sees="4 × 4 averaged areas",
        briefly="blurred areas",
        learnt="where in the picture it is light or dark, whatever it shows",
    ),
    Description(
        name="patches",
        kind="shortcut",
        sees="colour and roughness of 4 × 4 shuffled patches",
        briefly="shuffled patches",
        learnt="colours and roughness of small areas, and no larger shape",
        quantities=("colour", "texture"),
        contains=("colour",),
    ),
    Description(
        name="nearest neighbour",
        kind="leak",
        sees="the training image with the most similar thumbnail",
        briefly="the most similar training image",
        learnt="which training picture looks the most alike",
    ),
)


def description_of(name: str) -> Description:
    """The probe of that name.

    Raises:
        LookupError: There is none; a run on random labels is declared elsewhere.
    """
    found = find_description(name)
    if found is None:
        raise LookupError(f"`name` should be that of a probe; received {name!r}.")
    return found


def find_description(name: str) -> Description | None:
    """The probe of that name; None for what is declared elsewhere (a run on random labels)."""
    return next((probe for probe in PROBES if probe.name == name), None)
