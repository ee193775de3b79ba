"""The classifiers behind the probes: simple, deterministic, without a choice that is tuned to a set.

Each is fitted to all folds at once, since the folds share their images.
"""

from collections.abc import Callable, Sequence

import numpy as np

from lib.evidence.probes.logistic import logistic as logistic

Classifier = Callable[[np.ndarray], np.ndarray]  # (images, numbers) → (images,) int labels
