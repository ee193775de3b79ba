"""What lies in a folder, in words: for a message that refuses it."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from lib.datasets.names import usable_names
from lib.datasets.walk import files_below, folders, is_image, readable
from lib.papers.declare import ClassName
from lib.words import counted

MOST_FOLDERS = 12  # that are named
MOST_SUFFIXES = 4  # of one folder that are named


def inventory(root: Path) -> str:
    """Its folders and files, with their number by suffix: "train/ (12 .jpg), 3 .csv"."""
    inner = folders(root)
    parts = [
        f"{readable(folder.name)}/ ({_by_suffix(files_below(folder))})"
        for folder in inner[:MOST_FOLDERS]
    ]
    if len(inner) > MOST_FOLDERS:
        parts.append(f"{len(inner) - MOST_FOLDERS} more folders")
    beside = [path for path in root.iterdir() if path.is_file() and not path.name.startswith(".")]
    if beside:
        parts.append(_by_suffix(beside))
    return ", ".join(parts) or "nothing"


def unread(root: Path) -> str:
    """A sentence on the files that are not read, where no file of `root` is an image by its name."""
    files = list(files_below(root))
    if not files or any(is_image(path.name) for path in files):
        return ""
    return f"No file has a name that is read as an image ({_by_suffix(files)})."


def names_that_would_do(classes: Iterable[ClassName]) -> str:
    """ "basophil: basophil, basophils, BA; monocyte: …"."""
    return "; ".join(
        f"{class_name.name}: {', '.join(usable_names(class_name))}" for class_name in classes
    )


def _by_suffix(files: Iterable[Path]) -> str:
    """ "12 .jpg, 1 .csv", the most frequent first."""
    counts = Counter(path.suffix.lower() or "without suffix" for path in files)
    most = counts.most_common(MOST_SUFFIXES)
    named = [f"{number:,} {suffix}" for suffix, number in most]
    rest = counts.total() - sum(number for _, number in most)
    return readable(", ".join([*named, counted(rest, "other file")] if rest else named)) or "empty"
