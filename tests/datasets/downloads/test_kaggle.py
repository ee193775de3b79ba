"""From a paper to data/<slug>/, through the real client: there whole and checked, or not at all."""

import dataclasses
import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from types import SimpleNamespace

import kaggle_stand_in
import pytest
from kaggle_stand_in import ASK, refused, zipped

from lib import ROOT, papers, storage
from lib.datasets import folder, scan
from lib.datasets.downloads.kaggle import fetch
from lib.papers.declare import Source

SLUG = "kuncoro_white_blood_cells"
KAGGLE = "brikwerk/bccd-white-blood-cell"
ARCHIVE = "brikwerk--bccd-white-blood-cell.zip"


@pytest.fixture
def kaggle(tmp_path, monkeypatch, make_folder):
    stand_in = kaggle_stand_in.prepare(tmp_path, monkeypatch)
    stand_in.bodies[KAGGLE] = zipped(make_folder())
    yield stand_in
    kaggle_stand_in.stop(stand_in)


@pytest.fixture
def fail(paper, capfd):
    return lambda one=paper: refused(lambda: fetch(one, echo=lambda line: None), capfd)


def with_sources(paper, *sources: Source):
    return dataclasses.replace(paper, dataset=dataclasses.replace(paper.dataset, sources=sources))


def source(kaggle: str, title: str = "A set", address: str = "its page") -> Source:
    return Source(title=title, kaggle=kaggle, address=address, licence="", citation="")


def tree(place) -> dict[str, bytes]:
    found = sorted(path for path in place.rglob("*") if path.is_file())
    return {path.relative_to(place).as_posix(): path.read_bytes() for path in found}


def lines_of(paper) -> list[str]:
    lines = []
    fetch(paper, echo=lines.append)
    return lines


def asked(kaggle) -> int:
    return len([path for path, _ in kaggle.seen if path == ASK])


def test_the_images_are_put_into_the_papers_folder(kaggle, paper, make_folder, capfd):
    assert fetch(paper, echo=lambda line: None) == storage.DATA / SLUG
    assert tree(storage.DATA / SLUG) == tree(make_folder())
    assert len(scan(paper, storage.DATA / SLUG).files) == 15
    assert sorted(path.name for path in storage.DATA.iterdir()) == ["downloads", SLUG]
    assert list((storage.DATA / "downloads").iterdir()) == []
    assert (storage.DATA / SLUG).stat().st_mode & 0o777 == 0o755
    printed = capfd.readouterr()
    assert printed.out + printed.err == ""


def test_progress_is_printed_unless_told_otherwise(kaggle, paper, capfd):
    fetch(paper)
    printed = capfd.readouterr()
    assert printed.out.startswith(f"downloading {KAGGLE}, 0.0 MB, to ")
    assert f"15 files of {KAGGLE} are in {storage.DATA / SLUG}.\n" in printed.out
    assert printed.err == ""


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


def write_manifest(paper, images, **counts: int) -> None:
    storage.manifests().mkdir(parents=True)
    found = {"sha256": folder.content_hash(scan(paper, images).files)}
    if counts:
        found["counts"] = {**dict.fromkeys(paper.class_names, 3), **counts}
    (storage.manifests() / f"{SLUG}.json").write_text(json.dumps(found))


def test_images_that_are_the_manifests_own_count_as_exact(kaggle, paper, make_folder):
    write_manifest(paper, make_folder())
    lines = lines_of(paper)
    assert any(line.startswith("all 15 images are those of ") for line in lines)
    assert not any("substitute" in line for line in lines)


def refused_by_manifest(fail) -> str:
    told = fail()
    assert "should be those its manifest was made from; they are others" in told
    assert not (storage.DATA / SLUG).exists()
    assert (storage.DATA / "downloads" / ARCHIVE).is_file()
    return told


def test_other_counts_than_the_manifests_are_told(kaggle, fail, paper, make_folder):
    counts = {**dict.fromkeys(paper.class_names, 3), "basophil": 4}
    write_manifest(paper, make_folder("others", counts=counts), basophil=4)
    assert "(basophil: 4 expected, 3 found)" in refused_by_manifest(fail)


@pytest.mark.parametrize("counts", [{}, {"basophil": 3}])
def test_other_contents_than_the_manifests_are_refused(kaggle, fail, paper, make_folder, counts):
    write_manifest(paper, make_folder("others", size=9), **counts)
    assert "no known count differs, the contents do" in refused_by_manifest(fail)
    before = (storage.DATA / "downloads" / ARCHIVE).stat().st_mtime_ns
    refused_by_manifest(fail)
    assert (
        storage.DATA / "downloads" / ARCHIVE
    ).stat().st_mtime_ns == before  # not downloaded again


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
        for number in range(12 if kind == "full" else 0):
            (own / f"mine{number:02}").write_text("mine")
    before = tree(own)
    told = fail()
    assert f"{own} should not be there before its images are fetched; it is, with " in told
    assert {"full": "mine00, mine01", "empty": "nothing in it"}.get(kind, "no folder") in told
    assert (" and 2 more." in told) == (kind == "full")
    assert "move it away and run this again" in told
    assert tree(own) == before
    assert kaggle.seen == []


def test_images_of_other_classes_are_refused_and_not_downloaded_again(kaggle, fail, tmp_path):
    for name in ("cats/1.png", "cats/2.png", "dogs/1.png"):
        (tmp_path / "pets" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "pets" / name).write_bytes(b"x")
    kaggle.bodies[KAGGLE] = zipped(tmp_path / "pets")
    told = fail()
    assert "it has cats/ (2 files), dogs/ (1 files)" in told
    assert "basophil, eosinophil, lymphocyte, monocyte, neutrophil" in told
    assert ".writing-" not in told
    assert [path.name for path in storage.DATA.iterdir()] == ["downloads"]
    archive = storage.DATA / "downloads" / ARCHIVE
    assert archive.is_file()
    before = archive.stat().st_mtime_ns
    fail()
    assert archive.stat().st_mtime_ns == before


def test_an_archive_without_files_is_refused(kaggle, fail, tmp_path):
    (tmp_path / "nothing").mkdir()
    kaggle.bodies[KAGGLE] = zipped(tmp_path / "nothing")
    assert "it has no file" in fail()


def test_a_broken_archive_is_deleted(kaggle, fail, paper, make_folder):
    kaggle.bodies[KAGGLE] = b"<html>a login page</html>"
    told = fail()
    assert f"The archive of {KAGGLE} should be a whole zip file; it is broken (" in told
    assert "run this again, to download it afresh" in told
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
    assert [path.name for path in (storage.DATA / "downloads").iterdir()] == [ARCHIVE]
    assert [path.name for path in storage.DATA.iterdir()] == ["downloads"]
    assert not list(tmp_path.rglob("evil.png"))


def test_a_refusal_of_kaggle_leaves_nothing(kaggle, fail):
    kaggle.failures[ASK] = (403, "Accept the rules", {})
    assert "https://www.kaggle.com/datasets/brikwerk/bccd-white-blood-cell" in fail()
    assert tree(storage.DATA) == {}


@pytest.mark.parametrize("moment", ["before", "while"])
def test_a_disk_that_gets_full_while_unpacking(kaggle, fail, paper, monkeypatch, moment):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        if moment == "before":
            patch.setattr(
                "lib.datasets.downloads.archive.shutil.disk_usage",
                lambda place: SimpleNamespace(free=1),
            )
            patch.setattr("lib.datasets.downloads.transfer._check_space", lambda *_: None)
        else:
            patch.setattr("lib.datasets.downloads.archive._copy", full)
        told = fail()
    assert f"The disk of {storage.DATA} should have room for the images; it is full" in told
    assert "a finished download is not repeated" in told
    assert [path.name for path in storage.DATA.iterdir()] == ["downloads"]
    kaggle.seen.clear()
    lines = lines_of(paper)
    assert "already, whole: not downloaded again" in lines[0]
    assert (storage.DATA / SLUG).is_dir()


def test_a_data_folder_that_cannot_be_written(kaggle, fail):
    storage.DATA.parent.mkdir(parents=True)
    storage.DATA.write_text("a file in its place")
    assert f"{storage.DATA} should be a folder that can be written to; it failed" in fail()


def test_unpacking_that_is_killed_leaves_nothing_that_looks_like_a_data_set(kaggle, paper):
    code = (
        "import sys, time; from kagglesdk import kaggle_env as e; from pathlib import Path\n"
        "e._env_to_endpoint[e.KaggleEnv.PROD] = sys.argv[1]\n"
        "from lib import papers, storage; from lib.datasets.downloads import archive, kaggle\n"
        "storage.DATA = Path(sys.argv[2])\n"
        "copy = archive._copy\n"
        "archive._copy = lambda *rest: (copy(*rest), rest[1].flush(), time.sleep(0.2))[0]\n"
        f"kaggle.fetch(papers.load({SLUG!r}))"
    )
    arguments = [sys.executable, "-c", code, kaggle.address, str(storage.DATA)]
    process = subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 15
    while not list(storage.DATA.glob(".writing-*/*/*.png")):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    shown = [path.name for path in storage.DATA.iterdir() if not path.name.startswith(".")]
    assert shown == ["downloads"]
    assert "already, whole: not downloaded again" in lines_of(paper)[0]
    assert len(tree(storage.DATA / SLUG)) == 15


def test_a_download_that_is_cut_leaves_no_folder_and_is_resumed(kaggle, fail, paper, make_folder):
    whole = kaggle.bodies[KAGGLE] = zipped(make_folder(), random.Random(0).randbytes(3 << 20))
    kaggle.cuts = [(2 << 20) + 5, 0, 0, 0, 0]
    assert "was cut: 2.1 MB of it in" in fail()
    assert [path.name for path in storage.DATA.iterdir()] == ["downloads"]
    assert (storage.DATA / "downloads" / ARCHIVE).read_bytes() == whole[: 2 << 20]
    kaggle.seen.clear()
    kaggle.cuts = []
    fetch(paper, echo=lambda line: None)
    assert kaggle.to_storage()[-1]["Range"] == f"bytes={2 << 20}-"
    expected = {**tree(make_folder()), "notes.bin": random.Random(0).randbytes(3 << 20)}
    assert tree(storage.DATA / SLUG) == expected


def test_a_paper_without_images_on_kaggle_is_refused_at_once(kaggle, fail, paper):
    told = fail(with_sources(paper, source("", "Atlas of cells", "https://atlas.example/cells")))
    assert told == (
        f"{SLUG} has no images on Kaggle. Download Atlas of cells by hand from "
        f"https://atlas.example/cells and put it into {storage.DATA / SLUG}/<any folder name>/."
    )
    assert kaggle.seen == []


@pytest.fixture
def two(kaggle, paper, tmp_path):
    """A paper of two sources, both on Kaggle."""
    for name in ("one", "two"):
        (tmp_path / name / "basophil").mkdir(parents=True)
        (tmp_path / name / "basophil" / f"{name}.png").write_bytes(name.encode())
        kaggle.bodies[f"owner/{name}"] = zipped(tmp_path / name)
    return with_sources(paper, source("owner/one"), source("owner/two"))


def test_two_sources_get_a_folder_each(two):
    assert fetch(two, echo=lambda line: None) == storage.DATA / SLUG
    assert tree(storage.DATA / SLUG) == {
        "one/basophil/one.png": b"one",
        "two/basophil/two.png": b"two",
    }


def test_of_two_sources_only_the_missing_one_is_fetched(kaggle, two):
    mine = storage.DATA / SLUG / "one" / "mine"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    lines = lines_of(two)
    assert f"{mine.parent} is there already: left as it is." in lines
    assert tree(storage.DATA / SLUG) == {"one/mine": b"mine", "two/basophil/two.png": b"two"}
    assert asked(kaggle) == 1
    assert lines[-1].startswith(f"`python -m lib data show {SLUG}` tells")


def test_a_first_source_that_fails_leaves_no_folder_of_the_paper(kaggle, two, fail):
    del kaggle.bodies["owner/one"]
    fail(two)
    assert not (storage.DATA / SLUG).exists()


def test_a_first_source_that_cannot_be_unpacked_leaves_no_folder_of_the_paper(kaggle, two, fail):
    kaggle.bodies["owner/one"] = b"no archive"
    fail(two)
    assert sorted(path.name for path in storage.DATA.iterdir()) == ["downloads"]


def test_a_second_source_that_fails_leaves_the_first(kaggle, two, fail):
    content = kaggle.bodies.pop("owner/two")
    fail(two)
    assert tree(storage.DATA / SLUG) == {"one/basophil/one.png": b"one"}
    kaggle.bodies["owner/two"] = content
    kaggle.seen.clear()
    fetch(two, echo=lambda line: None)
    assert asked(kaggle) == 1
    assert len(tree(storage.DATA / SLUG)) == 2


def test_what_is_not_on_kaggle_is_named_once_the_rest_is_there(kaggle, two, fail):
    atlas = source("", "Atlas of cells", "https://atlas.example/cells")
    paper = with_sources(two, atlas, two.dataset.sources[0])
    told = fail(paper)
    assert told == (
        f"{storage.DATA / SLUG} needs images of 2 sources; what is on Kaggle is there now. Download "
        f"Atlas of cells by hand from https://atlas.example/cells and put it into "
        f"{storage.DATA / SLUG}/<any folder name>/."
    )
    assert tree(storage.DATA / SLUG) == {"one/basophil/one.png": b"one"}
    (storage.DATA / SLUG / "the atlas").mkdir()
    assert fetch(paper, echo=lambda line: None) == storage.DATA / SLUG
    assert asked(kaggle) == 1


def test_every_paper_can_be_fetched_or_says_why_not():
    for slug in papers.slugs():
        sources = papers.load(slug).dataset.sources
        names = [one.kaggle.split("/")[1] for one in sources if one.kaggle]
        assert len(set(names)) == len(names)  # each is a folder of its own
        assert all(one.address.startswith("https://") for one in sources)
