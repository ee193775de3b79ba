"""What the name of a folder or of a file says: a class, or a split level."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lib.papers.declare import ClassName, Collection

SPLIT_LEVELS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation"), "val"),
    **dict.fromkeys(("test", "testing"), "test"),
}
# What may stand beside such a word: Train_set, test-images, 01_training data.
_BESIDE = r"set|images?|imgs?|data|dataset|pictures|samples|part|split|folder|[\W\d_]"
_LEVEL = re.compile(rf"(?:{_BESIDE})*({'|'.join(SPLIT_LEVELS)})(?:{_BESIDE})*")
_NUMBERS = r"[\W\d_]+"  # and what divides them from a word
_COUNT = re.compile(r"\s*[(\[][^)\]]*[)\]]\s*$")  # "basophil (700)"
_MASK = re.compile(  # BUSI: benign (1)_mask, benign (4)_mask_1; ISIC: ISIC_0000000_segmentation
    r"(.*[^\s_-])[\s_-]+(?:mask|segmentation|seg|gt|ground[\s_-]?truth)(?:[\s_-]?\d+)?",
    re.IGNORECASE,
)
NEGATIONS = {"no", "non", "not", "without", "vs", "versus"}
LEAST_LETTERS = 4  # of a name that counts among other words: "BA" and "MO" are words of their own


class Meaning(NamedTuple):
    """The class that a name means: its label, and whether it only stands in for it."""

    label: int
    stands_in: bool


def split_level(name: str) -> str:
    """The split level that a folder's name means: train, val, test or ""."""
    match = _LEVEL.fullmatch(name.lower())
    return SPLIT_LEVELS[match.group(1)] if match else ""


def folder_class(collection: Collection, name: str) -> Meaning | None:
    """The class that a folder's name means by itself; None where it means none.

    Case, spaces, underscores and hyphens do not matter, nor do a number before the name and a count
    behind it: "0_basophil", "1. benign", "basophil (700)".
    """
    return next(
        (
            Meaning(label, stands_in)
            for form in _forms(name)
            for stands_in in (False, True)
            for label, class_name in enumerate(collection.classes)
            if form in {plain_name(known) for known in _known(class_name, stands_in)}
        ),
        None,
    )


def sibling_classes(collection: Collection, names: Sequence[str]) -> dict[str, Meaning]:
    """Name → class, of those among sibling folders that mean one.

    A name that holds a class's name among other words ("normal breast tissue") counts only if it
    leaves no doubt: of every class that no sibling means by itself, exactly one holds the name, and
    it holds no other.
    """
    known = {name: meaning for name in names if (meaning := folder_class(collection, name))}
    missing = set(range(len(collection.classes))) - {meaning.label for meaning in known.values()}
    others = [name for name in names if name not in known and not split_level(name)]
    holding = {name: _held(collection, name) for name in others}
    sole = {name: labels[0] for name, labels in holding.items() if len(labels) == 1}
    if sorted(label for label in sole.values() if label in missing) != sorted(missing):
        return known
    return known | {name: Meaning(label, False) for name, label in sole.items() if label in missing}


def file_class(collection: Collection, stem: str) -> Meaning | None:
    """The class whose name begins a file's name as a whole word: "Maine_Coon_101", "normal (3)".

    None where no name or the names of two classes stand in it.
    """
    begun = [
        (len(known), Meaning(label, stands_in))
        for label, class_name in enumerate(collection.classes)
        for stands_in in (False, True)
        for known in _known(class_name, stands_in)
        if _begins(stem, known)
    ]
    if not begun:
        return None
    _, meaning = max(begun)
    return meaning if set(_held(collection, stem)) <= {meaning.label} else None


def first_words(stem: str) -> str:
    """The words that a file's name begins with, up to the first number: "Egyptian_Mau"."""
    match = re.match(r"[\W\d_]*([^\W\d_]+(?:[\s_-]+[^\W\d_]+)*)", stem)
    return match.group(1) if match else stem


def mask_of(stem: str) -> str:
    """The name of the image that a mask's name tells: "benign (1)" of "benign (1)_mask_1"; "" for none."""
    match = _MASK.fullmatch(stem)
    return match.group(1) if match else ""


def usable_names(class_name: ClassName) -> tuple[str, ...]:
    """The names that would do for a class."""
    return (class_name.name, *class_name.aliases)


def plain_names(class_name: ClassName) -> set[str]:
    """The names a class's own folder may have, as compared."""
    return {plain_name(known) for known in usable_names(class_name)}


def plain_name(name: str) -> str:
    """A name as compared: without case, spaces, underscores and hyphens."""
    return re.sub(r"[\s_-]+", "", name).lower()


def _known(class_name: ClassName, stands_in: bool) -> tuple[str, ...]:
    return class_name.stand_ins if stands_in else usable_names(class_name)


def _forms(name: str) -> Iterator[str]:
    """A folder's name as compared, then without a count, a number before it, or one behind it."""
    for whole in dict.fromkeys((name, _COUNT.sub("", name))):
        front = re.sub(rf"^{_NUMBERS}", "", whole)
        for form in (whole, front, *(re.sub(rf"{_NUMBERS}$", "", part) for part in (whole, front))):
            yield plain_name(form)


def _held(collection: Collection, name: str) -> list[int]:
    """Labels of the classes whose name stands in `name` as whole words; none where it is negated."""
    words = _words(name)
    if NEGATIONS & set(words):
        return []
    return [
        label
        for label, class_name in enumerate(collection.classes)
        if any(_among(_words(known), words) for known in usable_names(class_name))
    ]


def _among(part: list[str], words: list[str]) -> bool:
    """Whether `part`, if it is long enough to count, stands in `words` as it is."""
    starts = range(len(words) - len(part) + 1)
    return len("".join(part)) >= LEAST_LETTERS and any(
        words[start : start + len(part)] == part for start in starts
    )


def _words(name: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", name.lower())


def _begins(stem: str, known: str) -> bool:
    words = r"[\s_-]*".join(map(re.escape, re.split(r"[\s_-]+", known)))
    return bool(re.match(rf"[\W\d_]*{words}(?![^\W\d_])", stem, re.IGNORECASE))
