"""Records of the trained models."""

from typing import Literal

from pydantic import Field

from lib.results.record import Record

WEIGHTS = {
    "imagenet": "Keras' ImageNet weights",
    "torchvision": "torchvision's ImageNet weights",
    "random": "random weights",
}


class Weights(Record):
    declared: str = Field(description="what the paper used, in the words of `used`")
    used: Literal["imagenet", "torchvision", "random"] = Field(
        description="imagenet: Keras' own ImageNet weights; torchvision: that library's"
    )
    source: str = Field(description="where the file came from, or why there is none")
    sha256: str = Field(description='hash of the weight file, "" for random weights')


class LayerRow(Record):
    name: str
    output: str
    parameters: int


class Model(Record):
    arm: str
    variant_of: str = Field(description="the arm this is a variant of, empty for the paper's own")
    layers: list[LayerRow]
    parameters: dict[str, int] = Field(description="total, trainable, non-trainable")
    weights: Weights


class Cost(Record):
    arm: str
    parameters: int
    multiply_adds: int = Field(description="of convolutions and dense layers, for one image")
    file_bytes: int = Field(description="size of the file that holds all weights in float32")
    images_per_second: float = Field(description="through the whole model, in batches of 32")
    feature_seconds: float = Field(
        description="the frozen front over all images, once for every seed; 0 where none is frozen"
    )
    training_seconds: float = Field(description="of one fold's epochs, mean over folds")
