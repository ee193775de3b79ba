"""`python -m lib data`: what the papers' data sets should be, and what is found of them on this machine."""

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from lib import papers
from lib.datasets.bit_depth import describe_range, warn_of_faint
from lib.datasets.controls import control_collection
from lib.datasets.decoding import open_image
from lib.datasets.folder import Scan, content_hash, locate
from lib.datasets.images import ImageSet, find_obstacle, survey
from lib.datasets.official_split import missing_side
from lib.papers.declare import Assumed, Dataset, Paper, Source
from lib.results import Data
from lib.words import listed, printable

HEADING_WIDTH = 10  # characters of the column of headings
UNUSABLE = "unusable"
NAMED = 3  # rejected files that the list of all papers names


def add_arguments(_: argparse.ArgumentParser) -> None:
    """None."""


def run_command(_: argparse.Namespace) -> int:
    """Prints all papers; 1 if a folder that is there cannot be used, else 0."""
    unusable = False
    for paper in papers.load_all():
        print(f"{paper.slug}: {paper.title_english}")
        print_lines(expected_lines(paper))
        for lines_of in (found_lines, control_lines):
            try:
                lines = list(lines_of(paper))
            except ValueError as error:
                lines = [(UNUSABLE, str(error))]
            unusable |= any(heading == UNUSABLE for heading, _ in lines)
            print_lines(lines)
        print()
    return int(unusable)


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
    assumed = any(isinstance(count, Assumed) for count in data.counts.values())
    yield "", "not all of them printed in the paper" if assumed else "as the paper prints them"
    yield "groups", _rule(data)


def found_lines(paper: Paper, where: str = "auto") -> Iterator[tuple[str, str]]:
    """(heading, text) of what is there.

    Args:
        where: "auto" for data/<slug>/, or a folder.

    Raises:
        DataError: The folder cannot serve as the data set.
    """
    folder = locate(paper, where)
    if folder is None:
        yield from nothing_lines(paper)
        return
    scan, images = survey(paper, folder, decoded_side(paper))
    obstacle = find_obstacle(scan, images)
    if obstacle:
        yield UNUSABLE, f"a run would stop: {obstacle}"
    yield from image_lines(folder, scan, images)
    yield contents_line(scan)
    rejected = images.summary().rejected
    for file in rejected[:NAMED]:
        yield "rejected", f"{file.path}: {file.reason}"
    if len(rejected) > NAMED:
        yield "", f"and {len(rejected) - NAMED} more: `python -m lib data show {paper.slug}`"


def nothing_lines(paper: Paper) -> Iterator[tuple[str, str]]:
    """(heading, text) for a paper without images on this machine."""
    yield "found", f"nothing in data/{paper.slug}/: runs draw images instead"
    fetched = [source for source in paper.dataset.sources if source.kaggle]
    by_hand = [source for source in paper.dataset.sources if not source.kaggle]
    if fetched:
        what = _parts_given(fetched) if by_hand else "it"
        yield "", f"`python -m lib data fetch {paper.slug}` downloads {what}"
    if by_hand:
        yield "", f"put there by hand: {_parts_given(by_hand)}"


def _parts_given(sources: Iterable[Source]) -> str:
    """Sources with the classes that each gives: "BCCD (normal)"."""
    return listed(
        f"{source.title} ({listed(source.classes) or 'all classes'})" for source in sources
    )


def decoded_side(paper: Paper) -> int:
    """Pixels a side that a paper's runs decode its images to: they find the store ready."""
    return paper.arms[0].recipe.image_size.value


def image_lines(folder: Path, scan: Scan, images: ImageSet) -> Iterator[tuple[str, str]]:
    """(heading, text) of a folder's images: number, size, type, classes, groups, official split."""
    data = images.summary()
    shape = _shape([scan.root / path for path in images.table["path"]])
    yield "found", f"{folder}: {data.kind}, {data.images} images, {shape}"
    yield "", _counts(data.counts)
    told_by = scan.files["told_by"].value_counts()
    yield "", f"class read from {listed(f'{what} ({count})' for what, count in told_by.items())}"
    yield from _details(data)
    for pixel_range in data.pixel_ranges:
        yield "", describe_range(pixel_range)
    if warn_of_faint(data):
        yield "warning", warn_of_faint(data)


def contents_line(scan: Scan) -> tuple[str, str]:
    """(heading, text): what identifies a folder's images."""
    return "contents", f"{content_hash(scan.files)} (SHA-256, what a manifest compares)"


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
                f"nothing in data/{control.slug}/: no control for models trained on real images",
            )
        else:
            collection, known = control_collection(paper, control.name, folder)
            _, images = survey(collection, folder, decoded_side(paper))
            data = images.summary()
            other = "" if known == control else ", whose file names are not those of this set"
            yield "found", f"{folder}: {data.images} images{other}"
            yield "", _counts(data.counts)


def _details(data: Data) -> Iterator[tuple[str, str]]:
    if data.groups is None:
        yield "", "groups unknown"
    else:
        unknown = f", unknown for {data.ungrouped} images" if data.ungrouped else ""
        noun = "" if data.group_noun == "group" else f" ({data.group_noun})"
        yield "", f"{data.groups} groups{noun}, known from {data.groups_from}{unknown}"
    if data.parts:
        side = missing_side(part.rpartition(" ")[2] for part in data.parts)
        lack = f"; none in {side}/: no run can use this split" if side else ""
        yield "", f"official split: {_counts(data.parts)}{lack}"
    for name, others in data.stand_ins.items():
        yield "", f"{', '.join(others)} stands in for {name}"


def _shape(files: list[Path]) -> str:
    """Width and height of the images, their types, and what they take on the disk."""
    if not files:
        return "none readable"
    shapes, types = set(), Counter[str]()
    for file in files:
        with open_image(file) as image:
            shapes.add(image.size)
            types[str(image.format)] += 1
    widths, heights = zip(*shapes, strict=True)
    pixels = f"{min(widths)} × {min(heights)}"
    if len(shapes) > 1:
        pixels += f" to {max(widths)} × {max(heights)}"
    megabytes = sum(file.stat().st_size for file in files) / 1e6
    return f"{pixels} pixels, {_counts(dict(types.most_common()))}, {megabytes:.1f} MB"


def _counts(counts: dict[str, str] | dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def _rule(data: Dataset) -> str:
    tables = [sidecar for sidecar in data.sidecars if sidecar.group]
    # One may be declared for several folders.
    columns = {PurePosixPath(table.name).name: "/".join(table.group) for table in tables}
    rules = [f"{name}, column {column}" for name, column in columns.items()]
    rules += [f"a shipped table of {origins.source}" for origins in data.origins]
    if data.group:
        rules.append(data.group.told_by)
    return f"{data.group_noun}: groups.csv; {'; '.join(rules)}" if rules else "groups.csv only"
