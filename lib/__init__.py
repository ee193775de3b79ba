"""The shared library of five reproduced CNN papers. Importing it imports nothing heavy."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The checkout: notebooks/, data/ and reports/ are found from here, whatever the working folder."""
