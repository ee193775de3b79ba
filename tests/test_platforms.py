"""Machines unlike this one: no home, the C locale, Windows' code page, no Unix, a checkout nobody may write to."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lib import ROOT

TABLE = "Model,Accuracy,Precision,Recall\nnet,0.95,0.94,0.93\n"
ENVIRONMENTS = {
    "no home and the C locale": {"HOME": None, "LC_ALL": "C", "PYTHONUTF8": "0"},
    "Windows' code page": {"PYTHONIOENCODING": "cp1252"},
}

# Root may write anywhere, unless it runs without these two of its powers.
POWERS = "-dac_override,-dac_read_search"
WITHOUT_POWERS = ("setpriv", "--bounding-set", POWERS, "--inh-caps", POWERS)
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0

# What Python lacks on Windows. What others need of it is loaded before: they know both systems.
LIKE_WINDOWS = """
import importlib, os, pkgutil, signal, sys
import IPython, PIL, cv2, ipykernel.kernelapp, jupyter_client, matplotlib.pyplot, nbconvert, numpy, pandas
import papermill, rich
import sklearn.decomposition, sklearn.ensemble, sklearn.linear_model, sklearn.neighbors, statsmodels.api
for module in ("fcntl", "resource", "pwd", "grp", "termios"):
    sys.modules[module] = None
for name in ("SIGHUP", "SIGKILL", "pthread_sigmask"):
    delattr(signal, name)
for name in ("fork", "getuid", "geteuid", "killpg", "setsid", "sched_getaffinity", "O_NOFOLLOW", "O_NONBLOCK"):
    delattr(os, name)
import lib
for module in pkgutil.walk_packages(lib.__path__, "lib."):
    if not module.name.startswith(("lib.models", "lib.training", "lib.__main__")):
        importlib.import_module(module.name)
from pathlib import Path
from lib import storage
from lib.runs import ending
from lib.runs.folders import write_checksums
folder = Path(sys.argv[1])
with storage.only_process(folder / "lock"):
    storage.write_text(folder / "results.json", "{}")
with storage.temporary_folder(folder) as made:
    storage.write_text(made / "a.txt", "a")
    storage.replace_folder(made, folder / "run")
print((folder / "run" / "a.txt").read_text(), *sorted(path.name for path in folder.iterdir()))
"""


def python(*arguments: str, **changes: str | None) -> subprocess.CompletedProcess[str]:
    """A process of this Python in the checkout, with some variables changed or, for None, taken out."""
    env = {name: value for name, value in (os.environ | changes).items() if value is not None}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=env,
        capture_output=True,
        encoding=changes.get("PYTHONIOENCODING") or "ascii",
        timeout=300,
    )


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_commands_work_and_print_there(environment, tmp_path):
    changes = ENVIRONMENTS[environment]
    table = tmp_path / "Łódź.csv"  # a name that the code page cannot print
    table.write_text(TABLE, encoding="utf-8")
    for command in (
        ["run_all.py", "--list"],
        ["run_all.py", "--dry-run", "--data", "phantom", "--reports", str(tmp_path / "reports")],
        ["-m", "lib", "audit", str(table)],
        ["-m", "lib", "weights", "--help"],
    ):
        process = python(*command, **changes)
        assert (process.returncode, process.stderr) == (0, "")
        assert process.stdout
    nothing = python("-m", "lib", "verify", str(tmp_path), **changes, COLUMNS="200")
    assert (nothing.returncode, nothing.stderr) == (1, "")
    assert "results.json is missing" in nothing.stdout


@pytest.fixture
def read_only(copy_checkout: Callable[..., Path]) -> Iterator[Path]:
    """A copy of the checkout that cannot be written to."""
    root = copy_checkout()
    entries = [root, *root.rglob("*")]
    modes = {path: path.stat().st_mode for path in entries}
    for path, mode in modes.items():
        path.chmod(mode & ~0o222)
    yield root
    for path, mode in modes.items():
        path.chmod(mode)


@pytest.mark.skipif(IS_ROOT and not shutil.which("setpriv"), reason="root may write anywhere")
@pytest.mark.skipif(sys.platform == "win32", reason="a folder's mode does not stop Windows")
def test_a_checkout_that_cannot_be_written_to_is_enough_but_for_a_run(read_only, tmp_path):
    (tmp_path / "table.csv").write_text(TABLE, encoding="utf-8")
    env = {name: value for name, value in os.environ.items() if name != "LIB_RUN"}
    env["COLUMNS"] = "200"  # no sentence is broken

    def told(*arguments: str) -> tuple[int, str]:
        command = [*(WITHOUT_POWERS if IS_ROOT else ()), sys.executable, *arguments]
        process = subprocess.run(
            command,
            cwd=read_only,
            env=env,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert "Traceback" not in process.stderr
        return process.returncode, process.stdout + process.stderr

    probe = "import os, sys; sys.exit(os.access('.', os.W_OK, effective_ids=True))"
    if told("-c", probe)[0] != 0:
        pytest.skip("here nobody is kept from writing, and setpriv may not take powers away")
    assert told("run_all.py", "--list")[0] == 0
    assert told("-m", "lib", "audit", str(tmp_path / "table.csv"))[0] == 0
    assert "results.json is missing" in told("-m", "lib", "verify", str(tmp_path))[1]
    run = ("run_all.py", "kuncoro_white_blood_cells", "--data", "phantom")
    code, text = told(*run)
    assert code != 0
    assert "reports should be a folder that can be written to" in text
    code, text = told(*run, "--reports", str(tmp_path / "reports"))
    assert code == 1
    assert "Make sure that this folder may be read and written" in text


@pytest.mark.slow
def test_the_library_loads_and_writes_without_what_windows_lacks(tmp_path: Path):
    process = python("-c", LIKE_WINDOWS, str(tmp_path))
    assert process.returncode == 0, process.stderr
    assert process.stdout.split()[0] == "a"
    assert {"results.json", "run"} <= {*process.stdout.split()[1:]}
