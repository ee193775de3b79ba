"""From a paper to data/<slug>/: there whole and checked, or not at all; what is not on Kaggle is named.

The transfer has tests of its own; here, but for two tests, the archives come without it.
"""

import dataclasses
import errno
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace

import kaggle_stand_in
import pytest
from kaggle_stand_in import ASK, refused, zipped

from lib import ROOT, papers, storage
from lib.__main__ import main
from lib.datasets import folder, scan
from lib.datasets.downloads import kaggle as module
from lib.datasets.downloads.kaggle import by_hand, fetch, missing
from lib.datasets.downloads.transfer import FetchError
from lib.papers.declare import Source
from lib.storage import only_process

SLUG = "kuncoro_white_blood_cells"
KAGGLE = "brikwerk/bccd-white-blood-cell"
OWN = "brikwerk--bccd-white-blood-cell"  # folder of its archive
ARCHIVE = Path(OWN, "bccd-white-blood-cell.zip")
ATLAS = "https://atlas.example/cells"


@pytest.fixture
def server(tmp_path, monkeypatch, make_folder):
    """The real client, with a stand-in for Kaggle at the other end."""
    stand_in = kaggle_stand_in.prepare(tmp_path, monkeypatch)
    stand_in.bodies[KAGGLE] = zipped(make_folder())
    yield stand_in
    kaggle_stand_in.stop(stand_in)


@pytest.fixture
def kaggle(monkeypatch, make_folder):
    """In the place of the transfer. `bodies`: Kaggle slug → archive; `asked`: what was downloaded."""
    made = SimpleNamespace(bodies={KAGGLE: zipped(make_folder())}, asked=[])

    def download(source, own, echo):
        archive = own / f"{source.kaggle.split('/')[1]}.zip"
        if not archive.is_file():
            made.asked.append(source.kaggle)
            if source.kaggle not in made.bodies:
                raise FetchError(f"no {source.kaggle}")
            own.mkdir(exist_ok=True)
            archive.write_bytes(made.bodies[source.kaggle])
        return archive

    monkeypatch.setattr(module, "download", download)
    return made


@pytest.fixture
def fail(paper, capfd):
    return lambda paper=paper: refused(lambda: fetch(paper, echo=lambda line: None), capfd)


def with_sources(paper, *sources: Source):
    return dataclasses.replace(paper, dataset=dataclasses.replace(paper.dataset, sources=sources))


def source(kaggle: str, *classes: str, title: str = "A set", address: str = "its page") -> Source:
    return Source(
        title=title, kaggle=kaggle, address=address, licence="", citation="", classes=classes
    )


def tree(place) -> dict[str, bytes]:
    files = sorted(path for path in place.rglob("*") if path.is_file())
    return {path.relative_to(place).as_posix(): path.read_bytes() for path in files}


def lines_of(paper) -> list[str]:
    lines = []
    fetch(paper, echo=lines.append)
    return lines


def shown() -> list[str]:
    """What lies in data/, but for the folders of processes at work."""
    return sorted(path.name for path in storage.DATA.iterdir() if path.name[0] != ".")


def test_the_images_are_put_into_the_papers_folder_without_an_account(
    server, paper, make_folder, capfd
):
    assert main(["data", "fetch", SLUG]) == 0
    printed = capfd.readouterr()
    assert printed.out.startswith(f"downloading {paper.dataset.sources[0].title} to ")
    assert f"15 files of {KAGGLE} are in {storage.DATA / SLUG}.\n" in printed.out
    assert printed.err == ""
    assert tree(storage.DATA / SLUG) == tree(make_folder())
    assert len(scan(paper, storage.DATA / SLUG).files) == 15
    assert shown() == ["downloads", SLUG]
    assert list((storage.DATA / "downloads").iterdir()) == []
    assert (storage.DATA / SLUG).stat().st_mode & 0o777 == 0o755


def test_a_refusal_leaves_nothing_and_is_one_line(server, capfd):
    server.failures[ASK] = (403, "Accept the rules", {})
    assert main(["data", "fetch", SLUG]) == 1
    told = capfd.readouterr().err
    assert f"Open https://www.kaggle.com/datasets/{KAGGLE} in a browser" in told
    assert told.count("\n") == 1
    assert list(storage.DATA.rglob("*")) == [storage.DATA / "downloads"]


def test_without_a_manifest_it_tells_the_counts_and_the_manifests_line(kaggle, paper):
    lines = lines_of(paper)
    assert "basophil: 3 images; paper: 700" in lines
    manifest = storage.manifests() / f"{SLUG}.json"
    (told,) = (line for line in lines if "No manifest" in line)
    assert "count as substitute" in told
    assert str(manifest) in told
    manifest.parent.mkdir()
    manifest.write_text(lines[lines.index(told) + 1])
    assert json.loads(manifest.read_text())["counts"] == dict.fromkeys(paper.class_names, 3)
    assert scan(paper, storage.DATA / SLUG).kind == "exact"


def write_manifest(paper, images) -> None:
    storage.manifests().mkdir(parents=True)
    manifest = {"sha256": folder.content_hash(scan(paper, images).files)}
    (storage.manifests() / f"{SLUG}.json").write_text(json.dumps(manifest))


def test_images_that_are_the_manifests_own_count_as_exact(kaggle, paper, make_folder):
    write_manifest(paper, make_folder())
    lines = lines_of(paper)
    assert any(line.startswith("All 15 images are those of ") for line in lines)
    assert not any("substitute" in line for line in lines)


def test_other_images_than_the_manifests_are_there_and_said_to_be_a_substitute(
    kaggle, paper, make_folder
):
    write_manifest(paper, make_folder("others", size=9))
    assert any(line.endswith("their runs count as substitute.") for line in lines_of(paper))
    assert len(scan(paper, storage.DATA / SLUG).files) == 15


@pytest.mark.parametrize("kind", ["full", "empty", "file", "dangling link"])
def test_what_is_there_already_is_left_as_it_is(kaggle, fail, kind):
    own = storage.DATA / SLUG
    own.parent.mkdir(parents=True)
    if kind == "file":
        own.write_text("mine")
    elif kind == "dangling link":
        own.symlink_to("nowhere")
    else:
        own.mkdir()
        for number in range(2 if kind == "full" else 0):
            (own / f"mine{number}").write_text("mine")
    before = tree(own)
    told = fail()
    assert f"{own} should not be there before its images are fetched; it is." in told
    assert "move it away and run this again" in told
    assert tree(own) == before
    assert kaggle.asked == []


def test_images_of_other_classes_are_refused_and_not_downloaded_again(kaggle, fail, tmp_path):
    for name in ("cats/1.png", "cats/2.png", "dogs/1.png"):
        (tmp_path / "pets" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "pets" / name).write_bytes(b"x")
    kaggle.bodies[KAGGLE] = zipped(tmp_path / "pets")
    told = fail()
    assert "cats/" in told
    assert "basophil, eosinophil, lymphocyte, monocyte, neutrophil" in told
    assert ".writing-" not in told
    assert shown() == ["downloads"]
    assert (storage.DATA / "downloads" / ARCHIVE).is_file()
    fail()
    assert kaggle.asked == [KAGGLE]


def test_a_broken_archive_is_deleted(kaggle, fail, paper, make_folder):
    kaggle.bodies[KAGGLE] = b"<html>a login page</html>"
    told = fail()
    assert f"The archive of {KAGGLE} should be a whole zip file; it is broken (" in told
    assert "without a login page? It was deleted: run this again" in told
    assert list((storage.DATA / "downloads").iterdir()) == []
    kaggle.bodies[KAGGLE] = zipped(make_folder())
    fetch(paper, echo=lambda line: None)


def test_an_unsafe_archive_is_kept_for_a_look(kaggle, fail, tmp_path):
    path = tmp_path / "evil.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("../../evil.png", b"evil")
    kaggle.bodies[KAGGLE] = path.read_bytes()
    told = fail()
    assert "its member '../../evil.png' has a path that leads upwards. Nothing was unpacked" in told
    assert (storage.DATA / "downloads" / ARCHIVE).is_file()
    assert shown() == ["downloads"]
    assert not list(tmp_path.rglob("evil.png"))


@pytest.mark.parametrize("moment", ["before", "while"])
def test_a_disk_that_gets_full_while_unpacking(kaggle, fail, paper, monkeypatch, moment):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        if moment == "before":
            patch.setattr("shutil.disk_usage", lambda place: SimpleNamespace(free=1))
        else:
            patch.setattr("lib.datasets.downloads.archive._copy", full)
        told = fail()
    assert f"The disk of {storage.DATA} should have room for the images; it is full" in told
    assert "a finished download is not repeated" in told
    assert shown() == ["downloads"]
    fetch(paper, echo=lambda line: None)
    assert kaggle.asked == [KAGGLE]
    assert (storage.DATA / SLUG).is_dir()


def test_a_data_folder_that_cannot_be_written(kaggle, fail):
    storage.DATA.parent.mkdir(parents=True)
    storage.DATA.write_text("a file in its place")
    assert f"{storage.DATA} should be a folder that can be written to; it failed" in fail()


def test_of_two_processes_one_downloads(kaggle, fail):
    (storage.DATA / "downloads").mkdir(parents=True)
    with only_process(storage.DATA / "downloads" / f"{OWN}.lock"):
        assert f"Another process is downloading {KAGGLE}" in fail()
    assert kaggle.asked == []


def test_unpacking_that_is_killed_leaves_nothing_that_looks_like_a_data_set(server, paper):
    code = (
        "import sys, time; from pathlib import Path\n"
        "from lib import papers, storage; from lib.datasets.downloads import archive, kaggle\n"
        "storage.DATA = Path(sys.argv[1])\n"
        "copy = archive._copy\n"
        "archive._copy = lambda *rest: (copy(*rest), rest[1].flush(), time.sleep(60_000))[0]\n"
        f"kaggle.fetch(papers.load({SLUG!r}))"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(storage.DATA)], cwd=ROOT)
    deadline = time.monotonic() + 60
    while not list(storage.DATA.glob(".writing-*/*/*.png")):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert shown() == ["downloads"]
    assert (storage.DATA / "downloads" / ARCHIVE).is_file()
    fetch(paper, echo=lambda line: None)
    assert len(tree(storage.DATA / SLUG)) == 15


# Several sources


@pytest.fixture
def two(kaggle, paper, tmp_path):
    """A paper of two sources, both on Kaggle: one with basophils, the other with the other classes."""
    classes = {"one": paper.class_names[:1], "two": paper.class_names[1:]}
    for name, names in classes.items():
        for label in names:
            (tmp_path / name / label).mkdir(parents=True)
            (tmp_path / name / label / f"{name}.png").write_bytes(name.encode())
        kaggle.bodies[f"owner/{name}"] = zipped(tmp_path / name)
    return with_sources(
        paper, source("owner/one", *classes["one"]), source("owner/two", *classes["two"])
    )


@pytest.fixture
def partly(two):
    """A paper of two sources: one with basophils, in no place but an atlas, the other on Kaggle."""
    atlas = source("", "basophil", title="Atlas of cells", address=ATLAS)
    return with_sources(two, atlas, two.dataset.sources[1])


def test_two_sources_get_a_folder_each(two):
    fetch(two, echo=lambda line: None)
    assert {path.split("/")[0] for path in tree(storage.DATA / SLUG)} == {"one", "two"}
    assert tree(storage.DATA / SLUG)["one/basophil/one.png"] == b"one"
    assert missing(two) == []


@pytest.mark.parametrize("place", ["one/mine", "basophil"])
def test_of_two_sources_only_the_missing_one_is_fetched(kaggle, two, place):
    """One is there where a folder is called as at Kaggle, or where its classes have images."""
    mine = storage.DATA / SLUG / place / "mine.png"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    fetch(two, echo=lambda line: None)
    assert kaggle.asked == ["owner/two"]
    assert mine.read_bytes() == b"mine"
    assert (storage.DATA / SLUG / "two").is_dir()


@pytest.mark.parametrize("fault", ["not there", "broken"])
def test_a_first_source_that_fails_leaves_no_folder_of_the_paper(kaggle, two, fail, fault):
    kaggle.bodies |= {"owner/one": b"no archive"}
    if fault == "not there":
        del kaggle.bodies["owner/one"]
    fail(two)
    assert shown() == ["downloads"]


def test_a_second_source_that_fails_leaves_the_first(kaggle, two, fail):
    content = kaggle.bodies.pop("owner/two")
    fail(two)
    assert tree(storage.DATA / SLUG) == {"one/basophil/one.png": b"one"}
    kaggle.bodies["owner/two"] = content
    fetch(two, echo=lambda line: None)
    assert kaggle.asked == ["owner/one", "owner/two", "owner/two"]
    assert len(tree(storage.DATA / SLUG)) == 5


# What is not on Kaggle


def test_a_paper_without_images_on_kaggle_downloads_nothing(kaggle, paper):
    nowhere = with_sources(paper, source("", title="Atlas of cells", address=ATLAS))
    fetch(nowhere)
    assert kaggle.asked == []
    assert by_hand(nowhere) == (
        f"{storage.DATA / SLUG} needs images that are not on Kaggle. Download Atlas of cells by hand "
        f"from {ATLAS} and put it into {storage.DATA / SLUG}/<any folder name>/."
    )


def test_the_rest_is_fetched_and_what_is_not_on_kaggle_is_named(
    kaggle, partly, monkeypatch, capsys
):
    monkeypatch.setattr(papers, "load", lambda slug: partly)
    assert main(["data", "fetch", SLUG]) == 1
    assert ATLAS in capsys.readouterr().err
    assert kaggle.asked == ["owner/two"]
    assert (storage.DATA / SLUG / "two").is_dir()


def test_what_was_brought_by_hand_is_not_asked_for_again(kaggle, partly):
    image = storage.DATA / SLUG / "the atlas" / "basophil" / "a.png"
    image.parent.mkdir(parents=True)
    assert ATLAS in by_hand(partly)  # a folder without an image
    image.write_bytes(b"x")
    assert by_hand(partly) == ""
    assert missing(partly) == [partly.dataset.sources[1]]


def test_every_paper_can_be_fetched_or_says_why_not():
    for slug in papers.slugs():
        sources = papers.load(slug).dataset.sources
        names = [source.kaggle.split("/")[1] for source in sources if source.kaggle]
        assert len(set(names)) == len(names)  # each is a folder of its own
        assert all(source.address.startswith("https://") for source in sources)
        told = by_hand(papers.load(slug))
        assert all(source.address in told for source in sources if not source.kaggle)
