"""Runs every cell of notebooks in this Python, one after another, without a kernel: what other versions make of them.

    python -m venv ENV && ENV/bin/pip install -r tests/hosts/colab.txt
    ENV/bin/pip install -r notebooks/requirements.txt  # as the notebook's own cell does there
    ENV/bin/python tests/hosts/every_cell.py [SLUG ...]

Small: 20 drawn images per class and two epochs. Exit status 1 if a cell fails, whose traceback it prints.
"""

import sys
import tempfile
import traceback
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GIVEN = {"data": "phantom", "phantoms_per_class": 20, "epochs": 2}


def main(slugs: list[str]) -> int:
    """The number of notebooks of which a cell failed, at most 1."""
    import matplotlib
    import nbformat
    from IPython.core.interactiveshell import InteractiveShell

    matplotlib.use("agg")
    sys.path.insert(0, str(ROOT))
    failed = []
    for slug in slugs or sorted(path.stem for path in (ROOT / "lib" / "papers").glob("*_*.py")):
        shell = InteractiveShell()
        notebook = nbformat.read(ROOT / "notebooks" / f"{slug}.ipynb", 4)
        with tempfile.TemporaryDirectory() as output:
            for cell in notebook.cells:
                if cell.cell_type != "code":
                    continue
                given = (GIVEN | {"output": output}) if "parameters" in cell_tags(cell) else {}
                with redirect_stdout(StringIO()):
                    done = shell.run_cell(cell.source)
                shell.user_ns.update(given)
                if not done.success:
                    traceback.print_exception(done.error_before_exec or done.error_in_exec)
                    failed.append(slug)
                    break
        print(f"{slug}: {'failed' if slug in failed else 'every cell ran'}", flush=True)
    return int(bool(failed))


def cell_tags(cell: dict) -> list[str]:
    """The tags of a cell; none if it has none."""
    return cell["metadata"].get("tags", [])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
