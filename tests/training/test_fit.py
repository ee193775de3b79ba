"""Compiling for training: the optimizer and its rate, the loss, half precision, XLA where it may."""

import warnings

import made_up_training as made_up
import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def compile_model():
    from lib.training.fit import compile_model

    return compile_model


@pytest.mark.parametrize(
    ("name", "kind"), [("adam", "Adam"), ("sgd", "SGD"), ("rmsprop", "RMSprop")]
)
def test_the_optimizer_is_the_one_asked_for_at_its_learning_rate(compile_model, keras, name, kind):
    model = made_up.model()
    compile_model(model, made_up.training(optimizer=name, learning_rate=0.25))
    assert type(model.optimizer) is getattr(keras.optimizers, kind)
    assert float(model.optimizer.learning_rate) == 0.25


@pytest.mark.parametrize("loss", ["categorical_crossentropy", "binary_crossentropy"])
def test_the_loss_is_the_one_asked_for(compile_model, loss):
    model = made_up.model()
    compile_model(model, made_up.training(loss=loss))
    assert model.loss == loss


def test_two_models_do_not_share_an_optimizer(compile_model):
    one, other = made_up.model(), made_up.model()
    for model in (one, other):
        compile_model(model, made_up.training())
    assert one.optimizer is not other.optimizer


def test_float16_scales_the_loss_on_cached_features_too(compile_model, training, keras):
    from lib.training.features import split_frozen_front

    for network in (made_up.model(), split_frozen_front(made_up.model())[1]):
        compile_model(network, made_up.training(precision="mixed_float16"))
        assert isinstance(network.optimizer, keras.optimizers.LossScaleOptimizer)
        assert isinstance(network.optimizer.inner_optimizer, keras.optimizers.Adam)
        assert float(network.optimizer.learning_rate) == pytest.approx(0.001)


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
def test_no_other_precision_needs_a_scaled_loss(compile_model, keras, precision):
    model = made_up.model()
    compile_model(model, made_up.training(precision=precision))
    assert type(model.optimizer) is keras.optimizers.Adam


@pytest.mark.parametrize("jit", [False, "auto"])
def test_without_xla_nothing_is_refused_and_nothing_said(compile_model, jit):
    model = made_up.model(before=made_up.turned_and_flipped())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compile_model(model, made_up.training(jit_compile=jit))
    assert model.jit_compile is False  # a rotation has no form for TensorFlow's XLA


def test_the_layers_that_xla_cannot_compile_are_named(compile_model, keras):
    layers = keras.layers
    before = [layers.RandomZoom(0.1, name="zoom"), layers.RandomRotation(0.1, name="a_turn")]
    with pytest.raises(
        ValueError, match=r"should be False or 'auto' .* cannot compile a_turn, zoom"
    ):
        compile_model(made_up.model(before=before), made_up.training(jit_compile=True))


def test_a_refusal_says_nothing_but_its_message(compile_model):
    """Keras warns, and goes on without XLA; that is told as an error instead."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match="TF_DETERMINISTIC_OPS=0"):
            compile_model(made_up.model(), made_up.training(jit_compile=True))


def test_on_jax_no_layer_keeps_xla_away(compile_model, keras, monkeypatch):
    """JAX itself is tested in test_backends.py; this is the way there."""
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    turn = keras.layers.RandomRotation(0.1)
    assert not turn.supports_jit
    model = made_up.model(before=[turn])
    with pytest.raises(ValueError, match="TF_DETERMINISTIC_OPS=0"):  # this is TensorFlow still
        compile_model(model, made_up.training(jit_compile=True))
    assert turn.supports_jit
