"""`python -m lib`: data, verify and schema from the command line."""

import json

import pytest

from lib.__main__ import main

SLUG = "kuncoro_white_blood_cells"


def test_data_says_what_is_expected_found_and_rejected(paper, make_folder, capsys):
    folder = make_folder(per_class=6)
    (folder / "basophil" / "broken.png").write_bytes(b"\x89PNG")
    assert main(["data", SLUG, str(folder)]) == 0
    shown = capsys.readouterr().out
    assert "expected: BCCD White Blood Cell Images" in shown
    assert "substitute, 30 images (basophil 6, eosinophil 6" in shown
    assert "rejected: basophil/broken.png: " in shown


def test_data_without_images_says_that_phantoms_are_drawn(capsys):
    assert main(["data", SLUG]) == 0
    assert "runs draw phantoms" in capsys.readouterr().out


def test_data_of_a_useless_folder_is_an_error_with_exit_code_1(tmp_path, capsys):
    assert main(["data", SLUG, str(tmp_path)]) == 1
    assert "should hold images in one sub-folder a class" in capsys.readouterr().err


def test_an_unknown_paper_lists_the_known_ones(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["data", "no_paper"])
    assert stopped.value.code == 2
    assert SLUG in capsys.readouterr().err


def test_verify_of_a_folder_without_a_run_is_an_error(tmp_path, capsys):
    assert main(["verify", str(tmp_path)]) == 1
    assert "results.json" in capsys.readouterr().err


def test_schema_describes_every_field_of_the_record(capsys):
    assert main(["schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert {"slug", "data", "models", "folds", "scores", "claims", "provenance"} <= set(
        schema["required"]
    )
