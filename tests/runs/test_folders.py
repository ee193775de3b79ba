"""Where a batch may write: nothing that it did not write itself is ever replaced."""

import pytest

from lib.runs.folders import (
    ARTEFACTS,
    CHECKSUMS,
    FolderError,
    changed_files,
    check_replaceable,
    check_reports,
    write_checksums,
)

SLUG = "violina_blood_cancer"


@pytest.fixture
def run_folder(tmp_path):
    folder = tmp_path / "reports" / SLUG
    folder.mkdir(parents=True)
    for name in ARTEFACTS:
        (folder / name).write_text("of a run")
    write_checksums(folder)
    return folder


def test_a_folder_as_it_was_written_has_no_changed_files(run_folder):
    assert changed_files(run_folder) == []


@pytest.mark.parametrize("name", ARTEFACTS)
def test_a_file_that_is_another_is_missing_or_a_link_is_named(run_folder, tmp_path, name):
    path = run_folder / name
    path.write_text("Of a run")
    assert changed_files(run_folder) == [name]
    path.unlink()
    assert changed_files(run_folder) == [name]
    (tmp_path / "same").write_text("of a run")
    path.symlink_to(tmp_path / "same")
    assert changed_files(run_folder) == [name]


def test_without_its_checksums_a_folder_is_not_trusted(run_folder, tmp_path):
    (run_folder / CHECKSUMS).unlink()
    assert changed_files(run_folder) == [CHECKSUMS]
    assert changed_files(tmp_path / "absent") == [CHECKSUMS]


def refusal(reports, data=()) -> str:
    with pytest.raises(FolderError) as caught:
        check_reports(reports, [SLUG], data)
    return str(caught.value)


def test_a_folder_that_is_absent_empty_or_a_run_may_be_replaced(tmp_path, run_folder):
    check_replaceable(tmp_path / "absent")
    check_replaceable(run_folder)
    (tmp_path / "empty").mkdir()
    check_replaceable(tmp_path / "empty")
    check_reports(tmp_path / "reports", [SLUG], [tmp_path / "data"])


def test_what_other_programs_put_beside_a_run_is_in_nobodys_way(run_folder):
    (run_folder / ".DS_Store").write_bytes(b"")
    (run_folder / ".ipynb_checkpoints").mkdir()
    (run_folder / ".ipynb_checkpoints" / "notebook-checkpoint.ipynb").write_text("{}")
    check_replaceable(run_folder)


@pytest.mark.parametrize("name", ["cat.png", ".hidden", "notes/mine.txt", "predictions.csv/x"])
def test_anything_else_in_it_is_in_the_way_and_named(tmp_path, name):
    path = tmp_path / "reports" / SLUG / name
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    assert repr(name.split("/")[0]) in refusal(tmp_path / "reports")
    assert path.read_text() == "mine"


def test_of_many_strangers_three_are_named_and_the_rest_counted(run_folder):
    for number in range(5):
        (run_folder / f"{number}.png").write_bytes(b"")
    assert "'0.png', '1.png', '2.png' and 2 more" in refusal(run_folder.parent)


def test_the_folder_of_a_failed_run_is_looked_at_too(tmp_path):
    path = tmp_path / "reports" / "failed" / SLUG / "mine.txt"
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    assert "'mine.txt'" in refusal(tmp_path / "reports")


def test_a_link_or_a_file_in_the_place_of_a_run_is_refused(tmp_path, run_folder):
    reports = tmp_path / "linked"
    reports.mkdir()
    (reports / SLUG).symlink_to(run_folder)
    assert "it is a link" in refusal(reports)
    (reports / SLUG).unlink()
    (reports / SLUG).write_text("mine")
    assert "it is a file" in refusal(reports)


def test_a_link_in_the_place_of_an_artefact_is_refused(tmp_path, run_folder):
    (tmp_path / "mine.csv").write_text("mine")
    (run_folder / "history.csv").unlink()
    (run_folder / "history.csv").symlink_to(tmp_path / "mine.csv")
    assert "'history.csv'" in refusal(run_folder.parent)


@pytest.mark.parametrize("place", ["data", "data/cells", "data/cells/in", "."])
def test_reports_in_above_or_in_the_place_of_images_are_refused(tmp_path, place):
    images = tmp_path / "data" / "cells"
    images.mkdir(parents=True)
    assert "lie in one another" in refusal(tmp_path / place, [images])


def test_images_behind_a_link_are_found(tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "images")
    assert "lie in one another" in refusal(tmp_path / "images" / "out", [tmp_path / "link"])


def test_the_root_and_a_file_are_no_reports_folder(tmp_path):
    assert "a folder of its own" in refusal(tmp_path.__class__("/"))
    (tmp_path / "file").write_text("")
    assert "is a file" in refusal(tmp_path / "file")
