"""The names of the processors, with and without an NVIDIA driver."""

from pathlib import Path

import pytest

from lib import machine


@pytest.fixture
def programs(tmp_path, monkeypatch) -> Path:
    """An empty folder that is all of PATH."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def _nvidia_smi(folder: Path, *lines: str) -> None:
    script = folder / "nvidia-smi"
    script.write_text("\n".join(("#!/bin/sh", *lines, "")))
    script.chmod(0o755)


@pytest.mark.usefixtures("programs")
def test_without_nvidia_smi_there_is_no_gpu():
    assert machine.gpu_name() == ""


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (["echo 'NVIDIA H200'"], "NVIDIA H200"),
        (["echo 'NVIDIA A100 80GB PCIe'", "echo 'NVIDIA T4'"], "NVIDIA A100 80GB PCIe"),
        (["echo 'NVIDIA-SMI has failed'", "exit 9"], ""),
        ([], ""),
    ],
)
def test_the_gpu_is_the_first_that_nvidia_smi_lists(programs, lines, name):
    _nvidia_smi(programs, *lines)
    assert machine.gpu_name() == name


def test_nvidia_smi_is_asked_for_bare_names(programs):
    _nvidia_smi(programs, 'echo "$*"')
    assert machine.gpu_name() == "--query-gpu=name --format=csv,noheader"


def test_a_file_that_cannot_be_run_is_no_driver(programs):
    (programs / "nvidia-smi").write_text("not a program")
    assert machine.gpu_name() == ""


def test_the_cpu_has_a_name():
    assert machine.cpu_name().strip()


def test_the_cpu_is_named_as_linux_names_it(tmp_path, monkeypatch):
    listing = "processor\t: 0\nmodel name\t: Fast CPU @ 3:2\n\nmodel name\t: Other CPU\n"
    (tmp_path / "cpuinfo").write_text(listing)
    monkeypatch.setattr(machine, "Path", lambda _: tmp_path / "cpuinfo")
    assert machine.cpu_name() == "Fast CPU @ 3:2"


@pytest.mark.parametrize("content", [None, "processor\t: 0\nBogoMIPS\t: 48.00\n"])
def test_the_cpu_is_its_architecture_where_linux_names_none(tmp_path, monkeypatch, content):
    if content is not None:
        (tmp_path / "cpuinfo").write_text(content)
    monkeypatch.setattr(machine, "Path", lambda _: tmp_path / "cpuinfo")
    monkeypatch.setattr("platform.processor", lambda: "")
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    assert machine.cpu_name() == "aarch64"
