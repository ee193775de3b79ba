"""`data show`: one page about a folder, whether a run could use it, and how it is asked for."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lib import papers, storage
from lib.__main__ import main

SLUG = "kuncoro_white_blood_cells"
NAMES = "basophil,eosinophil,lymphocyte,monocyte,neutrophil"


def _break(folder: Path, number: int) -> None:
    for count in range(number):
        (folder / "basophil" / f"broken_{count}.png").write_bytes(b"\x89PNG %d" % count)


def _shown(capsys, *arguments: object, code: int) -> list[str]:
    assert main(["data", "show", *map(str, arguments)]) == code
    return capsys.readouterr().out.splitlines()


def _under(lines: list[str], heading: str) -> list[str]:
    """The lines that stand under a heading, up to the next."""
    start = next(i for i, line in enumerate(lines) if line.startswith(f"  {heading:10}"))
    end = next((i for i, line in enumerate(lines) if i > start and line[2:12].strip()), len(lines))
    return [line[12:] for line in lines[start:end]]


# Whether a run could use it


def test_the_first_line_says_that_a_run_could_use_the_images(make_folder, capsys):
    folder = make_folder(per_class=20)
    lines = _shown(capsys, SLUG, folder, code=0)
    assert lines[0] == "A run could use these images."
    assert lines[1].startswith("  source    BCCD White Blood Cell Images")
    found = _under(lines, "found")
    assert found[0].startswith(f"{folder}: substitute, 100 images, 8 × 8 pixels, PNG 100")
    assert found[1].startswith("basophil 20, eosinophil 20")


def test_the_first_line_says_that_and_why_a_run_would_stop(make_folder, capsys):
    folder = make_folder(per_class=6)
    _break(folder, 15)
    lines = _shown(capsys, SLUG, folder, code=1)
    assert lines[0] == (
        "A run would stop here: 33 % of the image files (15 of 45) cannot be used; at most 20 % may be."
    )
    assert _under(lines, "found")[1].startswith("basophil 6, ")


def test_what_cannot_be_divided_would_stop_a_run(make_folder, capsys):
    folder = make_folder(counts={"basophil": 1, **dict.fromkeys(NAMES.split(",")[1:], 9)})
    (stop, *_) = _shown(capsys, SLUG, folder, code=1)
    assert stop.startswith("A run would stop here: ")
    assert "no basophil" in stop
    (stop, *_) = _shown(capsys, "--classes", NAMES, folder, code=1)
    assert "at least 2 images of every class; basophil has 1" in stop


@pytest.mark.parametrize("arguments", [(SLUG,), ("--classes", NAMES)])
def test_a_folder_without_the_classes_would_stop_a_run(tmp_path, capsys, arguments):
    lines = _shown(capsys, *arguments, tmp_path, code=1)
    assert lines[0].startswith(f"A run would stop here: {tmp_path} should hold images")


def test_a_set_without_one_readable_file_is_shown_all_the_same(make_folder, capsys):
    folder = make_folder(per_class=3)
    for path in folder.rglob("*.png"):
        path.write_bytes(b"no image " + path.as_posix().encode())
    lines = _shown(capsys, "--classes", NAMES, folder, code=1)
    assert "100 % of the image files (15 of 15) cannot be used" in lines[0]
    assert _under(lines, "rejected")[0].startswith("15 × not an image")


def test_a_paper_without_images_draws_them(capsys):
    lines = _shown(capsys, "kumar_breakhis", code=0)
    assert "runs draw images instead" in _under(lines, "found")[0]
    assert not any("Blood" in line for line in lines)


def test_without_a_folder_the_papers_own_is_looked_into(make_folder, capsys):
    (storage.DATA).mkdir(parents=True)
    make_folder(per_class=20).rename(storage.DATA / SLUG)
    lines = _shown(capsys, SLUG, code=0)
    assert _under(lines, "found")[0].startswith(f"{storage.DATA / SLUG}: substitute, 100 images")


# What is left out


def test_rejected_files_are_grouped_by_reason_and_the_first_are_named(make_folder, capsys):
    folder = make_folder(per_class=6)
    _break(folder, 2)
    for number in range(5):
        (folder / "monocyte" / f"note_{number}.txt").write_text("a note")
    told = _under(_shown(capsys, "--classes", NAMES, folder, code=0), "rejected")
    assert told == [
        "5 × not an image file: its name ends in '.txt'",
        *(f"  monocyte/note_{number}.txt" for number in range(3)),
        "  and 2 more",
    ]


def test_of_many_reasons_the_rest_is_summed_up(make_folder, capsys):
    folder = make_folder(per_class=6)
    for number in range(14):
        (folder / "monocyte" / f"note.t{number:02d}").write_text("a note")
    lines = _shown(capsys, "--classes", NAMES, folder, code=0)
    assert sum(line.startswith("  rejected") for line in lines) == 11
    assert any("4 × one of 4 other reasons" in line for line in lines)


def test_copies_are_counted_apart_and_harm_nothing(make_folder, capsys):
    folder = make_folder(per_class=6)
    for inner in list(folder.iterdir()):
        shutil.copytree(inner, inner / "again")
    lines = _shown(capsys, "--classes", NAMES, folder, code=0)
    assert not any(line.startswith("  rejected") for line in lines)
    told = _under(lines, "copies")
    assert told[0].startswith("30 of 60 files are byte-identical copies")
    assert told[1] == "  basophil/image_000.png = basophil/again/image_000.png"
    assert told[-1] == "  and 27 more"


# What is alike, and what tells the class


def _noise(folder: Path, sizes: dict[str, int], number: int = 12) -> Path:
    rng = np.random.default_rng(0)
    for name, side in sizes.items():
        (folder / name).mkdir(parents=True)
        for count in range(number):
            pixels = rng.integers(0, 256, (side, side, 3), np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{count:02d}.png")
    return folder


def test_near_duplicates_are_named_and_the_search_says_what_it_cannot_see(tmp_path, capsys):
    folder = _noise(tmp_path / "set", {"a": 64, "b": 64})
    nothing = _under(_shown(capsys, folder, code=0), "similar")
    assert nothing[0].startswith("no pair of near-duplicates found")
    assert "misses other rotations" in nothing[-1]
    Image.open(folder / "a" / "00.png").transpose(Image.Transpose.ROTATE_90).save(
        folder / "b" / "turned.png"
    )
    told = _under(_shown(capsys, folder, code=0), "similar")
    assert told[0].startswith("1 pair of near-duplicates found")
    assert told[1] == "  a/00.png ~ b/turned.png"


def test_what_alone_tells_the_class_is_told_with_the_facts_of_each_class(tmp_path, capsys):
    folder = _noise(tmp_path / "set", {"small": 20, "large": 30})
    told = _under(_shown(capsys, folder, code=0), "shortcuts")
    assert "always answering large is right for 0.500" in told[0]
    verdicts = {line[:18].strip(): line[18:] for line in told[1:7]}
    assert verdicts["width and height"].startswith("1.000 [")
    assert verdicts["width and height"].endswith("  better than that")
    assert verdicts["file type"] == "the same for all images"
    assert verdicts["mean colour"].endswith("not shown to be better")
    large, small = told[-2:]
    assert large.split()[:5] == ["large", "12", "30", "×", "30"]
    assert small.split()[:5] == ["small", "12", "20", "×", "20"]


def test_where_a_class_has_one_group_shortcuts_are_not_looked_for(tmp_path, capsys):
    folder = _noise(tmp_path / "set", {"a": 20, "b": 20})
    rows = [f"{name}/{count:02d}.png,{name}" for name in "ab" for count in range(12)]
    (folder / "groups.csv").write_text("\n".join(["path,group", *rows]))
    lines = _shown(capsys, folder, code=0)
    assert _under(lines, "shortcuts")[0].startswith("not looked for")
    assert any("2 groups, known from groups.csv" in line for line in lines)


# How it is asked for


def test_without_classes_the_sub_folders_are_the_classes(make_folder, capsys):
    folder = make_folder(per_class=6)
    assert _shown(capsys, folder, code=0) == _shown(capsys, "--classes", NAMES, folder, code=0)


def test_of_a_set_of_ones_own_nothing_is_expected_and_no_manifest_compared(make_folder, capsys):
    lines = _shown(capsys, make_folder(per_class=6), code=0)
    assert not any(line.startswith(("  source", "  expected", "  contents")) for line in lines)


@pytest.mark.parametrize("word", ["auto", "phantom", "kaggle"])
def test_a_folder_may_be_called_as_data_may(make_folder, monkeypatch, capsys, word):
    folder = make_folder(word, per_class=6)
    monkeypatch.chdir(folder.parent)
    assert f"{folder}: substitute, 30 images" in _shown(capsys, word, code=0)[1]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--classes", "a,b", SLUG], "--classes goes with a FOLDER alone"),
        (["--classes", "a,b", SLUG, "."], "--classes goes with a FOLDER alone"),
        (["--classes", "a", "."], "at least two different names; received a"),
        (["--classes", "a,A", "."], "at least two different names"),
        ([".", "."], "should be SLUG FOLDER"),
        ([SLUG, ".", "."], "should be SLUG FOLDER"),
        (["no_paper", "."], SLUG),
        (["nowhere"], "neither a paper nor a folder"),
    ],
)
def test_what_does_not_fit_together_is_a_usage_error(arguments, told, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["data", "show", *arguments])
    assert stopped.value.code == 2
    assert told in capsys.readouterr().err


def test_a_file_that_is_no_zip_is_an_error_in_words(tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("no images")
    assert main(["data", "show", str(tmp_path / "notes.txt")]) == 1
    assert "a folder of images or a zip file" in capsys.readouterr().err


def test_the_papers_are_named_in_the_help(capsys):
    with pytest.raises(SystemExit):
        main(["data", "show", "--help"])
    shown = capsys.readouterr().out
    assert all(slug in shown for slug in papers.slugs())
