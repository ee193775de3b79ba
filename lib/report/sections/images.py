"""Tables of the images: what was found, what was rejected, what is double, how it was divided."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from lib.papers.declare import Assumed, Paper, Source, Stated
from lib.report.blocks import Markup, Shown, facts, picture, table
from lib.report.plots import thumbnail
from lib.results import Colour, Data, FoldCounts, NearDuplicates

SHOWN_PER_CLASS = 8

SHOWN_REJECTIONS = 20
SHOWN_PAIRS = 8


def dataset(paper: Paper, data: Data, mark: str) -> Shown:
    """The images found, against the paper's: source, kind, counts by class."""
    pairs = [
        ("Folder", data.name),
        ("Kind", _kind(data.kind)),
        ("Paper's source", f"{paper.dataset.source}; licence: {paper.dataset.licence}"),
        ("Groups", _groups(data)),
        ("Decoded to", f"{data.image_size} × {data.image_size} pixels, RGB"),
        ("Manifest", Markup(f"<code>{data.sha256}</code>")),
    ]
    rows = [
        (
            _with_stand_in(name, data),
            paper.dataset.counts[name].value,
            _place(paper.dataset.counts[name]),
            data.counts[name],
        )
        for name in data.counts
    ]
    total = paper.dataset.total
    rows.append(("all", total.value, _place(total), data.images))
    counts = table(
        rows,
        ("Class", "Paper", "Where", "Here"),
        "Images a class: as the paper states them, and as found.",
        mark,
        numeric=(1, 3),
    )
    return facts(pairs) + counts


def colours(found: Sequence[Colour], paper: Paper, mark: str) -> Shown:
    """Where each class comes from, and how far plain colour already tells the classes apart."""
    rows = [
        (
            one.name,
            "; ".join(source.title for source in _sources(paper, one.name)),
            *(f"{mean:.0f} ± {sd:.0f}" for mean, sd in zip(one.mean, one.spread, strict=True)),
            f"{100 * one.black:.1f} %",
            one.images,
        )
        for one in found
    ]
    columns = ("Class", "Source in the paper", "Red", "Green", "Blue", "Black pixels", "Images")
    caption = "Mean and standard deviation of all pixels of each class, in 0…255, before any model."
    return table(rows, columns, caption, mark, numeric=(2, 3, 4, 5, 6))


def _sources(paper: Paper, name: str) -> list[Source]:
    return [one for one in paper.dataset.sources if name in one.classes or not one.classes]


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


def rejected(data: Data, mark: str) -> Shown:
    """The files that are not used, each with its reason."""
    if not data.rejected:
        return Shown("<p>No file was rejected.</p>")
    rows = [(one.path, one.reason) for one in data.rejected[:SHOWN_REJECTIONS]]
    more = len(data.rejected) - len(rows)
    rest = f" {more} more stand in results.json." if more else ""
    caption = f"{len(data.rejected)} rejected: listed here, used nowhere.{rest}"
    return table(rows, ("File", "Reason"), caption, mark)


def folds(found: Sequence[FoldCounts], group_noun: str, mark: str) -> Shown:
    """Training and test images of every split, and the share of test images whose group leaks."""
    classes, beside = list(found[0].test), any(fold.protocol != "published" for fold in found)
    rows = [
        (
            *((fold.protocol, fold.fold) if beside else ()),
            fold.seed,
            sum(fold.train.values()),
            sum(fold.test.values()),
            *fold.test.values(),
            None if fold.shared_groups is None else f"{fold.shared_groups:.1%}",
            fold.near_duplicates,
        )
        for fold in found
    ]
    caption = (
        f"{_rules(found)}: training images, test images, and the test images by class. Leak: "
        f"the share of test images with another image of the same {group_noun} among the training images. "
        f"Twins: the test images with a near-duplicate among them."
    )
    columns = ("Seed", "Training", "Test", *classes, "Leak", "Twins")
    if beside:
        columns = ("Protocol", "Fold", *columns)
    return table(rows, columns, caption, mark, numeric=range(int(beside), len(columns)))


def _rules(found: Sequence[FoldCounts]) -> str:
    rules = {
        "published": "one random split a seed",
        "grouped": "folds that keep every group on one side (grouped)",
    }
    told = "; ".join(rules[name] for name in dict.fromkeys(one.protocol for one in found))
    return told.capitalize()


def near_duplicates(found: NearDuplicates, group_noun: str, mark: str) -> Shown:
    """How many pairs of images show the same picture, and the closest of them."""
    rule = f"hashes of {found.bits} bits that differ in at most {found.limit}"
    if not found.pairs:
        return Shown(f"<p>No two images show the same picture ({rule}).</p>")
    rows = [(one.first, one.second, one.distance) for one in found.closest[:SHOWN_PAIRS]]
    between = f"of two classes: {found.between_classes}"
    if found.between_groups is not None:
        between += f"; of two {group_noun}s: {found.between_groups}"
    caption = (
        f"Pairs of images that show the same picture ({rule}; mirrored or turned copies count): "
        f"{found.pairs}, with {found.images} images in them; {between}. The most telling:"
    )
    return table(rows, ("One image", "The other", "Bits apart"), caption, mark, numeric=(2,))


def _kind(kind: str) -> str:
    words = {
        "exact": "exact: the paper's own files, proven by their manifest",
        "substitute": "substitute: real images of the same task, not proven to be the paper's",
        "phantom": "phantom: drawn by a program; the numbers below say nothing about the paper",
    }
    return words[kind]


def _place(setting: Stated | Assumed) -> str:
    return setting.where if isinstance(setting, Stated) else f"assumed: {setting.reason}"


def samples(pixels: dict[str, np.ndarray], mark: str) -> Shown:
    """A grid of images, one row a class.

    Args:
        pixels: Class name → (images, size, size, 3) uint8; the first `SHOWN_PER_CLASS` are shown.
    """
    rows, columns = len(pixels), min(SHOWN_PER_CLASS, max(map(len, pixels.values())))
    figure = Figure(figsize=(1.02 * columns + 1.1, 1.02 * rows + 0.15), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False)
    for axis in axes.flat:
        axis.set_axis_off()
    for line, (name, images) in zip(axes, pixels.items(), strict=True):
        for axis, image in zip(line, images, strict=False):
            axis.imshow(thumbnail(image))
        line[0].text(
            -0.08, 0.5, name, transform=line[0].transAxes, ha="right", va="center", fontsize=10
        )
    caption = f"Up to {columns} images of each class, picked at random with a fixed seed."
    return picture(figure, caption, f"Sample images of {', '.join(pixels)}", mark)


def twins(pairs: Sequence[tuple[str, np.ndarray]], mark: str) -> Shown:
    """Pairs of images that show the same picture, one above the other; nothing where there are none.

    Args:
        pairs: For each a title, and (2, size, size, 3) uint8.
    """
    if not pairs:
        return Shown("")
    figure = Figure(figsize=(1.02 * len(pairs) + 0.2, 2.4), layout="constrained")
    axes = figure.subplots(2, len(pairs), squeeze=False)
    for column, (title, both) in zip(axes.T, pairs, strict=True):
        column[0].set_title(title, fontsize=9)
        for axis, image in zip(column, both, strict=True):
            axis.imshow(thumbnail(image))
            axis.set_axis_off()
    caption = (
        "Pairs of images that show the same picture, with the bits in which their hashes differ."
    )
    return picture(figure, caption, "Pairs of images that show the same picture", mark)
