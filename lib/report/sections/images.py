"""Tables of the images: what was found, what was rejected, what is double, how it was divided."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

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
from lib.report.plots import show_thumbnail
from lib.results import IMAGE_KINDS, Colour, Data, FoldCounts, NearDuplicates

SAMPLES_PER_CLASS = 8
LISTED_REJECTIONS = 20
LISTED_PAIRS = 8

SPLIT_RULES = {
    "published": "one random split a seed",
    "official": "the split that the images' own folders give (official)",
    "grouped": "folds that keep every group on one side (grouped)",
}


def dataset_table(paper: Paper, data: Data) -> Block:
    """The images found, against the paper's: source, kind, counts by class."""
    pairs = [
        ("Folder", data.name),
        ("Kind", f"{data.kind}: {IMAGE_KINDS[data.kind].meaning}"),
        ("Paper's source", f"{paper.dataset.source}; licence: {paper.dataset.licence}"),
        ("Groups", _groups(data)),
        ("Decoded to", f"{data.image_size} × {data.image_size} pixels, RGB"),
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
    return fact_list(pairs) + counts


def _groups(data: Data) -> str:
    if data.groups is None:
        return "unknown"
    known = f"{data.groups} ({data.group_noun})"
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
    caption = f"{len(data.rejected)} rejected: listed here, used nowhere.{rest}"
    return table(rows, ("File", "Reason"), caption, provenance_mark(data.kind))


def near_duplicate_table(duplicates: NearDuplicates, data: Data) -> Block:
    """How many pairs of images show the same picture, and the closest of them."""
    rule = f"hashes of {duplicates.bits} bits that differ in at most {duplicates.limit}"
    if not duplicates.pairs:
        return paragraph(f"No two images show the same picture ({rule}).")
    rows = [(pair.first, pair.second, pair.distance) for pair in duplicates.closest[:LISTED_PAIRS]]
    between = f"of two classes: {duplicates.between_classes}"
    if duplicates.between_groups is not None:
        between += f"; of two {data.group_noun}s: {duplicates.between_groups}"
    caption = (
        f"Pairs of images that show the same picture ({rule}; mirrored or turned copies count): "
        f"{duplicates.pairs}, with {duplicates.images} images in them; {between}. The most telling:"
    )
    columns = ("One image", "The other", "Bits apart")
    return table(rows, columns, caption, provenance_mark(data.kind), numeric=(2,))


def near_duplicate_figure(pairs: Sequence[tuple[str, np.ndarray]], data: Data) -> Block:
    """Pairs of images that show the same picture, one above the other; nothing where there are none.

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
        "Pairs of images that show the same picture, with the bits in which their hashes differ."
    )
    alt = "Pairs of images that show the same picture"
    return picture(figure, caption, alt, provenance_mark(data.kind))


def fold_table(folds: Sequence[FoldCounts], data: Data) -> Block:
    """Training and test images of every split, and the share of test images whose group leaks."""
    several = any(fold.protocol != "published" for fold in folds)
    rows = [
        (
            *((fold.protocol, fold.fold) if several else ()),
            fold.seed,
            sum(fold.train.values()),
            sum(fold.test.values()),
            *fold.test.values(),
            None if fold.shared_groups is None else f"{fold.shared_groups:.1%}",
            fold.near_duplicates,
        )
        for fold in folds
    ]
    rules = (SPLIT_RULES[name] for name in dict.fromkeys(fold.protocol for fold in folds))
    caption = (
        f"{'; '.join(rules).capitalize()}: training images, test images, and the test images by "
        f"class. Leak: the share of test images with another image of the same {data.group_noun} "
        f"among the training images. Twins: the test images with a near-duplicate among them."
    )
    columns = ("Seed", "Training", "Test", *folds[0].test, "Leak", "Twins")
    if several:
        columns = ("Protocol", "Fold", *columns)
    numeric = range(int(several), len(columns))
    return table(rows, columns, caption, provenance_mark(data.kind), numeric)
