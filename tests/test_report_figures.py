"""Figures: drawn without a display, from small tables; their captions tell what is shown."""

import base64
import io

import numpy as np
import pytest
from bs4 import BeautifulSoup
from PIL import Image

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


def pair(first, second):
    return np.stack([np.full((300, 300, 3), value, np.uint8) for value in (first, second)])


def picture(shown):
    """The pixels of the embedded figure."""
    source = BeautifulSoup(shown.html, "html.parser").img["src"]
    with Image.open(io.BytesIO(base64.b64decode(source.split(",")[1]))) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def test_twins_stand_one_above_the_other_in_the_order_given():
    pixels = picture(report.twins([("0 bits", pair(0, 60)), ("9 bits", pair(120, 180))], ""))
    height, width, _ = pixels.shape
    quarters = [
        pixels[int(height * y), int(width * x), 0] for x in (0.25, 0.75) for y in (0.35, 0.8)
    ]
    assert quarters == [0, 60, 120, 180]


def test_twins_are_told_in_words_too():
    shown = report.twins([("7 bits", pair(0, 60))], "Mark")
    text = caption(shown)
    assert text.startswith("Mark. Pairs of images that show the same picture")
    assert "bits in which their hashes differ" in text
    assert BeautifulSoup(shown.html, "html.parser").img["alt"].startswith("Pairs of images")


def test_the_bits_stand_above_each_pair():
    one, other = (report.twins([(title, pair(0, 60))], "").html for title in ("7 bits", "8 bits"))
    assert one != other


def test_a_single_pair_and_eight_of_them_are_drawn():
    widths = [picture(report.twins([("1 bit", pair(0, 1))] * n, "")).shape[1] for n in (1, 8)]
    assert widths[1] > 5 * widths[0]


def test_without_twins_there_is_no_figure():
    assert report.twins([], "Mark").html == ""


def test_curves_say_what_is_ours_and_where_the_papers_stands(record, paper):
    shown = report.curves(record.history, paper, "mobilenetv2", "")
    assert "mean of 2 seeds" in caption(shown)
    assert "(Table 1)" in caption(shown)


def test_curves_change_with_the_history(record, paper):
    before = report.curves(record.history, paper, "mobilenetv2", "").html
    record.history["loss"] += 0.5
    assert report.curves(record.history, paper, "mobilenetv2", "").html != before


def test_curves_are_those_of_the_arm_asked_for(with_variant, paper):
    history = with_variant.history
    both = report.curves(history, paper, "mobilenetv2", "").html
    alone = history[history["arm"] == "mobilenetv2"]
    assert report.curves(alone, paper, "mobilenetv2", "").html == both
    assert report.curves(history, paper, "mobilenetv2-native", "").html != both


def test_a_variant_has_curves_without_the_papers(with_variant, paper):
    shown = report.curves(with_variant.history, paper, "mobilenetv2-native", "")
    assert "mean of 2 seeds" in caption(shown)
    assert "(Table 1)" not in caption(shown)


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


def test_accuracy_by_seed_is_that_of_the_arm_asked_for(with_variant, paper):
    scores = with_variant.collect().scores
    one, other = (
        report.accuracy_by_seed(scores, paper, arm, [0, 1], "").html
        for arm in ("mobilenetv2", "mobilenetv2-native")
    )
    alone = [score for score in scores if score.arm == "mobilenetv2"]
    assert report.accuracy_by_seed(alone, paper, "mobilenetv2", [0, 1], "").html == one
    assert other != one
