"""A part of a set: the images whose paths tell one value of an attribute, such as one magnification."""

from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from lib.datasets.folder import Scan
from lib.papers.declare import Attribute, Collection, Control, Paper, bare
from lib.results import Kind
from lib.storage import DataError
from lib.words import listed

Declared = TypeVar("Declared", Paper, Control)


def restrict(collection: Declared, **values: Any) -> Declared:
    """The collection without the images whose paths say anything else than these values.

    Args:
        values: Name of one of its attributes (`Dataset.subgroups`), with "_" for spaces → its value,
            however it is written: magnification="200×", "200X" or 200. None takes all images.

    Raises:
        ValueError: No such attribute. An unknown value is found out by `load`, which lists those
            that are there.
    """
    known = [attribute.name for attribute in collection.dataset.subgroups]
    only = {
        name.replace("_", " "): str(value) for name, value in values.items() if value is not None
    }
    unknown = [name for name in only if name not in known]
    if unknown:
        raise ValueError(
            f"attributes should be among {', '.join(known) or 'none: the set has none'}; received "
            f"{', '.join(unknown)}."
        )
    return replace(collection, dataset=replace(collection.dataset, only=only))


def take_restricted(collection: Collection, scanned: Scan) -> tuple[Scan, dict[str, str]]:
    """The scan without what the collection leaves out, and attribute → the value that is left."""
    files, only = scanned.files, {}
    for name, asked in collection.dataset.only.items():
        attribute = next(known for known in collection.dataset.subgroups if known.name == name)
        values = files["path"].map(attribute.value_of)
        only[name] = _value_meant(attribute, asked, values, scanned.root)
        files = files[values == only[name]]
    if not only:
        return scanned, {}
    files = files.reset_index(drop=True)
    return replace(scanned, files=files, kind=kind_of_part(scanned.kind)), only


def _value_meant(attribute: Attribute, asked: str, values: pd.Series, root: Path) -> str:
    """The value of the images that a user means: as it is shown, or as it stands in the paths.

    Raises:
        DataError: It is that of no image; the message counts the images of each.
    """
    counts = values[values != ""].value_counts().sort_index()
    for value in counts.index:
        if value == attribute.label_of(asked) or bare(value) == bare(asked):
            return value
    there = listed((f"{value} ({count} images)" for value, count in counts.items()), "or")
    known = f"one of those in {root}, {there}" if there else f"left out: no path in {root} tells it"
    raise DataError(f"`{attribute.name}` should be {known}; received {asked!r}.")


def kind_of_part(kind: Kind) -> Kind:
    """A manifest proves a whole folder; a part of it is not proven to be what the paper used."""
    return "substitute" if kind == "exact" else kind
