"""What the tests of single papers share: passages of a paper's text, trees of files as archives hold them."""

from pathlib import Path

from PIL import Image

from lib.paper import Paper, Stated


def between(text: str, start: str, end: str) -> str:
    """The passage from the first `start` to the next `end`, line breaks as spaces; both must be there."""
    first = text.index(start)
    return " ".join(text[first : text.index(end, first)].split())


def stated(paper: Paper) -> set[tuple[str, str]]:
    """(arm, setting) for all that a paper states of its models; of a variant what its arm has not."""
    return {
        (arm.name, name)
        for arm in paper.every_arm
        for name, setting in arm.settings.items()
        if isinstance(setting, Stated)
        and not (arm.variant_of and setting == paper.arm(arm.variant_of).settings.get(name))
    }


def tree(root: Path, *paths: str) -> Path:
    """Writes a file at each path below `root`: a small image of its own colour, or a line of text."""
    for number, path in enumerate(paths):
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix in {".csv", ".txt", ".xml"}:
            file.write_text("neither image nor group\n")
        else:
            Image.new("RGB", (8, 8), (number % 256, number // 256, 200)).save(file)
    return root
