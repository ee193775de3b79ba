"""The guides are found, and the commands of the three walk-throughs work as they stand there."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from image_folders import write_images

from lib import ROOT, papers

SLUG = "kuncoro_white_blood_cells"


def test_every_guide_can_be_found_from_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [
        path.name for path in (ROOT / "docs").glob("*.md") if f"docs/{path.name}" not in readme
    ] == []


def commands(guide: str) -> list[str]:
    """The lines of a guide's blocks that are marked `sh`: what is to be typed, in order."""
    blocks = re.findall(
        r"^```sh\n(.*?)^```", (ROOT / "docs" / guide).read_text("utf-8"), re.M | re.S
    )
    return [line for block in blocks for line in block.splitlines()]


# What the walks run is the quick profile, which here is quicker still: few small images, few epochs.
QUICK = re.compile(
    r'phantoms_per_class=50,(.*?)changes={"seeds": \(0,\), "grouped_folds": 2}', re.S
)
QUICKER = (
    r'phantoms_per_class=20,\1changes={"seeds": (0,), "grouped_folds": 2, '
    r'"image_size": 32, "epochs": 2, "variants": (), "choices": False}'
)


@pytest.fixture(scope="module")
def clone(copy_checkout: Callable[..., Path]) -> Path:
    """What a fresh clone holds, without what runs have left in this one."""
    clone = copy_checkout("docs", "data/reference")
    paper = clone / f"lib/papers/{SLUG}.py"
    declared, changed = QUICK.subn(QUICKER, paper.read_text(encoding="utf-8"))
    assert changed == 1
    paper.write_text(declared, encoding="utf-8")
    return clone


@pytest.fixture(scope="module")
def typed(clone: Path, offline_env: dict[str, str]) -> Callable[[str], None]:
    """Types the commands of a guide in the clone, with its environment active; each should end with 0."""
    env = {**offline_env, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}

    def type_all(guide: str) -> None:
        lines = commands(guide)
        assert lines
        for line in lines:
            process = subprocess.run(
                ["bash", "-c", line],
                cwd=clone,
                env=env,
                capture_output=True,
                text=True,
                timeout=900,
            )
            assert process.returncode == 0, f"{line}\n{process.stdout}{process.stderr}"

    return type_all


@pytest.fixture(scope="module")
def handed_in(clone: Path, typed: Callable[[str], None]) -> Path:
    """The zip that the student's walk-through ends with."""
    typed("student.md")
    (archive,) = clone.glob("*.zip")
    return archive


@pytest.mark.slow
def test_a_students_walk_leads_to_a_zip_and_a_teachers_from_there_to_grades(
    clone, typed, handed_in
):
    (clone / "submissions").mkdir()
    shutil.copy2(handed_in, clone / "submissions" / "Ada.zip")
    (clone / "class.csv").write_text("student\nAda\nBob\n", encoding="utf-8")
    typed("teaching.md")
    rows = (clone / "grades" / "grades.csv").read_text(encoding="utf-8").splitlines()
    assert [row.split(",")[0] for row in rows] == ["student", "Ada", "Bob"]
    assert "missing" in rows[2]


@pytest.mark.slow
def test_a_laboratorys_walk_leads_to_answers_of_its_own_model(clone, typed):
    write_images(clone / "my_images", papers.load(SLUG).class_names, 12, size=32)
    typed("lab.md")
    assert len((clone / "answers.csv").read_text(encoding="utf-8").splitlines()) == 1 + 5 * 12
    assert (clone / "test.html").is_file()
    assert (clone / "data" / "reference" / SLUG / "my_images.json").is_file()
