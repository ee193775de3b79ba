"""The external test: which images count, what they come to by hand, and what they are held against."""

import csv
import shutil
from pathlib import Path

import pytest
from image_folders import write_images
from made_up_predictions import CLASSES, CONFUSION, MadeUpPredictor

from lib import papers
from lib.predict.chosen import PredictError
from lib.predict.external import ExternalTest, external_test, read_labels

PAPER = papers.load("kuncoro_white_blood_cells")
NO_RUN = Path("elsewhere/model.keras")


def result_of(folder: Path, model: Path = NO_RUN, **changes) -> ExternalTest:
    labelled, predictor = read_labels(PAPER, [folder]), MadeUpPredictor(**changes)
    answers = [answer for answer, _ in predictor.answers(list(labelled.true))]
    return external_test(labelled, answers, predictor, model)


def test_the_accuracy_and_its_difference_from_the_models_own_test_images_by_hand(tmp_path):
    """Ten basophils and ten monocytes; of the latter five are coloured like neutrophils."""
    write_images(tmp_path, CLASSES, counts={"basophil": 10, "monocyte": 5, "neutrophil": 10})
    for number in range(5):
        name = f"image_{number:03d}.png"
        (tmp_path / "neutrophil" / name).rename(tmp_path / "monocyte" / f"other_{name}")
    shutil.rmtree(tmp_path / "neutrophil")
    test = result_of(tmp_path)
    control = test.control
    assert control.accuracy.mean == pytest.approx(15 / 20)
    assert control.majority == 0.5
    assert control.on_test.mean == pytest.approx(0.8)  # eight of ten of either class
    assert control.gap.mean == pytest.approx(-0.05)
    assert control.gap.low < -0.05 < control.gap.high
    by_key = {(score.metric, score.of): score.mean for score in test.scores}
    assert by_key["recall", "monocyte"] == 0.5
    assert by_key["precision", "basophil"] == 1
    said = " ".join(test.lines())
    assert "Accuracy on these 20 images: 0.750" in said
    assert "No difference from the model's own test images is shown." in said
    assert "No image here is of the class eosinophil, lymphocyte or neutrophil." in said


def test_the_classes_are_told_as_for_a_run_and_a_folder_of_no_class_is_named(tmp_path):
    write_images(tmp_path, ["1_Basophils", "MONOCYTE", "platelet"], 2)
    labelled = read_labels(PAPER, [tmp_path])
    assert sorted(labelled.true.values()) == ["basophil"] * 2 + ["monocyte"] * 2
    ((path, reason),) = labelled.left_out
    assert path == "platelet/"
    assert "none of the classes" in reason
    assert "Left out: platelet/" in " ".join(result_of(tmp_path).remarks())


def test_a_folder_without_any_class_is_refused_with_the_names_that_would_do(tmp_path):
    write_images(tmp_path, ["cat", "dog"], 2)
    with pytest.raises(PredictError, match=r"basophil.*Names that would do"):
        read_labels(PAPER, [tmp_path])


@pytest.mark.parametrize("given", [["one.png"], ["a", "b"]])
def test_labels_need_one_folder(tmp_path, given):
    with pytest.raises(PredictError, match="should have one folder"):
        read_labels(PAPER, [tmp_path / name for name in given])


def test_copies_count_once_and_a_file_in_two_classes_never(tmp_path):
    write_images(tmp_path, CLASSES, counts={"basophil": 3, "monocyte": 2})
    shutil.copy(tmp_path / "basophil/image_000.png", tmp_path / "basophil/image_0000.png")
    shutil.copy(tmp_path / "basophil/image_001.png", tmp_path / "monocyte/image_009.png")
    labelled = read_labels(PAPER, [tmp_path])
    assert sorted(file.name for file in labelled.true) == [
        *("image_000.png", "image_000.png"),
        *("image_001.png", "image_002.png"),
    ]
    reasons = [reason for _, reason in labelled.left_out]
    assert sum("byte for byte" in reason for reason in reasons) == 1
    assert sum("two classes" in reason for reason in reasons) == 2


def test_the_runs_own_table_is_taken_where_it_is_that_of_the_model(tmp_path):
    """It tells the groups, which make the interval of the own accuracy wider."""
    write_images(tmp_path / "cells", CLASSES, 4)
    model = tmp_path / "run" / "models" / "mobilenetv2.keras"
    model.parent.mkdir(parents=True)
    without = result_of(tmp_path / "cells", model).control.on_test
    _write_predictions(model.parent.parent / "predictions.csv", groups=5)
    grouped = result_of(tmp_path / "cells", model).control.on_test
    assert grouped.mean == without.mean == pytest.approx(0.8)
    assert grouped.high - grouped.low > without.high - without.low
    _write_predictions(model.parent.parent / "predictions.csv", groups=5, seed=1)
    assert result_of(tmp_path / "cells", model).control.on_test == without


def _write_predictions(path: Path, groups: int, seed: int = 0) -> None:
    """The answers of `CONFUSION`; those of the same two classes share a group."""
    keys = ("arm", "protocol", "seed", "fold", "part", "path", "group", "true", "predicted")
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(keys)
        number = 0
        for label, cells in enumerate(CONFUSION):
            for column, images in enumerate(cells):
                for _ in range(images):
                    beside = (f"{number}.png", f"group {(label + column) % groups}")
                    names = (CLASSES[label], CLASSES[column])
                    rows.writerow(("mobilenetv2", "published", seed, 0, "test", *beside, *names))
                    number += 1


def test_images_that_the_network_cannot_tell_from_training_images_are_counted(tmp_path):
    write_images(tmp_path, CLASSES, 3)  # the first of each class has no green, so no distance
    test = result_of(tmp_path)
    assert test.known == 5
    assert "the accuracy may be too good" in " ".join(test.remarks())
    for file in tmp_path.rglob("image_000.png"):
        file.unlink()
    assert "None of these images looks to the network like" in " ".join(
        result_of(tmp_path).remarks()
    )


def test_images_that_cannot_be_read_do_not_count_and_without_any_there_is_no_test(tmp_path):
    write_images(tmp_path, ["basophil", "monocyte"], 2)
    (tmp_path / "basophil" / "broken.png").write_text("no image")
    assert len(result_of(tmp_path).rows) == 4
    for file in tmp_path.rglob("*.png"):
        file.write_text(f"no image {file}")
    with pytest.raises(PredictError, match="none of these can"):
        result_of(tmp_path)


def test_the_page_shows_scores_matrix_and_calibration(tmp_path):
    write_images(tmp_path, CLASSES, 3)
    html = result_of(tmp_path, kind="phantom").block().html
    assert html.count("<figure") == 3
    assert "Trained on synthetic images" in html
    assert "Expected calibration error" in html
    assert "15 right" in html  # the matrix in words


def test_a_record_of_more_test_images_than_any_run_has_is_refused(tmp_path):
    write_images(tmp_path, CLASSES, 1)
    confusion = [[10**12, *row[1:]] for row in CONFUSION]
    with pytest.raises(PredictError, match="at most 1,000,000 test images"):
        result_of(tmp_path, confusion=confusion)
