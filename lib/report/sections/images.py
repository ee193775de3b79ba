"""Tables of the images: what was found, what was rejected, what is double, how it was divided."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lib.datasets.bit_depth import describe_range, warn_of_faint
from lib.papers.declare import Assumed, Paper, Source, Stated
from lib.report.blocks import (
    Block,
    Markup,
    fact_list,
    paragraph,
    picture,
    provenance_mark,
    table,
)
from lib.report.leaks import BLIND, grouped_rule, not_ruled_out, search_sight
from lib.report.notation import capitalised
from lib.report.plots import show_thumbnail
from lib.results import IMAGE_KINDS, Colour, Data, FoldCounts, Grouping, LookAlikes, NearDuplicates
from lib.words import listed, percent

SAMPLES_PER_CLASS = 8
LISTED_REJECTIONS = 20
LISTED_PAIRS = 8

SPLIT_RULES = {
    "published": "one random split a seed",
    "official": "the split that the images' own folders or table give (official)",
    "grouped": "folds (grouped: {rule})",
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
        ("Manifest", Markup(f"<code>{data.sha256}</code>")),
    ]
    rows = [
        (_with_stand_in(name, data), *_printed(paper.dataset.counts[name]), images)
        for name, images in data.counts.items()
    ]
    rows.append(("all", *_printed(paper.dataset.total), data.images))
    counts = table(
        rows,
        ("Class", "Paper", "Where", "Here"),
        "Images a class: as the paper states them, and as found.",
        provenance_mark(data.kind),
        numeric=(1, 3),
    )
    faint = warn_of_faint(data)
    return (paragraph(faint) if faint else Block("")) + fact_list(pairs) + counts


def _selection(data: Data) -> Iterator[tuple[str, str]]:
    """Which of the folder's images are used, where that is not all of them."""
    for attribute, value in data.only.items():
        yield "Taken", f"only the images whose file names tell {attribute} {value}"
    if data.drawn:
        available = listed(f"{count:,} {name}" for name, count in data.drawn.available.items())
        yield (
            "Drawn",
            f"{data.drawn.per_class:,} images of each class, at random (seed {data.drawn.seed}), "
            f"out of {available}",
        )


def _groups(data: Data) -> str:
    if data.groups is None:
        return "unknown"
    known = f"{data.groups} ({data.group_noun})"
    if data.groups_from:
        known += f", told by {data.groups_from}"
    if not data.ungrouped:
        return known
    return f"{known}; unknown for {data.ungrouped} images, which count as one group each"


def _with_stand_in(name: str, data: Data) -> str:
    others = data.stand_ins.get(name, [])
    return f"{name} (stand-in: {', '.join(others)})" if others else name


def _printed(count: Stated | Assumed) -> tuple[object, str]:
    """The paper's number of images, and where it stands or why it is assumed."""
    place = count.where if isinstance(count, Stated) else f"assumed: {count.reason}"
    return count.value, place


def colour_table(colours: Sequence[Colour], paper: Paper, data: Data) -> Block:
    """Where each class comes from, and how far plain colour already tells the classes apart."""
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
    caption = "Mean and standard deviation of all pixels of each class, in 0…255, before any model."
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
    rows, columns = len(pixels), min(SAMPLES_PER_CLASS, max(map(len, pixels.values())))
    figure = Figure(figsize=(1.02 * columns + 1.1, 1.02 * rows + 0.15), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False)
    for axis in axes.flat:
        axis.set_axis_off()
    for line, (name, images) in zip(axes, pixels.items(), strict=True):
        for axis, image in zip(line, images, strict=False):
            show_thumbnail(axis, image)
        _name_row(line[0], name)
    caption = f"Up to {columns} images of each class, picked at random with a fixed seed."
    alt = f"Sample images of {', '.join(pixels)}"
    return picture(figure, caption, alt, provenance_mark(data.kind))


def _name_row(axis: Axes, name: str) -> None:
    place = {"transform": axis.transAxes, "ha": "right", "va": "center"}
    axis.text(-0.08, 0.5, name, fontsize=10, **place)


def rejection_table(data: Data) -> Block:
    """The files that are not used, each with its reason."""
    if not data.rejected:
        return paragraph("No file was rejected.")
    rows = [(file.path, file.reason) for file in data.rejected[:LISTED_REJECTIONS]]
    more = len(data.rejected) - len(rows)
    rest = f" {more} more stand in results.json." if more else ""
    copies = (
        f" {data.copies} of them are byte-identical copies, of which the first is used."
        if data.copies
        else ""
    )
    caption = f"{len(data.rejected)} rejected: listed here, used nowhere.{copies}{rest}"
    return table(rows, ("File", "Reason"), caption, provenance_mark(data.kind))


def near_duplicate_table(duplicates: NearDuplicates, data: Data) -> Block:
    """How many pairs of images show the same picture, and the closest of them."""
    rule = f"hashes of {duplicates.bits} bits that differ in at most {duplicates.limit}"
    if not duplicates.pairs:
        sight = f"{BLIND} {not_ruled_out(data)}".rstrip()
        return paragraph(f"No near-duplicates were found ({rule}). {sight}")
    rows = [(pair.first, pair.second, pair.distance) for pair in duplicates.closest[:LISTED_PAIRS]]
    between = _between(duplicates, data)
    caption = (
        f"Pairs of near-duplicates found ({rule}): {duplicates.pairs:,}, with {duplicates.images:,} images "
        f"in them; {between}. {BLIND} The most telling:"
    )
    columns = ("One image", "The other", "Bits apart")
    return table(rows, columns, caption, provenance_mark(data.kind), numeric=(2,))


def look_alike_table(look_alikes: LookAlikes, data: Data) -> Block:
    """How many pairs of images the search calls one picture in any turn, and the most telling of them."""
    sight = search_sight(look_alikes)
    if look_alikes.pairs is None:
        return paragraph(sight)
    rule = f"cosine of two descriptors of at least {look_alikes.threshold}"
    if not look_alikes.pairs:
        return paragraph(f"No look-alikes were found ({rule}). {sight}")
    rows = [(pair.first, pair.second, f"{pair.cosine:.3f}") for pair in look_alikes.closest]
    between = _between(look_alikes, data)
    caption = (
        f"Pairs of look-alikes found ({rule}): {look_alikes.pairs:,}, with {look_alikes.images:,} images in "
        f"them; {between}. {sight} The most telling:"
    )
    columns = ("One image", "The other", "Cosine")
    return table(rows[:LISTED_PAIRS], columns, caption, provenance_mark(data.kind), numeric=(2,))


def _between(found: NearDuplicates | LookAlikes, data: Data) -> str:
    """How many of the pairs are of two classes, and of two groups where these are known."""
    between = f"of two classes: {found.between_classes:,}"
    if found.between_groups is None:
        return between
    return f"{between}; of two {data.group_noun}s: {found.between_groups:,}"


def near_duplicate_figure(pairs: Sequence[tuple[str, np.ndarray]], data: Data) -> Block:
    """Pairs of images found to show the same picture, one above the other; nothing where there are none.

    Args:
        pairs: For each a title, and (2, size, size, 3) uint8.
    """
    if not pairs:
        return Block("")
    figure = Figure(figsize=(1.02 * len(pairs) + 0.2, 2.4), layout="constrained")
    axes = figure.subplots(2, len(pairs), squeeze=False)
    for column, (title, both) in zip(axes.T, pairs, strict=True):
        column[0].set_title(title, fontsize=9)
        for axis, image in zip(column, both, strict=True):
            show_thumbnail(axis, image)
    caption = (
        "Pairs of images found to show the same picture. Above each: the bits in which the hashes of "
        "near-duplicates differ, or the cosine of the descriptors of look-alikes."
    )
    alt = "Pairs of images found to show the same picture"
    return picture(figure, caption, alt, provenance_mark(data.kind))


def fold_table(folds: Sequence[FoldCounts], data: Data, grouping: Grouping) -> Block:
    """Training and test images of every split, and the share of test images whose group leaks."""
    several = any(fold.protocol != "published" for fold in folds)
    searched = any(fold.look_alikes is not None for fold in folds)
    rows = [
        (
            *((fold.protocol, fold.fold) if several else ()),
            fold.seed,
            sum(fold.train.values()),
            sum(fold.test.values()),
            *fold.test.values(),
            "unknown" if fold.shared_groups is None else percent(fold.shared_groups),
            fold.near_duplicates,
            *([fold.look_alikes] if searched else []),
        )
        for fold in folds
    ]
    protocols, rule = dict.fromkeys(fold.protocol for fold in folds), grouped_rule(grouping, data)
    rules = "; ".join(SPLIT_RULES[protocol].format(rule=rule) for protocol in protocols)
    caption = (
        f"{capitalised(rules)}. Training images, test images, and the test images by class. Leak: the "
        f"share of test images with another image of the same {data.group_noun} among the training "
        f"images{', so far as it is known' if data.ungrouped else ''}. Twins: the test images for which a "
        f"near-duplicate was found among them."
    )
    columns = ("Seed", "Training", "Test", *folds[0].test, "Leak", "Twins")
    if searched:
        columns = (*columns, "Look-alikes")
        caption += " Look-alikes: those for which that or a look-alike was found."
    if several:
        columns = ("Protocol", "Fold", *columns)
    numeric = range(int(several), len(columns))
    return table(rows, columns, caption, provenance_mark(data.kind), numeric)
