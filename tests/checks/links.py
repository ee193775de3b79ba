"""Lists the links of README, docs and the other guides that lead nowhere within the project.

    python tests/checks/links.py [FILE...]

Exit code 1 if there are any. Addresses of the web are not asked for.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GUIDES = ("*.md", "docs/*.md", "*/README.md", "data/reference/README.md")
TARGET = re.compile(r"\]\((?!https?:)([^)\s]+)\)")


def main(names: list[str]) -> int:
    """Prints a line per broken link: the guide, and where the link should lead."""
    guides = [Path(name) for name in names] or [
        path for pattern in GUIDES for path in sorted(ROOT.glob(pattern))
    ]
    broken = [(guide, target) for guide in guides for target in broken_links(guide)]
    for guide, target in broken:
        print(f"{guide.relative_to(ROOT) if guide.is_relative_to(ROOT) else guide}: {target}")
    return int(bool(broken))


def broken_links(guide: Path) -> Iterator[str]:
    """The targets in a guide that are no file, or no heading of one."""
    for target in TARGET.findall(guide.read_text(encoding="utf-8")):
        name, _, anchor = target.partition("#")
        path = (guide.parent / name) if name else guide
        if not path.exists() or (anchor and anchor not in _anchors(path)):
            yield target


def _anchors(guide: Path) -> list[str]:
    """The anchors that GitHub makes of a guide's headings."""
    headings = re.findall(r"^#+ (.+)$", guide.read_text(encoding="utf-8"), re.M)
    return [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
