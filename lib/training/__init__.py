"""Training: a frozen backbone's features once, or end to end; resumed where it was interrupted.

Importing this wing loads Keras.
"""

from lib.training.features import unaugmented
from lib.training.fit import Fit, Trainer, classify, fit
from lib.training.reruns import choices, random_labels
from lib.training.resume import TrainingError
from lib.training.train import Trained, controls, frozen, history, predictions, train_arm
