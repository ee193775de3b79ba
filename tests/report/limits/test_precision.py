"""Few test images, few seeds, training images."""

import made_up_runs as made_up
import pytest

from lib.report.limits import precision


def test_classes_with_fewer_than_twenty_test_images_are_told_the_rarest_first():
    folds = [
        made_up.fold(test={"cat": 19, "dog": 20}),
        made_up.fold(seed=1, test={"cat": 21, "dog": 10}),
    ]
    (sentence,) = precision.few_test_images(made_up.run(folds=folds))
    assert sentence == (
        "Some classes have few test images: dog 10 and cat 19. One image moves the recall of dog by "
        "0.10."
    )


def test_folds_of_one_seed_are_tested_on_together():
    folds = [
        made_up.fold(protocol="grouped", fold=number, test={"cat": 10, "dog": 10})
        for number in range(2)
    ]
    assert list(precision.few_test_images(made_up.run(folds=folds))) == []


def test_a_wide_interval_is_told_with_its_number_of_images():
    scores = [made_up.accuracy(0.9, 0.8, 0.95), made_up.accuracy(0.9, 0.1, 1, protocol="grouped")]
    # Classes differ from seed to seed where a split is not stratified; the test set does not.
    tests = ({"cat": 15, "dog": 25}, {"cat": 25, "dog": 15})
    folds = [made_up.fold(seed=seed, test=test) for seed, test in enumerate(tests)]
    folds += [made_up.fold(protocol="grouped", seed=seed) for seed in range(2)]
    (sentence,) = precision.wide_intervals(made_up.run(scores=scores, folds=folds))
    assert sentence.startswith(
        "A test on 40 images is coarse: accuracy 0.900 [0.800, 0.950] (net)."
    )


@pytest.mark.parametrize(
    ("seeds", "words"),
    [
        ([7], "Every model was trained with one seed (7)"),
        ([0, 1], "The spread over 2 seeds, instead of 5, is a rough estimate."),
    ],
)
def test_few_seeds_are_told(seeds, words):
    settings = made_up.results().settings | {"seeds": seeds}
    (sentence,) = precision.few_seeds(made_up.run(settings=settings))
    assert sentence.startswith(words)


def test_with_one_seed_what_was_tried_of_others_is_told_and_of_whom_it_is_unknown():
    settings = made_up.results().settings | {"seeds": [7]}
    tried = [
        made_up.choice("seed of the weights", "7", 0.9, used=True),
        made_up.choice("seed of the weights", "0", 0.87),
        made_up.choice("batch size", "64", 0.5),
    ]
    run = made_up.run(settings=settings, choices=tried)
    (sentence,) = precision.few_seeds(run)
    assert "another seed that the paper leaves open gives 0.870 instead of 0.900 (net)" in sentence
    assert "unknown" not in sentence
    (sentence,) = precision.few_seeds(made_up.run(settings=settings, choices=tried[2:]))
    assert sentence.endswith("how far another would move the scores is unknown.")


def test_training_accuracy_is_held_against_that_on_test_images():
    def trained(last: float, **changes):
        """Of the last epoch 0.99, unless the trained model was shown its training images again."""
        epochs = {None: last, 2: 0.99, 1: 1.0}
        scores = [
            made_up.accuracy(mean, part="train", epoch=epoch) for epoch, mean in epochs.items()
        ]
        return made_up.run(scores=[*scores, made_up.accuracy()], **changes)

    (sentence,) = precision.training_accuracy(trained(0.96))
    assert "new ones: 0.960 beside 0.900 on test images (net, published)." in sentence
    assert list(precision.training_accuracy(trained(0.94))) == []
    silent = [made_up.learning(outcome="one answer")]
    assert list(precision.training_accuracy(trained(0.96, learning=silent))) == []


def test_without_training_images_shown_again_the_last_epoch_is_held_against_the_test():
    scores = [made_up.accuracy(mean, part="train", epoch=n) for n, mean in ((2, 0.96), (1, 0.99))]
    (sentence,) = precision.training_accuracy(made_up.run(scores=[*scores, made_up.accuracy()]))
    assert "new ones: 0.960 beside" in sentence


def test_of_a_model_that_did_not_learn_neither_interval_nor_seed_is_told():
    learning = [
        made_up.learning(protocol=protocol, outcome="one answer")
        for protocol in ("published", "grouped")
    ]
    settings = made_up.results().settings | {"seeds": [7]}
    scores = [made_up.accuracy(0.5, 0.1, 0.9)]
    run = made_up.run(learning=learning, settings=settings, scores=scores)
    assert list(precision.wide_intervals(run)) == []
    assert list(precision.few_seeds(run)) == ["Every model was trained with one seed (7)."]
