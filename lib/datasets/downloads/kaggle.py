"""Fetches a paper's images from Kaggle into data/<slug>/: downloaded, unpacked, checked, then put there.

What is fetched is there whole or not at all. The archive lies in data/downloads/ until its images
have passed the checks, so that nothing is downloaded twice.
"""

import argparse
import json
import os
import shutil
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from lib import papers, storage
from lib.datasets import folder
from lib.datasets.classes import list_images
from lib.datasets.downloads.archive import BrokenArchive, UnsafeArchive, unpack
from lib.datasets.downloads.transfer import FULL, FetchError, download
from lib.datasets.walk import unwrap
from lib.papers.declare import Paper, Source
from lib.storage import DataError, InUseError, only_process, temporary_folder

DOWNLOADS = "downloads"  # folder under data/

Check = Callable[[Path, Path], None]  # of the unpacked folder, and the archive it came from


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The paper."""
    papers.add_slug_argument(parser)


def run_command(options: argparse.Namespace) -> int:
    """Downloads what Kaggle has of the paper's images; 0 where that is all of them."""
    paper = papers.load(options.slug)
    fetch(paper)
    if reason := by_hand(paper):
        raise FetchError(reason)
    return 0


def fetch(paper: Paper, *, echo: Callable[[str], None] = print) -> None:
    """Downloads what Kaggle has of the images of `paper` into data/<slug>/. Public sets need no account.

    The images of a paper with one source lie right in there, those of several sources in a
    sub-folder each, named as at Kaggle. Of several sources, those whose images are there are not
    downloaded again.

    Args:
        paper: Whose images.
        echo: Called with every line of progress and every finding.

    Raises:
        FetchError: The folder of the only source is there already; network, Kaggle, disk or archive
            fail; the images are not the paper's. What fails leaves nothing in data/<slug>/ that was
            not there before.
    """
    target = storage.DATA / paper.slug
    try:
        if len(paper.dataset.sources) == 1:
            for source in _on_kaggle(paper.dataset.sources):
                _fetch_only(paper, source, target, echo)
        else:
            for source in _on_kaggle(missing(paper)):
                _bring(source, target / _name(source), None, echo)
    except OSError as error:
        raise FetchError(_disk_failure(error)) from None


def missing(paper: Paper) -> list[Source]:
    """The sources of which the paper's own folder holds no images yet.

    Of several sources, one is told by the classes that it gives, or by the folder that it was put in.
    """
    here, sources = folder.own_folder(paper), paper.dataset.sources
    if not here.is_dir():
        return list(sources)
    if len(sources) == 1:
        return []
    try:
        files, _ = list_images(paper, unwrap(paper, here), here)
    except DataError:  # whoever reads that folder will say what is wrong with it
        return []
    classes = {paper.class_names[label] for label in files["label"]}
    return [source for source in sources if not _is_there(source, here, paper, classes)]


def by_hand(paper: Paper) -> str:
    """Which of the paper's images must still be brought by hand, and from where; "" for none."""
    target = storage.DATA / paper.slug
    steps = [
        f"Download {source.title} by hand from {source.address} and put it into "
        f"{target}/<any folder name>/."
        for source in missing(paper)
        if not source.kaggle
    ]
    return f"{target} needs images that are not on Kaggle. {' '.join(steps)}" if steps else ""


def _on_kaggle(sources: Iterable[Source]) -> list[Source]:
    return [source for source in sources if source.kaggle]


def _is_there(source: Source, here: Path, paper: Paper, classes: set[str]) -> bool:
    """Whether some of the images in `here`, which are of `classes`, come from `source`."""
    if source.kaggle:
        return (here / _name(source)).is_dir() or not classes.isdisjoint(source.classes)
    return not classes.isdisjoint(source.classes or paper.class_names)


def _fetch_only(paper: Paper, source: Source, target: Path, echo: Callable[[str], None]) -> None:
    if os.path.lexists(target):
        raise FetchError(
            f"{target} should not be there before its images are fetched; it is. It was left as it is: "
            f"move it away and run this again."
        )
    _bring(source, target, partial(_verify, paper, source, echo), echo)


def _bring(source: Source, place: Path, check: Check | None, echo: Callable[[str], None]) -> None:
    """Downloads, unpacks and checks one source; only then is it at `place` and its archive gone."""
    downloads = storage.DATA / DOWNLOADS
    downloads.mkdir(parents=True, exist_ok=True)
    own = downloads / source.kaggle.replace("/", "--")
    try:
        with only_process(downloads / f"{own.name}.lock"):
            archive = download(source, own, echo)
            # Beside data/<slug>/, never in it: that folder must not be there before its images are.
            with temporary_folder(storage.DATA) as temporary:
                count = _unpack(source, archive, temporary)
                if check:
                    check(temporary, archive)
                temporary.chmod(0o755)  # mkdtemp makes it private
                place.parent.mkdir(parents=True, exist_ok=True)
                os.rename(temporary, place)
            shutil.rmtree(own)
    except InUseError:
        raise FetchError(
            f"Another process is downloading {source.kaggle}. Wait until it has ended, and run this "
            f"again."
        ) from None
    echo(f"{count} files of {source.kaggle} are in {place}.")


def _unpack(source: Source, archive: Path, temporary: Path) -> int:
    try:
        return unpack(archive, temporary)
    except BrokenArchive as error:
        shutil.rmtree(archive.parent)
        raise FetchError(
            f"The archive of {source.kaggle} should be a whole zip file; it is broken ({error}). Does "
            f"the network lead to Kaggle without a login page? It was deleted: run this again, to "
            f"download it afresh."
        ) from None
    except UnsafeArchive as error:
        raise FetchError(
            f"The archive of {source.kaggle} should hold plain files that stay in their folder; "
            f"{error}. Nothing was unpacked; {archive} is kept for a look. Ask at {source.address}, "
            f"and delete the archive to have it downloaded again."
        ) from None


def _verify(
    paper: Paper, source: Source, echo: Callable[[str], None], images: Path, archive: Path
) -> None:
    """Holds the images against the paper's classes and, where there is one, its manifest."""
    try:
        scan = folder.scan(paper, images)
    except DataError as error:
        raise FetchError(
            f"{source.kaggle} should hold one set of images of {', '.join(paper.class_names)}; the check "
            f"says: {str(error).replace(str(images), 'the archive')} Nothing was put into "
            f"{storage.DATA / paper.slug}; {archive} is kept: unpack it by hand, and give the folder "
            f"of the right images with --data."
        ) from None
    numbers = scan.files["label"].value_counts()
    counts = {name: int(numbers.get(label, 0)) for label, name in enumerate(paper.class_names)}
    for name, count in counts.items():
        printed = paper.dataset.counts.get(name)
        echo(f"{name}: {count} images; paper: {printed.value if printed else 'not told'}")
    manifest = storage.manifests() / f"{paper.slug}.json"
    if scan.kind == "exact":
        echo(f"All {len(scan.files)} images are those of {manifest}: their runs count as exact.")
    elif manifest.is_file():
        echo(f"They are not the images of {manifest}: their runs count as substitute.")
    else:
        echo(
            f"No manifest is shipped for {paper.slug}, so its runs count as substitute. Once you know "
            f"these images to be the paper's own, put this line into {manifest}:"
        )
        echo(json.dumps({"sha256": folder.content_hash(scan.files), "counts": counts}))


def _name(source: Source) -> str:
    return source.kaggle.split("/")[1]


def _disk_failure(error: OSError) -> str:
    if error.errno in FULL:
        return (
            f"The disk of {storage.DATA} should have room for the images; it is full "
            f"({error.strerror}). Nothing half-done was left but the archive: make room and run this "
            f"again; a finished download is not repeated."
        )
    return (
        f"{storage.DATA} should be a folder that can be written to; it failed "
        f"({error.strerror}: {error.filename}). Put that right and run this again."
    )
