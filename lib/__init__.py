"""The shared library of five reproduced CNN papers. Importing it imports nothing heavy."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The checkout: notebooks/, data/ and reports/ are found from here, whatever the working folder."""

NOT_IN_REPORT = "not-in-report"
"""Tag of the notebook cells that matter only where a notebook is opened: badges, and what fetches the library."""
