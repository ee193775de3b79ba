"""Lists the notebooks that hold what a run left in them: outputs and numbers of execution.

    python tests/checks/clean_notebooks.py [FILE...]

Exit code 1 if there are any.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main(names: list[str]) -> int:
    """Prints a line per notebook: its name, and the cells that were run."""
    paths = [Path(name) for name in names] or sorted((ROOT / "notebooks").glob("*.ipynb"))
    run = {path.name: cells for path in paths if (cells := cells_that_were_run(path))}
    for name, cells in run.items():
        print(f"{name}: {', '.join(cells)}")
    return int(bool(run))


def cells_that_were_run(path: Path) -> list[str]:
    """The ids of the cells with outputs or a number of execution."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell["id"] for cell in cells if cell.get("outputs") or cell.get("execution_count")]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
