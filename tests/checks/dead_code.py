"""Names of the library that nothing uses, neither a module, a benchmark nor a notebook. Tests do not count.

    python tests/checks/dead_code.py

Vulture does not read notebooks: it is given their code in a file of its own.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILES = ("lib", "run_all.py", "benchmarks", "docs")


def main() -> int:
    """Vulture's exit code; it prints what it finds."""
    with tempfile.TemporaryDirectory() as folder:
        notebooks = Path(folder) / "notebooks.py"
        code = [_code(path) for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]
        notebooks.write_text("\n".join(code), encoding="utf-8")
        vulture = (sys.executable, "-m", "vulture", *FILES, str(notebooks))
        return subprocess.run(vulture, cwd=ROOT, check=False).returncode


def _code(notebook: Path) -> str:
    """The cells of code without what only IPython understands."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    lines = [
        line for cell in cells if cell["cell_type"] == "code" for line in (*cell["source"], "\n")
    ]
    return "".join(line for line in lines if not line.startswith(("%", "!")))


if __name__ == "__main__":
    sys.exit(main())
