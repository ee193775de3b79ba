"""Training: a frozen backbone's features once, or end to end; resumed where it was interrupted.

Importing this wing loads Keras.
"""

from lib.training.attention import Heat, heat_maps
from lib.training.features import extract_features
from lib.training.fit import Fit, Trainer
from lib.training.looks import describe_looks
from lib.training.reruns import (
    train_on_fewer_images,
    train_on_shuffled_labels,
    try_open_choices,
)
from lib.training.resume import TrainingError
from lib.training.train import (
    Trained,
    control_table,
    history_table,
    prediction_table,
    train_arm,
    untouched_features,
)
