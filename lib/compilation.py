"""Compiling a model for training: optimizer, loss, precision, XLA."""

import warnings

from lib import models
from lib.backend import keras
from lib.settings import Training


def compile_model(network: keras.Model, training: Training) -> None:
    """Makes `network` ready for `fit`.

    Raises:
        ValueError: `jit_compile` is True for a model that cannot be compiled by XLA.
    """
    if keras.backend.backend() == "jax":
        # Keras marks layers that TensorFlow's XLA cannot compile; JAX compiles them like any other,
        # and without them takes every operation of a whole model by itself.
        for one in models.leaves(network):
            one.supports_jit = True
    without = sorted({one.name for one in models.leaves(network) if not one.supports_jit})
    if training.jit_compile is True and without:
        raise ValueError(
            f"`jit_compile` should be False or 'auto' for this model; XLA cannot compile "
            f"{', '.join(without)}."
        )
    optimizer = keras.optimizers.get(training.optimizer)
    optimizer.learning_rate = training.learning_rate
    if training.precision == "mixed_float16":
        # Keras does so by itself, but not for the rest that `cut` leaves, whose own policy is another.
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Model doesn't support `jit_compile=True`")
        network.compile(
            optimizer=optimizer,
            loss=training.loss,
            metrics=["accuracy"],
            jit_compile=training.jit_compile,
        )
    if training.jit_compile is True and not network.jit_compile:
        raise ValueError(
            "`jit_compile` should be False or 'auto' here: TensorFlow's deterministic operations "
            "cannot be compiled by XLA. TF_DETERMINISTIC_OPS=0 in the environment does without "
            "them; KERAS_BACKEND=jax has both."
        )
