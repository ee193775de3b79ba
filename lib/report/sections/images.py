"""Tables of the images: what was found, what was rejected, what is double, how it was divided."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lib.datasets.bit_depth import describe_range, warn_of_faint
from lib.papers.declare import Dataset, Paper, Setting, Source, Stated, quoted_number
from lib.report.blocks import (
    Block,
    fact_list,
    fold_away,
    paragraph,
    picture,
    provenance_mark,
    table,
)
from lib.report.leaks import BLIND, grouped_rule, known_groups, not_ruled_out, search_sight
from lib.report.notation import capitalised, protocol_name
from lib.report.plots import show_thumbnail
from lib.report.subplots import default_style, subplots
from lib.results import IMAGE_KINDS, Colour, Data, FoldCounts, Grouping, LookAlikes, NearDuplicates
from lib.words import counted, listed, percent

SAMPLES_PER_CLASS = 8
LISTED_REJECTIONS = 20
LISTED_PAIRS = 8
SEARCH = (
    "A second search looks for look-alikes: what a network makes of each image, in eight rotations, is compared with "
    "all others."
)

SPLIT_RULES = {
    "published": "one random split per seed",
    "official": "the images' own split (official)",
    "grouped": "folds ({name}: {rule})",
}


def dataset_table(paper: Paper, data: Data) -> Block:
    """The images found, against the paper's: source, kind, counts by class."""
    pairs = [
        ("Folder", data.name),
        ("Kind", f"{data.kind}: {IMAGE_KINDS[data.kind].meaning}"),
        *_selection(data),
        ("Paper's source", f"{paper.dataset.source}; licence: {paper.dataset.licence}"),
        ("Groups", _groups(data)),
        ("Decoded to", f"{data.image_size} × {data.image_size} pixels, RGB"),
        *(("Scaled", describe_range(pixel_range)) for pixel_range in data.pixel_ranges),
    ]
    faint = warn_of_faint(data)
    return (
        (paragraph(faint) if faint else Block(""))
        + fact_list(pairs)
        + _count_table(paper.dataset, data)
    )


def _count_table(dataset: Dataset, data: Data) -> Block:
    """The images of each class beside the paper's; a sentence where all classes are alike."""
    counts = [dataset.counts[name] for name in data.counts]
    places = {_place(count) for count in counts}
    total = f"{_quoted(dataset.total)} in all ({_place(dataset.total)})"
    alone = f"; {total}" if _place(dataset.total) not in places else ""
    alike = len({count.value for count in counts}) == len(set(data.counts.values())) == 1
    if alike and len(places) == 1 and not data.stand_ins:
        each = next(iter(data.counts.values()))
        return paragraph(
            f"{each:,} images in each of {len(counts)} classes ({listed(data.counts)}), {data.images:,} in all. "
            f"The paper: {_quoted(counts[0])} in each ({places.pop()}), {total}.",
            provenance_mark(data.kind),
        )
    rows = [
        (
            _with_stand_in(name, data),
            _quoted(count),
            None if len(places) == 1 else _place(count),
            data.counts[name],
        )
        for name, count in zip(data.counts, counts, strict=True)
    ]
    rows.append(
        (
            "all",
            _quoted(dataset.total),
            None if len(places) == 1 else _place(dataset.total),
            data.images,
        )
    )
    shared = f" The paper's: {next(iter(places))}{alone}." if len(places) == 1 else ""
    caption = f"Images per class, in the paper and here.{shared}"
    columns = ("Class", "Paper", "Where", "Here")
    return table(rows, columns, caption, provenance_mark(data.kind), numeric=(1, 3))


def _selection(data: Data) -> Iterator[tuple[str, str]]:
    """Which of the folder's images are used, where that is not all of them."""
    for attribute, value in data.only.items():
        yield "Taken", f"only images of {attribute} {value}, by their file names"
    if data.drawn:
        available = listed(f"{count:,} {name}" for name, count in data.drawn.available.items())
        yield (
            "Drawn",
            f"{data.drawn.per_class:,} images per class, at random (seed {data.drawn.seed}), "
            f"out of {available}",
        )


def _groups(data: Data) -> str:
    if data.groups is None:
        return "unknown"
    return known_groups(data) + (f", from {data.groups_from}" if data.groups_from else "")


def _with_stand_in(name: str, data: Data) -> str:
    others = data.stand_ins.get(name, [])
    return f"{name} (stand-in: {', '.join(others)})" if others else name


def _quoted(count: Setting[str]) -> str:
    return quoted_number(count.value, "count")


def _place(count: Setting[str]) -> str:
    """Where the paper's number of images stands, or why it is assumed."""
    return count.where if isinstance(count, Stated) else f"assumed: {count.reason}"


def colour_table(colours: Sequence[Colour], paper: Paper, data: Data) -> Block:
    """Where each class comes from, and how far colour alone tells the classes apart."""
    rows = [
        (
            colour.name,
            "; ".join(source.title for source in _sources(paper, colour.name)),
            *(
                f"{mean:.0f} ± {sd:.0f}"
                for mean, sd in zip(colour.mean, colour.spread, strict=True)
            ),
            f"{100 * colour.black:.1f} %",
            colour.images,
        )
        for colour in colours
    ]
    columns = ("Class", "Source in the paper", "Red", "Green", "Blue", "Black pixels", "Images")
    caption = "Mean ± standard deviation of all pixels per class (0 to 255), before any model."
    return table(rows, columns, caption, provenance_mark(data.kind), numeric=(2, 3, 4, 5, 6))


def _sources(paper: Paper, class_name: str) -> list[Source]:
    return [
        source
        for source in paper.dataset.sources
        if class_name in source.classes or not source.classes
    ]


def sample_figure(pixels: Mapping[str, np.ndarray], data: Data) -> Block:
    """A grid of images, one row per class.

    Args:
        pixels: Class name → (images, size, size, 3) uint8; the first `SAMPLES_PER_CLASS` are shown.
    """
    columns = min(SAMPLES_PER_CLASS, max(map(len, pixels.values())))
    caption = f"Up to {columns} random images per class."
    alt = f"Sample images of {', '.join(pixels)}"
    return picture(partial(_sample_grid, pixels, columns), caption, alt, provenance_mark(data.kind))


@default_style()
def _sample_grid(pixels: Mapping[str, np.ndarray], columns: int) -> Figure:
    rows = len(pixels)
    figure, axes = subplots((1.02 * columns + 1.1, 1.02 * rows + 0.15), rows, columns)
    for axis in axes.flat:
        axis.set_axis_off()
    for line, (name, images) in zip(axes, pixels.items(), strict=True):
        for axis, image in zip(line, images, strict=False):
            show_thumbnail(axis, image)
        _name_row(line[0], name)
    return figure


def _name_row(axis: Axes, name: str) -> None:
    place: dict[str, Any] = {"transform": axis.transAxes, "ha": "right", "va": "center"}
    axis.text(-0.08, 0.5, name, fontsize=10, **place)


def rejection_table(data: Data) -> Block:
    """The files that are not used: in a sentence where all have one reason, else each with its own."""
    if not data.rejected:
        return paragraph("No file was rejected.")
    number = counted(len(data.rejected), "file")
    copies = (
        f" {data.copies:,} of them are byte-identical copies, of which the first is used."
        if data.copies
        else ""
    )
    reasons = {file.reason for file in data.rejected}
    shown = data.rejected[:LISTED_REJECTIONS]
    more = len(data.rejected) - len(shown)
    rest = f" {more:,} more stand in results.json." if more else ""
    mark = provenance_mark(data.kind)
    if len(reasons) == 1:
        paths = listed(file.path for file in shown)
        text = f"{number} rejected: {reasons.pop()}.{copies}"
        return paragraph(text, mark) + fold_away("Which files", paragraph(f"{paths}.{rest}"))
    rows = [(file.path, file.reason) for file in shown]
    caption = f"{number} rejected.{copies}{rest}"
    return table(rows, ("File", "Reason"), caption, mark)


def near_duplicate_table(duplicates: NearDuplicates, data: Data) -> Block:
    """How many pairs of images show the same picture; the most telling of them folded away."""
    rule = f"hashes of {duplicates.bits} bits that differ in at most {duplicates.limit}"
    if not duplicates.pairs:
        sight = f"{BLIND} {not_ruled_out(data)}".rstrip()
        return paragraph(f"No near-duplicates were found ({rule}). {sight}")
    text = f"{_found(duplicates, 'near-duplicates', rule, data)} {BLIND}"
    rows = [(pair.first, pair.second, pair.distance) for pair in duplicates.closest[:LISTED_PAIRS]]
    return _pairs(text, rows, "Bits apart", data)


def look_alike_table(look_alikes: LookAlikes, data: Data) -> Block:
    """How many pairs of images the search calls one picture in any turn; the most telling folded away."""
    sight = search_sight(look_alikes)
    if look_alikes.pairs is None:
        return paragraph(sight)
    rule = f"cosine of two descriptors of at least {look_alikes.threshold}"
    if not look_alikes.pairs:
        return paragraph(f"{SEARCH} No look-alikes were found ({rule}). {sight}")
    text = f"{SEARCH} {_found(look_alikes, 'look-alikes', rule, data)} {sight}"
    rows = [(pair.first, pair.second, f"{pair.cosine:.3f}") for pair in look_alikes.closest]
    return _pairs(text, rows[:LISTED_PAIRS], "Cosine", data)


def _found(found: NearDuplicates | LookAlikes, what: str, rule: str, data: Data) -> str:
    """How many pairs there are, of how many images, and how many join two classes or two known groups."""
    between = f"{found.between_classes:,} join two classes"
    if found.between_groups is not None:
        between += f", {found.between_groups:,} join two {data.group_noun}s"
    return f"{counted(found.pairs or 0, 'pair')} of {what} found among {found.images:,} images ({rule}): {between}."


def _pairs(text: str, rows: Sequence[tuple[object, ...]], measure: str, data: Data) -> Block:
    mark = provenance_mark(data.kind)
    columns = ("One image", "The other", measure)
    caption = "The pairs across classes first, then across groups."
    listing = table(rows, columns, caption, mark, numeric=(2,))
    return paragraph(text, mark) + fold_away(f"{counted(len(rows), 'pair')} by name", listing)


@default_style()
def near_duplicate_figure(pairs: Sequence[tuple[str, np.ndarray]], data: Data) -> Block:
    """Pairs of images found to show the same picture, one above the other; nothing where there are none.

    Args:
        pairs: For each a title, and (2, size, size, 3) uint8.
    """
    if not pairs:
        return Block("")
    figure, axes = subplots((1.02 * len(pairs) + 0.2, 2.4), 2, len(pairs))
    for column, (title, both) in zip(axes.T, pairs, strict=True):
        column[0].set_title(title, fontsize=9)
        for axis, image in zip(column, both, strict=True):
            show_thumbnail(axis, image)
    caption = (
        "Pairs of images found to show the same picture. Above each: the bits in which the hashes differ, or the "
        "cosine of the descriptors."
    )
    alt = "Pairs of images found to show the same picture"
    return picture(figure, caption, alt, provenance_mark(data.kind))


def fold_table(folds: Sequence[FoldCounts], data: Data, grouping: Grouping) -> Block:
    """Training and test images of the first seed's splits, and the share of test images whose group leaks.

    Of other seeds the caption tells the range.
    """
    every, folds = folds, [fold for fold in folds if fold.seed == folds[0].seed]
    several = any(fold.protocol != "published" for fold in folds)
    # A column without a number says in the caption that nothing was found.
    twins = any(fold.near_duplicates for fold in folds)
    searched = any(fold.look_alikes is not None for fold in folds)
    alike = any(fold.look_alikes for fold in folds)
    rows = [
        (
            *((protocol_name(grouping, fold.protocol), fold.fold) if several else ()),
            sum(fold.train.values()),
            sum(fold.test.values()),
            *fold.test.values(),
            None if fold.shared_groups is None else percent(fold.shared_groups),
            fold.near_duplicates if twins else None,
            fold.look_alikes if alike else None,
        )
        for fold in folds
    ]
    protocols = dict.fromkeys(fold.protocol for fold in folds)
    name, rule = protocol_name(grouping, "grouped"), grouped_rule(grouping)
    rules = "; ".join(SPLIT_RULES[protocol].format(name=name, rule=rule) for protocol in protocols)
    caption = " ".join(
        (
            f"Training and test images, and test images by class. {capitalised(rules)}.",
            _leak_note(folds, data),
            _twin_note(twins, alike, searched),
            *_other_seeds(every, grouping),
        )
    )
    columns = ("Training", "Test", *folds[0].test, "Leak", "Twins", "Look-alikes")
    if several:
        columns = ("Protocol", "Fold", *columns)
    numeric = range(int(several), len(columns))
    return table(rows, columns, caption, provenance_mark(data.kind), numeric)


def _other_seeds(folds: Sequence[FoldCounts], grouping: Grouping) -> Iterator[str]:
    """How many images the folds of the seeds have that are not in the table."""
    seeds = list(dict.fromkeys(fold.seed for fold in folds))
    if len(seeds) == 1:
        return
    sizes: dict[str, list[int]] = {}
    for fold in folds:
        if fold.seed != seeds[0]:
            sizes.setdefault(fold.protocol, []).append(sum(fold.test.values()))
    ranges = listed(
        f"{_range(numbers)} ({protocol_name(grouping, protocol)})"
        for protocol, numbers in sizes.items()
    )
    other = "the other" if len(seeds) == 2 else f"the {len(seeds) - 1} others"
    yield f"Seed {seeds[0]}; {other}, in splits.csv, test on {ranges} images per fold."


def _range(numbers: Sequence[int]) -> str:
    """ "210", or "206 to 212"."""
    low, high = min(numbers), max(numbers)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _leak_note(folds: Sequence[FoldCounts], data: Data) -> str:
    if all(fold.shared_groups is None for fold in folds):
        return f"Which images show the same {data.group_noun} is not known."
    known = ", where known" if data.ungrouped else ""
    return f"Leak: the share of test images whose {data.group_noun} is also among the training images{known}."


def _twin_note(twins: bool, alike: bool, searched: bool) -> str:
    """What was found of test images among the training images, and what was not."""
    if not twins and not alike:
        sought = "near-duplicate or look-alike" if searched else "near-duplicate"
        return f"No test image was found to have a {sought} among the training images."
    notes = []
    if twins:
        notes.append("Twins: test images with a near-duplicate among the training images.")
    if alike:
        notes.append("Look-alikes: test images with a look-alike or near-duplicate there.")
    return " ".join(notes)
