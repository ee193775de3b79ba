"""Figures: drawn without a display, from small tables; their captions tell what is shown."""

import numpy as np
import pytest
from bs4 import BeautifulSoup

from lib import report
from lib.evaluation import confusions


def caption(shown):
    return BeautifulSoup(shown.html, "html.parser").figcaption.get_text()


def test_samples_take_classes_of_different_sizes(record):
    pixels = record.images.samples(per_class=3)
    pixels["basophil"] = pixels["basophil"][:1]
    shown = report.samples(pixels, "Mark")
    assert caption(shown).startswith("Mark. Up to 3 images of each class")
    assert 'alt="Sample images of basophil, eosinophil' in shown.html


def test_curves_say_what_is_ours_and_where_the_papers_stands(record, paper):
    shown = report.curves(record.history, paper, "mobilenetv2", "")
    assert "mean of 2 seeds" in caption(shown)
    assert "(Table 1)" in caption(shown)


def test_curves_change_with_the_history(record, paper):
    before = report.curves(record.history, paper, "mobilenetv2", "").html
    record.history["loss"] += 0.5
    assert report.curves(record.history, paper, "mobilenetv2", "").html != before


def test_the_confusion_matrix_counts_one_run(record):
    (one,) = confusions(record.predictions, record.images.classes)
    assert np.trace(np.array(one.counts)) == 15
    assert "seed 0, 15 test images" in caption(report.confusion(one, record.images.classes, ""))


def test_a_class_without_test_images_does_not_break_the_shares(record):
    (one,) = confusions(record.predictions, record.images.classes)
    empty = one.model_copy(update={"counts": [[0] * 5, *one.counts[1:]]})
    assert "12 test images" in caption(report.confusion(empty, record.images.classes, ""))


@pytest.mark.filterwarnings("error")
def test_accuracy_by_seed_shows_the_papers_own_interval(record, paper):
    scores = record.collect().scores
    shown = report.accuracy_by_seed(scores, paper, "mobilenetv2", [0, 1], "")
    assert "620 test images" in caption(shown)
