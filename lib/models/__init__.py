"""The papers' networks in Keras: architectures, weights, pixel scaling, one build for all, what they cost.

Importing this wing loads Keras.
"""

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
)
from lib.models.preprocessing import previews
from lib.models.script import keras_listings
