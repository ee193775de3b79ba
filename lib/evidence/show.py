"""`python -m lib data show`: one folder of images on a page, and whether a run could use it."""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pandas as pd

from lib import papers
from lib.datasets import (
    DataError,
    ImageSet,
    SplitError,
    Twins,
    divide,
    find_units,
    locate,
    near_duplicates,
    split_published,
)
from lib.datasets.folder import Scan
from lib.datasets.images import find_obstacle, survey
from lib.datasets.listing import (
    contents_line,
    decoded_side,
    expected_lines,
    image_lines,
    nothing_lines,
    print_lines,
)
from lib.datasets.own_set import OwnCollection, class_folder_names, own_collection
from lib.evidence.telltales import CHANNELS, EDGE, TellTale, describe_images, find_telltales
from lib.papers.declare import Paper
from lib.settings import resolve
from lib.storage import user_path
from lib.words import counted, interval, percent, printable

COPY = "byte for byte the same as "
STOP = "A run would stop here"
Line = tuple[str, str]  # heading, text
NAMED = 3  # files or pairs of a kind that are named
REASONS = 10  # kinds of rejected files that are told apart
OWN_SIDE = 128  # pixels a side to which images without a paper are decoded
ANY = OwnCollection(classes=())  # for looking up a path: the classes do not matter yet
TEST_SHARE = 0.2  # of the split that is tried on images without a paper


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A paper and the folder for its images, or any folder and its classes."""
    parser.usage = "%(prog)s SLUG [FOLDER]\n       %(prog)s [--classes NAME,NAME,…] FOLDER"
    parser.add_argument(
        "places",
        metavar="SLUG FOLDER",
        nargs="+",
        help=f"SLUG: {', '.join(papers.slugs())}; FOLDER: a folder or a zip file, default data/SLUG/",
    )
    parser.add_argument(
        "--classes",
        metavar="NAME,NAME,…",
        help="of a folder without a paper; default: the names of its sub-folders",
    )
    parser.set_defaults(usage_error=parser.error)


def run_command(options: argparse.Namespace) -> int:
    """Prints the page; 0 if a run could use the images, 1 if it would stop."""
    collection, where = _chosen(options)
    folder = locate(collection or ANY, where)
    if folder is None:
        assert isinstance(collection, Paper)  # any other folder was named, and is there
        print_lines([*expected_lines(collection), *nothing_lines(collection)])
        return 0
    collection = collection or own_collection(class_folder_names(folder))
    expected = list(expected_lines(collection)) if isinstance(collection, Paper) else []
    try:
        side = decoded_side(collection) if isinstance(collection, Paper) else OWN_SIDE
        scanned, images = survey(collection, folder, side)
    except DataError as error:
        print(printable(f"{STOP}: {error}"))
        print_lines(expected)
        return 1
    twins = near_duplicates(images) if len(images) else None
    obstacle = find_obstacle(scanned, images)
    if not obstacle and twins is not None:
        obstacle = _hindrance(collection, images, twins)
    print(printable(f"{STOP}: {obstacle}." if obstacle else "A run could use these images."))
    print_lines([*expected, *page_lines(collection, folder, scanned, images, twins)])
    return int(bool(obstacle))


def _chosen(options: argparse.Namespace) -> tuple[Paper | OwnCollection | None, str]:
    """The collection that was asked for, None for one whose classes are the sub-folders, and where it is."""
    first, *others = options.places
    known = f"papers: {', '.join(papers.slugs())}"
    if options.classes is not None:
        if others or first in papers.slugs():
            options.usage_error("--classes goes with a FOLDER alone, without the SLUG of a paper")
        names = [name.strip() for name in options.classes.split(",")]
        try:
            return own_collection(names), _path(first)
        except ValueError as error:
            options.usage_error(f"--classes: {error}")
    if first in papers.slugs() and len(others) <= 1:
        return papers.load(first), *(others or ["auto"])
    if others:
        options.usage_error(f"two arguments should be SLUG FOLDER; received {first}; {known}")
    if not user_path(first).exists():
        options.usage_error(f"{first} is neither a paper nor a folder; {known}")
    return None, _path(first)


def _path(text: str) -> str:
    """A path that is never taken for one of the words "auto", "phantom" and "kaggle"."""
    return str(user_path(text))


def _hindrance(collection: Paper | OwnCollection, images: ImageSet, twins: Twins) -> str:
    """Why a run could not divide the images; "" where it could."""
    try:
        if isinstance(collection, Paper):
            settings = resolve(collection)
            divide(
                images,
                find_units(images, twins),
                protocols=settings.protocols,
                grouped_folds=settings.grouped_folds,
                test_share=settings.test_share,
                stratified=settings.stratified,
                seeds=settings.seeds,
            )
        else:
            split_published(images, test_share=TEST_SHARE, stratified=True, seeds=(0,))
    except SplitError as error:
        return str(error).rstrip(".")
    return ""


def page_lines(
    collection: Paper | OwnCollection,
    folder: Path,
    scanned: Scan,
    images: ImageSet,
    twins: Twins | None,
) -> Iterator[Line]:
    """(heading, text): what is there, what is left out and why, what is alike, what tells the class."""
    yield from image_lines(folder, scanned, images)
    if isinstance(collection, Paper):
        yield contents_line(scanned)
    yield from _rejected_lines(images.rejected)
    yield from _copy_lines(len(scanned.files), images)
    if twins:
        yield from _similar_lines(images, twins)
        yield from _shortcut_lines(images)


def _rejected_lines(rejected: pd.DataFrame) -> Iterator[Line]:
    """Reasons, the most frequent first, each with its first files."""
    others = rejected[~rejected["reason"].str.startswith(COPY)]
    reasons = others["reason"].value_counts(sort=False).sort_values(ascending=False, kind="stable")
    for reason, number in reasons.head(REASONS).items():
        yield "rejected", f"{number:,} × {reason}"
        yield from _first(others.loc[others["reason"] == reason, "path"])
    if len(reasons) > REASONS:
        yield (
            "rejected",
            (f"{reasons.iloc[REASONS:].sum():,} × one of {len(reasons) - REASONS} other reasons"),
        )


def _copy_lines(files: int, images: ImageSet) -> Iterator[Line]:
    if images.copies:
        copies = images.rejected[images.rejected["reason"].str.startswith(COPY)]
        yield (
            "copies",
            (
                f"{images.copies:,} of {files:,} files are byte-identical copies; only the first of each is used"
            ),
        )
        yield from _first(
            f"{copy.path} = {copy.reason.removeprefix(COPY)}" for copy in copies.itertuples()
        )


def _similar_lines(images: ImageSet, twins: Twins) -> Iterator[Line]:
    """Near-duplicates, and what the search for them cannot see."""
    summary = twins.summary(images)
    found = counted(summary.pairs, "pair") if summary.pairs else "no pair"
    yield (
        "similar",
        (
            f"{found} of near-duplicates found (hashes of {summary.bits} bits that differ in at most "
            f"{summary.limit} of them)"
        ),
    )
    yield from _first(f"{pair.first} ~ {pair.second}" for pair in summary.closest)
    yield (
        "",
        (
            "this search finds mirrored copies and quarter turns; it misses other rotations (a run searches for "
            "those where no group is known), neighbouring sections, and other photographs of the same thing"
        ),
    )


def _first(items: Iterable[str]) -> Iterator[Line]:
    """The first items, a line each, and how many more there are."""
    items = list(items)
    for item in items[:NAMED]:
        yield "", f"  {item}"
    if len(items) > NAMED:
        yield "", f"  and {len(items) - NAMED:,} more"


def _shortcut_lines(images: ImageSet) -> Iterator[Line]:
    """What alone tells the class, and how the classes differ in it."""
    described = describe_images(images)
    telltales = find_telltales(images, described)
    if not telltales:
        yield (
            "shortcuts",
            "not looked for: a class has fewer than two images, or all from one group",
        )
        return
    counts = images.count()
    most = max(counts, key=counts.__getitem__)
    yield (
        "shortcuts",
        (
            f"accuracy of telling the class from one property alone (95 % interval); always answering {most} "
            f"is right for {counts[most] / len(images):.3f}"
        ),
    )
    for telltale in telltales:
        yield "", f"{telltale.name:18}{_told(telltale)}"
    yield from (("", row) for row in _class_table(images, described))


def _told(telltale: TellTale) -> str:
    score = telltale.accuracy
    if score is None:
        return "the same for all images"
    verdict = "better than that" if telltale.tells else "not shown to be better"
    return f"{interval(score.mean, score.low, score.high)}  {verdict}"


def _class_table(images: ImageSet, described: pd.DataFrame) -> Sequence[str]:
    """By class: file types, medians of width and height, means of all else, as lines of text."""
    rows = {}
    for label, of_class in described.groupby(images.labels):
        means = of_class.drop(columns="type").mean()
        types = of_class["type"].value_counts()
        rows[images.classes[label]] = {
            "images": len(of_class),
            "width × height": f"{of_class['width'].median():.0f} × {of_class['height'].median():.0f}",
            "file type": ", ".join(f"{count} {kind}" for kind, count in types.items()),
            "bytes per pixel": f"{means['bytes per pixel']:.2f}",
            **{name: f"{means[name]:.0f}" for name in CHANNELS},
            "border": f"{means[list(EDGE[:3])].mean():.0f}",
            "black pixels": percent(means["black"]),
        }
    return pd.DataFrame.from_dict(rows, orient="index").to_string().splitlines()
