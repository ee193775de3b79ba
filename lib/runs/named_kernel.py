"""The kernel that --kernel names: whether it can run a notebook is asked of its own Python, before any run."""

import json
import os
import subprocess
from collections.abc import Sequence
from difflib import get_close_matches

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager

from lib import ROOT
from lib.machine import backend_name
from lib.runs.arguments import UsageError

PATIENCE = 60  # seconds for a Python to start: on a cold network disk it takes many
OLDEST_PYTHON = (3, 11)
# Run by the kernel's Python: it looks for packages without loading them. `lib` is found from ROOT, where
# kernels work.
QUESTION = """
import json, sys
from importlib.util import find_spec
missing = [name for name in sys.argv[1:] if find_spec(name) is None]
print(json.dumps([list(sys.version_info[:2]), sys.executable, missing]))
"""
# A few that stand for all; whoever lacks one lacks the environment of this project.
PACKAGES = ("lib", "keras", "pandas", "sklearn", "cv2", "imagehash", "matplotlib", "pydantic")


def require_kernel(name: str) -> None:
    """Whether notebooks can run on the Jupyter kernel of this name.

    Raises:
        UsageError: There is none, it does not start, or its Python lacks what a notebook imports.
    """
    specs = KernelSpecManager().find_kernel_specs()
    if name not in specs:
        near = get_close_matches(name, specs, n=1)
        meant = f". Did you mean {near[0]}?" if near else ""
        raise UsageError(
            f"--kernel should be one of {', '.join(sorted(specs)) or 'none: there is no kernel'}; received "
            f"{name}{meant}"
        )
    spec = KernelSpecManager().get_kernel_spec(name)
    if spec.language.lower() != "python":
        raise UsageError(f"--kernel should be a Python kernel; {name} runs {spec.language}.")
    if "-m" in spec.argv:  # else it is started by a program that cannot be asked
        backend = spec.env.get("KERAS_BACKEND", backend_name())
        _require_packages(name, spec, (*PACKAGES, backend))


def _require_packages(name: str, spec: KernelSpec, packages: Sequence[str]) -> None:
    command = spec.argv[: spec.argv.index("-m")]
    try:
        answer = subprocess.run(
            [*command, "-c", QUESTION, *packages],
            cwd=ROOT,
            env={**os.environ, **spec.env},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
        ).stdout
        version, python, missing = json.loads(answer)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        said = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
        raise UsageError(
            f"--kernel {name} starts {command[0]}, which does not answer: {said[-1] if said else error}. "
            f"Remove it (`jupyter kernelspec remove {name}`) or install it anew, or leave --kernel out: "
            f"this Python is then used."
        ) from error
    if tuple(version) < OLDEST_PYTHON:
        raise UsageError(
            f"--kernel {name} should be Python {'.'.join(map(str, OLDEST_PYTHON))} or newer; it is "
            f"{'.'.join(map(str, version))} ({python}). Leave --kernel out, or name another."
        )
    if missing:
        raise UsageError(
            f"--kernel {name} should have what the notebooks import; its Python ({python}) lacks "
            f"{', '.join(missing)}. Install it there (`{python} -m pip install -r "
            f"{ROOT / 'requirements.txt'}`), or leave --kernel out: this Python is then used."
        )
