"""Features of images that change at random: those of a fit of the whole model, whoever asks when."""

import made_up_training as made_up
import numpy as np
import pytest

TOLERANCE = 1e-5
SEED = 3


@pytest.fixture(scope="module")
def augmented():
    from lib.training import augmented

    return augmented


def changing(seed: int = SEED, **form):
    """A new model with random changes, a frozen front and a head with dropout."""
    return made_up.model(seed, before=made_up.turned_and_flipped(), dropout=0.3, **form)


def batches_of(augmented, size: int = 8, epochs: range = range(2)):
    """Batches of a new model's features, all images to train on."""
    images = made_up.image_set()
    front, rows = augmented.AugmentedFront(changing()), np.arange(made_up.NUMBER)
    return augmented.AugmentedBatches(
        front, changing(), images, images.labels, rows, size, epochs, SEED
    )


def heads(folds):
    """A new head per fold; its test images have the features of the model as it tests."""
    from lib.models import without_augmentation
    from lib.training import extract_features
    from lib.training.side_by_side import Head

    images = made_up.image_set()
    features = extract_features(without_augmentation(changing()), images)
    return [
        Head(model=changing(fold.seed), images=images, fold=fold, features=features)
        for fold in folds
    ]


@pytest.mark.slow
def test_heads_learn_what_the_whole_model_learns_end_to_end():
    """On training sets of other lengths, with a smaller last batch, dropout and seeds of their own."""
    from lib.training import Trainer
    from lib.training.side_by_side import Stack

    how = made_up.training(batch_size=8, learning_rate=0.02)
    folds = [made_up.division(seed=n, tested=10 + n, fold=n) for n in range(2)]
    fits = Stack(heads(folds), how).fit()
    for head, fit in zip(heads(folds), fits, strict=True):
        trainer = Trainer(head.model, how, head.features)
        expected = trainer.fit(head.images, head.fold)
        np.testing.assert_allclose(fit.history, expected.history, atol=TOLERANCE)
        np.testing.assert_allclose(fit.probabilities, expected.probabilities, atol=TOLERANCE)


def test_a_batch_is_the_same_whenever_it_is_asked_for(augmented):
    in_order, backwards = (batches_of(augmented) for _ in range(2))
    later = batches_of(augmented, epochs=range(1, 2))  # as a training that goes on
    features = [in_order[number][0] for number in range(10)]
    for number in reversed(range(10)):
        np.testing.assert_array_equal(backwards[number][0], features[number])
    for number in range(5):
        np.testing.assert_array_equal(later[number][0], features[5 + number])


def test_an_image_changes_from_epoch_to_epoch_and_keeps_its_target(augmented):
    made = batches_of(augmented)
    of_image = [
        made[number][0][made.rows(number) == 7] for number in range(10) if 7 in made.rows(number)
    ]
    assert len(of_image) == 2
    assert np.abs(of_image[0] - of_image[1]).max() > TOLERANCE
    for number in range(10):
        assert (made[number][1] == made.rows(number) % made_up.CLASSES).all()


def test_batches_are_computed_together_that_fill_the_passes(augmented):
    # 28 a batch: eight of them are seven passes of 32; an epoch's last batch may be smaller.
    assert augmented._filling([28] * 12) == 8
    assert augmented._filling([28, 4, 28]) == 2
    assert augmented._filling([28, 28, 1]) == 3  # 57 of 64 are more than 28 of 32
    assert augmented._filling([5]) == 1
