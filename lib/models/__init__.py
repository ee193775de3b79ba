"""The papers' networks in Keras: architectures, weights, pixel scaling, one build for all, what they cost; kept models.

What is asked for loads Keras, but for the records of kept models.
"""

from typing import TYPE_CHECKING

from lib import names_when_asked

if TYPE_CHECKING:
    from lib.models.answers import Answerer
    from lib.models.backend import device
    from lib.models.build import (
        Backbone,
        build_model,
        build_named_network,
        describe,
        describe_all,
        layer_rows,
        leaves,
        load_backbone,
        load_backbones,
        random_changes,
        without_augmentation,
    )
    from lib.models.kept import KeptModel, load_kept, read_record, save_kept
    from lib.models.preprocessing import previews
    from lib.models.script import keras_listings

__getattr__, __dir__ = names_when_asked(__name__)
