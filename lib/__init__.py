"""The shared library of five reproduced CNN papers. Importing it imports nothing heavy."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The checkout: notebooks/, data/ and reports/ are found from here, whatever the working folder."""

NOT_IN_REPORT = "not-in-report"
"""Tag of the notebook cells that matter only where a notebook is opened: badges, and what fetches the library."""


class PlainError:
    """An error that is the user's to mend: a notebook shows its sentence alone, without the traceback."""

    def _render_traceback_(self) -> list[str]:
        """IPython's hook."""
        return [f"{type(self).__name__}: {self}"]
