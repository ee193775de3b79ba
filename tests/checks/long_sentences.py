"""Lists the sentences of README, docs and notebooks that have more words than a reader takes in at once.

    python tests/checks/long_sentences.py [FILE...]

Exit code 1 if there are any. Code, tables, pictures and the addresses of links do not count.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOST = 30  # words
# benchmarks/README.md is written by `make benchmarks`.
PROSE = ("*.md", "docs/*.md", "[!b]*/README.md", "data/reference/README.md", "notebooks/*.ipynb")
FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
# A row of a table, a heading, a comment and a picture are no sentences; lines indented by four are code.
NO_PROSE = re.compile(r"^( *(\||#|<!--|!\[)| {4}).*$", re.MULTILINE)
CODE = re.compile(r"`[^`]*`")
LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
ITEM = re.compile(r"^ *([-*]|\d+\.) +", re.MULTILINE)
# Behind a full stop, a question mark, a colon or a semicolon, and whatever closes with it.
END = re.compile(r"(?<=[.!?:;])[)*”\"]* +(?=\S)")
ABBREVIATIONS = re.compile(r"\b(e\.g|i\.e|etc|al|cf|vs|Fig|no|p|ch|ed)\.", re.IGNORECASE)


def main(names: list[str]) -> int:
    """Prints a line per sentence that is too long: where it begins, its words, its beginning."""
    paths = [Path(name) for name in names] or [
        path for pattern in PROSE for path in sorted(ROOT.glob(pattern))
    ]
    found = [
        f"{path.relative_to(ROOT) if path.is_relative_to(ROOT) else path}: {count} words: {start} …"
        for path in paths
        if path.suffix in (".md", ".ipynb")
        for count, start in long_sentences(prose(path))
    ]
    print("\n".join(found), end="\n" * bool(found))
    return int(bool(found))


def prose(path: Path) -> str:
    """The Markdown of a file, of a notebook that of its cells of text."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        return text
    cells = json.loads(text)["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def long_sentences(markdown: str) -> Iterator[tuple[int, str]]:
    """Number of words and first words of each sentence of more than `MOST`."""
    text = LINK.sub(r"\1", CODE.sub("x", NO_PROSE.sub("", FENCE.sub("", markdown))))
    for block in re.split(r"\n\s*\n", ITEM.sub("\n\n", text)):
        for sentence in END.split(ABBREVIATIONS.sub(r"\1", " ".join(block.split()))):
            words = [word for word in sentence.split() if re.search(r"\w", word)]
            if len(words) > MOST:
                yield len(words), " ".join(words[:8])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
