"""What `make check` looks at besides the tests: quiet where all is well, else what, where and what to do.

    python tests/checks/check.py [NAME...]

Exit code 1 if a check fails. Two run at a time; the longest, of types, begins first.
"""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BIN = Path(sys.executable).parent  # of the environment, where the tools are


class Check(NamedTuple):
    """One tool: how it is called, what to do about what it finds, and whether it has something to tell anyway."""

    command: tuple[str, ...]
    mend: str
    tells: bool = False


def own(name: str) -> tuple[str, ...]:
    """A check that is a file beside this one."""
    return sys.executable, str(HERE / name)


def tool(*words: str) -> tuple[str, ...]:
    """A tool of the environment."""
    return str(BIN / words[0]), *words[1:]


CHECKS = {
    "types": Check(
        tool("mypy", "--no-error-summary"),
        "Make the types true. An ignore needs the error's code and a reason.",
    ),
    "lint": Check(
        tool("ruff", "check", "--quiet", "."),
        "`.venv/bin/ruff check --fix .` mends some; pyproject.toml says why each rule is there.",
    ),
    "format": Check(tool("ruff", "format", "--check", "."), "Run `.venv/bin/ruff format .`."),
    "dead code": Check(
        own("dead_code.py"),
        "Remove it. What only another program calls by its name belongs into [tool.vulture].",
    ),
    "imports": Check(
        tool("deptry", "--no-ansi", "."),
        "Declare what is imported in pyproject.toml, remove what is not, then `make lock`.",
    ),
    "spelling": Check(
        tool("codespell"), "Correct it, or add a word of another language to [tool.codespell]."
    ),
    "long sentences": Check(own("long_sentences.py"), "Divide them, or say less."),
    "links": Check(own("links.py"), "Correct the target, or the heading that it names."),
    "clean notebooks": Check(
        own("clean_notebooks.py"),
        "Clear all outputs in JupyterLab, or `git checkout` the notebook.",
    ),
    "licences": Check(
        own("licences.py"),
        "Read the licence. If the study may use the package, add it to [tool.pip-licenses].",
    ),
    "vulnerabilities": Check(
        own("vulnerabilities.py"),
        "Raise the version in pyproject.toml to one that mends it, then `make lock`.",
        tells=True,
    ),
}


def main(names: list[str]) -> int:
    """Runs the checks of these names, by default all."""
    chosen = {name: CHECKS[name] for name in names or CHECKS}
    with ThreadPoolExecutor(2) as pool:
        ended = zip(chosen.items(), pool.map(_run, chosen.values()), strict=True)
        return max(_told(name, check, process) for (name, check), process in ended)


def _run(check: Check) -> subprocess.CompletedProcess[str]:
    return subprocess.run(check.command, cwd=ROOT, capture_output=True, text=True, check=False)


def _told(name: str, check: Check, process: subprocess.CompletedProcess[str]) -> int:
    """Prints what there is to say of a check that has ended; 1 if it failed."""
    failed = process.returncode != 0
    said = f"{process.stdout}{process.stderr if failed else ''}".strip()
    if failed:
        print(f"{name}: failed\n{said}\n→ {check.mend}\n", flush=True)
    elif check.tells and said:
        print(f"{name}: {said}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
