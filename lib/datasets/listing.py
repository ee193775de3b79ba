"""`python -m lib data`: what the papers' data sets should be, and what is found of them on this machine."""

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

from lib import papers
from lib.datasets.decoding import open_image
from lib.datasets.folder import content_hash, locate
from lib.datasets.images import survey
from lib.papers.declare import Assumed, Dataset, Paper
from lib.results import Data
from lib.words import printable

HEADING_WIDTH = 10  # characters of the column of headings
NAMED = 3  # rejected files that the list of all papers names


def add_arguments(_: argparse.ArgumentParser) -> None:
    """None."""


def run_command(_: argparse.Namespace) -> int:
    """Prints all papers; 1 if a folder that is there cannot be used, else 0."""
    unusable = 0
    for paper in papers.load_all():
        print(f"{paper.slug}: {paper.title_english}")
        print_lines(expected_lines(paper))
        try:
            print_lines(found_lines(paper, "auto"))
            print_lines(control_lines(paper))
        except ValueError as error:
            unusable = 1
            print_lines([("unusable", str(error))])
        print()
    return unusable


def print_lines(lines: Iterable[tuple[str, str]]) -> None:
    """Prints (heading, text) in two columns."""
    for heading, text in lines:
        print(printable(f"  {heading:{HEADING_WIDTH}}{text}".rstrip()))


def expected_lines(paper: Paper) -> Iterator[tuple[str, str]]:
    """(heading, text) of what the paper declares: sources, licences, counts, groups."""
    data = paper.dataset
    for source in data.sources:
        gives = f" (gives {', '.join(source.classes)})" if source.classes else ""
        yield "source", f"{source.title}{gives}"
        yield "", source.address
        yield "", f"licence: {source.licence}; cite: {source.citation}"
    yield "expected", _counts({name: count.value for name, count in data.counts.items()})
    if any(isinstance(count, Assumed) for count in data.counts.values()):
        yield "", "not all of them printed in the paper"
    yield "groups", _rule(data)


def found_lines(paper: Paper, where: str, named: int | None = NAMED) -> Iterator[tuple[str, str]]:
    """(heading, text) of what is there.

    Args:
        where: "auto" for data/<slug>/, or a folder.
        named: How many rejected files to name; None for all.

    Raises:
        DataError: The folder cannot serve as the data set.
    """
    folder = locate(paper, where)
    if folder is None:
        fetchable = any(source.kaggle for source in paper.dataset.sources)
        remedy = f"; `python -m lib data fetch {paper.slug}` downloads it" if fetchable else ""
        yield "found", f"nothing in data/{paper.slug}/: runs draw phantoms{remedy}"
        return
    # At the size that runs decode to, if one is declared: they find the store ready.
    size = paper.arms[0].recipe.image_size.value
    scan, images = survey(paper, folder, size)
    data = images.summary()
    shape = _shape([scan.root / path for path in images.table["path"]])
    yield "found", f"{folder}: {data.kind}, {data.images} images, {shape}"
    yield "", _counts(data.counts)
    yield from _details(data)
    yield "contents", f"{content_hash(scan.files)} (SHA-256, what a manifest compares)"
    for file in data.rejected[:named]:
        yield "rejected", f"{file.path}: {file.reason}"
    if named is not None and len(data.rejected) > named:
        yield "", f"and {len(data.rejected) - named} more: `python -m lib data show {paper.slug}`"


def control_lines(paper: Paper) -> Iterator[tuple[str, str]]:
    """(heading, text) of the control sets: what each is there for, and what is found of it.

    Raises:
        DataError: The folder of one cannot serve as it.
    """
    for control in paper.controls:
        source = control.dataset.sources[0]
        yield "control", f"{source.title}: {control.asks}"
        yield "", f"{source.address}; licence: {source.licence}"
        folder = locate(control, "auto")
        if folder is None:
            yield (
                "found",
                f"nothing in data/{control.slug}/: not shown to the models of real images",
            )
        else:
            _, images = survey(control, folder, paper.arms[0].recipe.image_size.value)
            data = images.summary()
            yield "found", f"{folder}: {data.images} images"
            yield "", _counts(data.counts)


def _details(data: Data) -> Iterator[tuple[str, str]]:
    if data.groups is None:
        yield "", "groups unknown"
    else:
        unknown = f", unknown for {data.ungrouped} images" if data.ungrouped else ""
        yield "", f"{data.groups} groups ({data.group_noun}){unknown}"
    if data.parts:
        yield "", f"official split: {_counts(data.parts)}"
    for name, others in data.stand_ins.items():
        yield "", f"{', '.join(others)} stands in for {name}"


def _shape(files: list[Path]) -> str:
    """Width and height of the images, and what they take on the disk."""
    if not files:
        return "none readable"
    shapes = set()
    for file in files:
        with open_image(file) as image:
            shapes.add(image.size)
    widths, heights = zip(*shapes, strict=True)
    pixels = f"{min(widths)} × {min(heights)}"
    if len(shapes) > 1:
        pixels += f" to {max(widths)} × {max(heights)}"
    return f"{pixels} pixels, {sum(file.stat().st_size for file in files) / 1e6:.1f} MB"


def _counts(counts: dict[str, str] | dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def _rule(data: Dataset) -> str:
    rules = [f"{sidecar.name}, column {'/'.join(sidecar.group)}" for sidecar in data.sidecars]
    if data.group:
        rules.append("the file's name")
    return f"{data.group_noun}: groups.csv; {'; '.join(rules)}" if rules else "groups.csv only"
