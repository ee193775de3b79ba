"""The model: layers beside the printed ones, random changes, costs."""

import made_up_paper as made_up
import numpy as np
import pytest
from report_html import (
    alts,
    arm_headings,
    caption,
    cells,
    columns,
    figures_of,
    grey_images,
    greys,
    page,
    row_of,
)

from lib import papers, report
from lib.papers.declare import Assumed, Brightness, Flip, Layer, Rotation, Stated
from lib.results import Cost, LayerRow, Model, Results
from lib.settings import resolve

MARKS = {"": "Of all arms", "mobilenetv2": "Synthetic images"}


def test_layers_are_compared_with_the_papers(paper, record):
    layers = [LayerRow(name="dense_1", output="(None, 5)", parameters=645)]
    model = Model(
        arm="mobilenetv2",
        variant_of="",
        layers=layers,
        parameters={"total": 2422597, "non-trainable": 2257984},
        weights=record.models[0].weights,
    )
    shown = report.layer_table(paper, [model], MARKS)
    assert row_of(shown, "dense_1") == ["dense_1", "(None, 5)", "(None, 5)", "643", "645", "no"]
    assert row_of(shown, "non-trainable parameters")[3:] == ["2257984", "2257984", "yes"]
    assert "Backbone: random weights (none)." in shown.html
    assert "beside Fig. 5." in shown.html


def test_layers_are_those_of_the_papers_arms_each_with_its_mark_and_weights():
    printed = (Layer(name="dense", output="(None, 2)", parameters="1,026"),)
    arms = made_up.arm("a", layers=printed, layers_where="Fig. 5"), made_up.arm("b")
    claims = [made_up.claim("parameters", "9.999", of="total", unit="count", part="", arm="b")]
    layers = [LayerRow(name="dense", output="(None, 2)", parameters=1026)]
    models = [
        made_up.model("a", layers=layers),
        made_up.model("b", used="torchvision", layers=layers, parameters={"total": 9999}),
        made_up.model("b-native", variant_of="b", layers=layers),
    ]
    marks = {"": "all", "a": "", "b": "other weights", "b-native": "other weights"}
    shown = report.layer_table(made_up.paper(*arms, claims=claims), models, marks)
    assert arm_headings(shown) == ["a", "b"]
    (first,) = figures_of(shown)
    assert cells(first)[0] == ["dense", "(None, 2)", "(None, 2)", "1,026", "1026", "yes"]
    assert first.caption.get_text() == (
        "The layers beside Fig. 5. Backbone: Keras' ImageNet weights (a file)."
    )
    # Where the paper prints no table, nothing stands beside ours: Keras' summary lists the layers.
    assert page(shown).p.get_text() == (
        "other weights. Parameters: 9,999 total. Backbone: torchvision's ImageNet weights (a file)."
    )


# Augmentation

TURN, MIRROR = Rotation(0.1, "nearest"), Flip("horizontal_and_vertical")


def previews(*changes) -> dict[str, np.ndarray]:
    return {str(change): grey_images(3) + 100 for change in changes}


def augmentation(*changes, setting=Stated, made=True, **shown):
    arm = made_up.arm("cnn", augmentation=setting(changes, "Table 2"))
    settings = resolve(papers.load("violina_blood_cancer"), augmentation=made)
    return report.augmentation_figure(
        arm, settings, grey_images(1)[0] + 50, previews(*changes) | shown, made_up.data()
    )


def test_each_random_change_is_told_in_words_with_its_place():
    assert page(augmentation(TURN, MIRROR)).p.get_text() == (
        "Random changes to the training images of cnn: turned by up to ± 36°, corners filled by "
        "nearest; mirrored at random, horizontal and vertical (Table 2)."
    )


def test_an_assumed_augmentation_gives_its_reason():
    assert page(augmentation(TURN, setting=Assumed)).p.get_text().endswith("nearest (Table 2).")


def test_the_original_stands_in_front_of_what_each_change_makes_of_it(figures):
    shown = augmentation(TURN, MIRROR, both=grey_images(3) + 200)
    assert greys(figures[0]) == [50, 100, 110, 120] * 2 + [50, 200, 210, 220]
    titles = [axis.texts[0].get_text() for axis in figures[0].axes[1::4]]
    assert titles == [str(TURN), str(MIRROR), "both"]
    assert {axis.get_title() for axis in figures[0].axes[::4]} == {"original"}
    assert caption(shown).startswith(
        "Substitute images. One training image and random draws of each change"
    )
    assert alts(shown) == [f"Augmentation: {TURN}, {MIRROR}, both"]


@pytest.mark.parametrize("changes", [(TURN,), (TURN, MIRROR, Brightness(0.2))])
def test_the_names_of_changes_are_whole_and_leave_the_images_where_they_are(figures, changes):
    augmentation(*changes)
    (figure,) = figures
    assert made_up.cut_off(figure) == []
    above = [text for axis in figure.axes for text in (axis.title, *axis.texts)]
    assert made_up.overlapping(made_up.boxes(figure, above)) == 0
    steps = np.diff([axis.bbox.x0 for axis in figure.axes[:4]])
    assert steps.max() - steps.min() < 2  # pixels


def test_a_run_without_augmentation_says_so_where_the_changes_are_shown(figures):
    shown = augmentation(TURN, made=False)
    assert " of cnn, left out in this run: turned by" in page(shown).p.get_text()
    assert caption(shown).endswith("change; this run makes none.")


def test_an_arm_without_random_changes_has_no_figure(figures):
    shown = augmentation()
    assert "of cnn: none (Table 2)." in shown.html
    assert figures == []
    assert alts(shown) == []


# Costs


def test_costs_are_told_in_readable_units(with_variant):
    shown = report.cost_table(with_variant.collect())
    assert cells(shown) == [
        ["mobilenetv2", "1,234,567", "300", "9.4", "1,042.5", "3.25", "0.75"],
        ["mobilenetv2-native", "2,469,134", "600", "18.8", "2,085.0", "6.50", "1.50"],
    ]
    assert columns(shown)[0] == "Model"
    units = ["", "", "(M)", "(MB)", "Images/s", "(s)", "(s)"]
    assert all(unit in name for unit, name in zip(units, columns(shown), strict=True))
    text = page(shown).caption.get_text()
    assert "millions per image" in text
    assert "the frozen part over all images, once. Training: the epochs" in text
    assert "the epochs of one fold" in text


def test_an_arm_without_a_frozen_part_has_no_time_for_features():
    cost = Cost(
        arm="cnn",
        parameters=999,
        multiply_adds=1_499_999,
        file_bytes=49_999,
        images_per_second=0.1,
        feature_seconds=0,
        training_seconds=4000.5,
    )
    results = Results.model_construct(costs=[cost], data=made_up.data(), models=[])
    assert cells(report.cost_table(results)) == [["cnn", "999", "1", "0.0", "0.1", "4,000.50"]]
    assert "Features (s)" not in columns(report.cost_table(results))


def test_a_speed_that_was_not_measured_is_a_dash_and_the_caption_says_why(with_variant):
    record = with_variant.collect()
    first, second = record.costs
    costs = [first.model_copy(update={"images_per_second": None}), second]
    shown = report.cost_table(record.model_copy(update={"costs": costs}))
    assert [row[4] for row in cells(shown)] == ["–", "2,085.0"]
    assert "other programs held the processors" in page(shown).caption.get_text()
