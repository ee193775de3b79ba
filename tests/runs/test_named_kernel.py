"""--kernel NAME: kernels that exist and cannot run a notebook are told before any run, with what to do."""

import json
import sys
from pathlib import Path

import pytest

from lib.runs.arguments import UsageError
from lib.runs.named_kernel import require_kernel


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    """Installs a kernel for Jupyter that is started with these words."""
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))

    def install(*argv: str, name: str = "lab", **changes) -> str:
        folder = tmp_path / "kernels" / name
        folder.mkdir(parents=True)
        spec = {"argv": argv, "display_name": name, "language": "python"} | changes
        (folder / "kernel.json").write_text(json.dumps(spec))
        return name

    return install


def program(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def refusal(name: str) -> str:
    with pytest.raises(UsageError) as refused:
        require_kernel(name)
    return str(refused.value)


def test_this_python_will_do(kernel):
    require_kernel(kernel(sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"))


def test_a_kernel_that_lacks_packages_is_told_with_what_it_lacks(kernel):
    """-S leaves out site-packages: a Python as it comes, which has the library in the folder it works in."""
    told = refusal(kernel(sys.executable, "-I", "-S", "-m", "ipykernel_launcher"))
    assert "lacks lib, keras, pandas" in told
    assert f"`{sys.executable} -m pip install -r " in told


def test_the_kernels_own_environment_counts(kernel):
    told = refusal(kernel(sys.executable, "-m", "x", env={"KERAS_BACKEND": "no_such_backend"}))
    assert "lacks no_such_backend." in told
    homeless = {"PYTHONHOME": "/no/such/python"}
    told = refusal(kernel(sys.executable, "-m", "x", name="homeless", env=homeless))
    assert "does not answer" in told


def test_a_kernel_whose_python_is_gone_is_told(kernel, tmp_path):
    gone = str(tmp_path / "env" / "bin" / "python")
    told = refusal(kernel(gone, "-m", "ipykernel_launcher"))
    assert f"--kernel lab starts {gone}, which does not answer" in told
    assert "jupyter kernelspec remove lab" in told


def test_a_kernel_that_hangs_or_says_something_else_is_told(kernel, tmp_path, monkeypatch):
    monkeypatch.setattr("lib.runs.named_kernel.PATIENCE", 0.2)
    hanging = program(tmp_path / "hanging", "exec sleep 20")
    assert "does not answer" in refusal(kernel(hanging, "-m", "ipykernel_launcher"))
    talking = program(tmp_path / "talking", "echo hello")
    assert "does not answer" in refusal(kernel(talking, "-m", "x", name="talking"))


def test_an_old_python_is_told(kernel, tmp_path, monkeypatch):
    old = program(tmp_path / "old", """echo '[[3, 8], "/old/python", []]'""")
    assert "should be Python 3.11 or newer; it is 3.8" in refusal(kernel(old, "-m", "x"))


def test_another_language_is_told(kernel):
    assert "should be a Python kernel; lab runs R" in refusal(kernel("R", language="R"))


def test_an_unknown_name_lists_the_known_ones_and_the_nearest(kernel):
    kernel("python", name="lab-gpu")
    told = refusal("lab-gp")
    assert "lab-gpu" in told.partition("; received")[0]
    assert told.endswith("received lab-gp. Did you mean lab-gpu?")
