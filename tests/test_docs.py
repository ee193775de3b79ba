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


def fresh_clone(root: Path) -> Path | None:
    """A clone of this checkout below `root`; None where it is none of git's, or git is not there."""

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", *words], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout

    try:
        git("clone", "--quiet", "--no-hardlinks", str(ROOT), str(root / "clone"))
        changed = git("ls-files", "-z", "--modified", "--others", "--exclude-standard")
    except (OSError, subprocess.CalledProcessError):
        return None
    for name in filter(None, changed.split("\0")):
        target = root / "clone" / name
        target.unlink(missing_ok=True)
        if (ROOT / name).exists():  # else it was removed
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target, follow_symlinks=False)
    return root / "clone"


@pytest.fixture(scope="module")
def clone(copy_checkout: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh clone, with what is not committed yet; where git makes none, a copy of the checkout's own files."""
    clone = fresh_clone(tmp_path_factory.mktemp("clone")) or copy_checkout("docs", "data/reference")
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


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
@pytest.mark.parametrize(
    ("target", "starts"), [("reports", "run_all.py"), ("lab", "jupyterlab notebooks")]
)
def test_the_readmes_two_commands_set_up_and_start(clone, target, starts):
    readme = (clone / "README.md").read_text(encoding="utf-8")
    assert re.search(rf"^make {target} ", readme, re.M)
    told = subprocess.run(
        ["make", "--dry-run", target], cwd=clone, capture_output=True, text=True, check=True
    ).stdout
    assert told.index("--require-hashes -r requirements.txt") < told.index(starts)


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
