"""Fetches a paper's images from Kaggle into data/<slug>/: downloaded, unpacked, checked, then put there.

What is fetched is there whole or not at all. The archive lies in data/downloads/ until its images
have passed the checks, so that nothing is downloaded twice.
"""

import argparse
import json
import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from lib import papers, storage
from lib.datasets import folder
from lib.datasets.downloads.archive import BrokenArchive, UnsafeArchive, unpack
from lib.datasets.downloads.messages import FULL, FetchError
from lib.datasets.downloads.transfer import discard, download
from lib.papers.declare import Paper, Source
from lib.storage import DataError, temporary_folder

DOWNLOADS = "downloads"  # folder under data/
LISTED = 10  # names in a message

Check = Callable[[Path, Path], None]  # of the unpacked folder, and the archive it came from


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The paper."""
    papers.add_slug_argument(parser)


def run_command(options: argparse.Namespace) -> int:
    """Downloads the paper's images; 0."""
    fetch(papers.load(options.slug))
    return 0


def fetch(paper: Paper, *, echo: Callable[[str], None] = print) -> Path:
    """Downloads the images of `paper` from Kaggle into data/<slug>/.

    The images of a paper with one source lie right in there, those of several sources in a
    sub-folder each, named as at Kaggle; a sub-folder that is there already is left as it is.

    Args:
        paper: Whose images.
        echo: Called with every line of progress and every finding.

    Returns:
        The folder data/<slug>/.

    Raises:
        FetchError: Nothing of the paper is on Kaggle, or not all of it; the folder is there already;
            credentials, network, Kaggle, disk or archive fail; the images are not the paper's. What
            fails leaves nothing in data/<slug>/ that was not there before.
    """
    target = storage.DATA / paper.slug
    online = [source for source in paper.dataset.sources if source.kaggle]
    by_hand = [source for source in paper.dataset.sources if not source.kaggle]
    if not online:
        raise FetchError(f"{paper.slug} has no images on Kaggle. {_to_do(by_hand, target)}")
    try:
        if len(paper.dataset.sources) == 1:
            _fetch_only(paper, online[0], target, echo)
        else:
            _fetch_several(online, target, echo)
    except OSError as error:
        raise FetchError(_disk_failure(error)) from None
    if by_hand and not _others(target, online):
        raise FetchError(
            f"{target} needs images of {len(by_hand) + len(online)} sources; what is on Kaggle is "
            f"there now. {_to_do(by_hand, target)}"
        )
    return target


def _fetch_only(paper: Paper, source: Source, target: Path, echo: Callable[[str], None]) -> None:
    if os.path.lexists(target):
        raise FetchError(
            f"{target} should not be there before its images are fetched; it is, with "
            f"{_entries(target)}. It was left as it is: move it away and run this again."
        )
    _bring(source, target, partial(_verify, paper, source, echo), echo)


def _fetch_several(sources: Sequence[Source], target: Path, echo: Callable[[str], None]) -> None:
    """Each into its own sub-folder. One source has only some of the classes: none is checked alone."""
    for source in sources:
        place = target / _name(source)
        if os.path.lexists(place):
            echo(f"{place} is there already: left as it is.")
        else:
            _bring(source, place, None, echo)
    echo(f"`python -m lib data show {target.name}` tells what {target} holds.")


def _bring(source: Source, place: Path, check: Check | None, echo: Callable[[str], None]) -> None:
    """Downloads, unpacks and checks one source; only then is it at `place` and its archive gone."""
    archive = storage.DATA / DOWNLOADS / f"{source.kaggle.replace('/', '--')}.zip"
    download(source, archive, echo)
    # Beside data/<slug>/, never in it: that folder must not be there before its images are.
    with temporary_folder(storage.DATA) as temporary:
        count = _unpack(source, archive, temporary)
        if check:
            check(temporary, archive)
        temporary.chmod(0o755)  # mkdtemp makes it private
        place.parent.mkdir(parents=True, exist_ok=True)
        os.rename(temporary, place)
    discard(archive)
    echo(f"{count} files of {source.kaggle} are in {place}.")


def _unpack(source: Source, archive: Path, temporary: Path) -> int:
    try:
        return unpack(archive, temporary)
    except BrokenArchive as error:
        discard(archive)
        raise FetchError(
            f"The archive of {source.kaggle} should be a whole zip file; it is broken ({error}). It "
            f"was deleted: run this again, to download it afresh."
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
        files = folder.scan(paper, images).files
    except DataError as error:
        raise FetchError(
            f"{source.kaggle} should hold one set of images in one folder per class "
            f"({', '.join(paper.class_names)}); it has {_listing(images)}. The check says: "
            f"{str(error).replace(str(images), 'the archive')} Nothing was put into "
            f"{storage.DATA / paper.slug}; {archive} is kept: unpack it by hand, and give the folder "
            f"of the right images with --data."
        ) from None
    numbers = files["label"].value_counts()
    counts = {name: int(numbers.get(label, 0)) for label, name in enumerate(paper.class_names)}
    fetched = {"sha256": folder.content_hash(files), "counts": counts}
    manifest = storage.manifests() / f"{paper.slug}.json"
    if manifest.is_file():
        _compare(paper, json.loads(manifest.read_text(encoding="utf-8")), fetched, archive)
        echo(f"all {len(files)} images are those of {manifest}: their runs count as exact.")
    else:
        _tell(paper, manifest, fetched, echo)


def _compare(paper: Paper, manifest: dict, fetched: dict, archive: Path) -> None:
    if fetched["sha256"] == manifest["sha256"]:
        return
    expected = manifest.get("counts", {})
    differing = [
        f"{name}: {expected[name]} expected, {count} found"
        for name, count in fetched["counts"].items()
        if expected.get(name, count) != count
    ]
    raise FetchError(
        f"The images of {paper.slug} should be those its manifest was made from; they are others "
        f"({'; '.join(differing) or 'no known count differs, the contents do'}). Nothing was put into "
        f"{storage.DATA / paper.slug}; {archive} is kept. To use these images all the same, unpack it "
        f"by hand and give the folder with --data: the runs then count as substitute."
    )


def _tell(paper: Paper, manifest: Path, fetched: dict, echo: Callable[[str], None]) -> None:
    for name, count in fetched["counts"].items():
        printed = paper.dataset.counts.get(name)
        echo(f"{name}: {count} images; paper: {printed.value if printed else 'not told'}")
    echo(
        f"No manifest is shipped for {paper.slug}, so its runs count as substitute. Once you know "
        f"these images to be the paper's own, put this line into {manifest}:"
    )
    echo(json.dumps(fetched))


def _to_do(by_hand: Sequence[Source], target: Path) -> str:
    steps = [
        f"Download {source.title} by hand from {source.address} and put it into "
        f"{target}/<any folder name>/."
        for source in by_hand
    ]
    return " ".join(steps)


def _name(source: Source) -> str:
    return source.kaggle.split("/")[1]


def _others(target: Path, online: Sequence[Source]) -> list[Path]:
    """The sub-folders that do not come from Kaggle."""
    known = {_name(source) for source in online}
    inside = [path for path in target.iterdir() if path.is_dir() and path.name[0] != "."]
    return [path for path in inside if path.name not in known]


def _entries(place: Path) -> str:
    if not place.is_dir():
        return "something that is no folder"
    names = sorted(f"{path.name}/" if path.is_dir() else path.name for path in place.iterdir())
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(names[:LISTED]) + more if names else "nothing in it"


def _listing(images: Path) -> str:
    """The folders that hold files, and how many."""
    counts = {}
    for path in sorted(images.rglob("*")):
        if path.is_file():
            inside = path.parent.relative_to(images).as_posix()
            counts[inside] = counts.get(inside, 0) + 1
    listed = [f"{name}/ ({count} files)" for name, count in list(counts.items())[:LISTED]]
    more = f" and {len(counts) - LISTED} more folders" if len(counts) > LISTED else ""
    return ", ".join(listed) + more if listed else "no file"


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
