"""What was run is not what the paper ran."""

from dataclasses import replace

import made_up_paper
import made_up_runs as made_up
import pytest

from lib.papers.declare import Assumed
from lib.report.facts import Run
from lib.report.limits import setup
from lib.results import OwnClasses
from lib.settings import HARMLESS


@pytest.mark.parametrize(
    ("kind", "start"),
    [
        ("phantom", "All 200 images (the paper states 200) are drawn by a program"),
        ("substitute", "The 200 images of folder (the paper states 200) are real, but not proven"),
    ],
)
def test_images_that_are_not_the_papers(kind, start):
    (sentence,) = setup.image_kind(made_up.run(data=made_up.data(kind=kind)))
    assert sentence.startswith(start)
    dataset = replace(made_up.paper().dataset, total=Assumed("200", "a guess of ours"))
    (sentence,) = setup.image_kind(made_up.run({"dataset": dataset}, data=made_up.data(kind=kind)))
    assert "the paper states" not in sentence


def test_stand_ins_are_named_with_their_number():
    (sentence,) = setup.stand_ins(
        made_up.run(data=made_up.data(stand_ins={"dog": ["fox", "wolf"]}))
    )
    assert sentence.startswith(
        "Images of another class stand in: fox and wolf for dog (100 images)."
    )


def test_beside_stand_ins_stands_the_accuracy_without_them_of_what_learnt():
    own = [
        OwnClasses(
            arm=arm, protocol=protocol, images=80, accuracy=made_up.accuracy(0.95, 0.9, 0.98)
        )
        for arm in ("net", "other")
        for protocol in ("published", "grouped")
    ]
    learning = [
        made_up.learning(arm, outcome=outcome)
        for arm, outcome in (("net", "learnt"), ("other", "one answer"))
    ]
    run = made_up.run(
        data=made_up.data(stand_ins={"dog": ["fox"]}), own_classes=own, learning=learning
    )
    (sentence,) = setup.stand_ins(run)
    assert sentence.endswith("the accuracy is 0.950 [0.900, 0.980] (net).")


def test_models_with_other_weights_are_named_together():
    used = [("a", "random"), ("b", "imagenet"), ("c", "random"), ("d", "torchvision")]
    models = [made_up_paper.model(name, used=start) for name, start in used]
    sentences = list(setup.other_weights(made_up.run(models=models)))
    assert [sentence.split(":")[0] for sentence in sentences] == [
        "a and c started from random weights instead of Keras' ImageNet weights",
        "d started from torchvision's ImageNet weights instead of Keras' ImageNet weights",
    ]


def test_a_changed_setting_is_told_with_both_values():
    training = {"net": made_up.TRAINING | {"epochs": 2, "precision": "mixed_float16"}}
    settings = made_up.results().settings | {"training": training, "test_share": 0.5}
    run = made_up.run(settings=settings, changed=["test_share", "epochs", "precision", *HARMLESS])
    (sentence,) = setup.changed_settings(run)
    assert sentence.startswith(
        "This run departs from the paper's recipe (profile paper): test share 0.5 instead of 0.2; epochs "
        "2 instead of 3; precision mixed_float16 instead of float32."
    )


def test_images_drawn_from_a_larger_set_are_a_changed_setting():
    settings = made_up.results().settings | {"images_per_class": 100}
    (sentence,) = setup.changed_settings(
        made_up.run(settings=settings, changed=["images_per_class"])
    )
    assert "images per class 100 instead of all of the folder." in sentence


def test_arms_that_differ_in_what_was_changed_are_named():
    training = {"a": made_up.TRAINING | {"epochs": 2}, "b": made_up.TRAINING}
    results = made_up.results("a", "b", changed=["epochs"])
    results = results.model_copy(update={"settings": results.settings | {"training": training}})
    (sentence,) = setup.changed_settings(Run(paper=made_up.paper("a", "b"), results=results))
    assert "paper): epochs 2 instead of 3 (a)." in sentence


def test_changes_that_leave_numbers_comparable_are_no_limitation():
    assert list(setup.changed_settings(made_up.run(changed=list(HARMLESS)))) == []


def test_numbers_without_a_verdict_are_counted():
    names = ("not comparable", "inconclusive", "not comparable", "reproduced")
    claims = [made_up_paper.result(verdict=name) for name in names]
    (sentence,) = setup.open_claims(made_up.run(claims=claims))
    assert sentence == "Of 4 printed numbers, 1 is inconclusive."
    assert list(setup.open_claims(made_up.run(claims=claims[:1]))) == []


def test_the_machine_is_named():
    assert list(setup.one_machine(made_up.run())) == [made_up.DEVICE]


BORROWED = "kumar_breakhis/mobilenetv3"  # 15 epochs, batches of 28 at 224 pixels, Adam at 0.001


def _with_borrowed(*arms: str, **training) -> Run:
    """A borrowed arm as its own paper declares it, but for `training`; "net" as in all made-up runs."""
    declared = {"image_size": 224, "pixel_scaling": "[0, 255]", "batch_size": 28, "epochs": 15}
    sigmoid = {"loss": "binary_crossentropy"}  # two classes
    results = made_up.results(*arms, BORROWED, changed=["epochs"])
    settings = results.settings["training"] | {
        BORROWED: made_up.TRAINING | declared | sigmoid | training
    }
    update = {"settings": results.settings | {"training": settings}}
    return Run(paper=made_up.paper(), results=results.model_copy(update=update))


def test_whose_recipe_a_borrowed_arm_has_is_said_with_what_was_changed_of_it():
    (sentence,) = setup.borrowed_arms(_with_borrowed("net"))
    assert sentence.startswith(
        f"{BORROWED} was trained by the recipe of Kumar, Reddy and Reddy, made for other images: "
    )
    (sentence,) = setup.borrowed_arms(_with_borrowed("net", epochs=3, image_size=64))
    assert "(here image size 64 instead of 224, epochs 3 instead of 15)" in sentence
    assert list(setup.borrowed_arms(made_up.run())) == []


def test_the_papers_recipe_is_not_changed_by_what_is_changed_of_a_borrowed_arm():
    assert list(setup.changed_settings(_with_borrowed(epochs=3))) == []
