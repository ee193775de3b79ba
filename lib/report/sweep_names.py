"""How a sweep's values and models are written on its page."""

from collections.abc import Mapping
from typing import Any

ARMS = "arms"  # the parameter that chooses the models


def value_text(value: Any) -> str:
    """A parameter's value as it is read: "0.001", "adam", "vgg16, resnet50"."""
    return ", ".join(map(value_text, value)) if isinstance(value, list) else str(value)


def point_text(point: Mapping[str, Any]) -> str:
    """ "epochs=2, learning_rate=0.001"."""
    return ", ".join(f"{name}={value_text(value)}" for name, value in point.items())


def full_arm_name(slug: str, arm: str) -> str:
    """The arm with the paper whose recipe it has, on whatever images: "kumar_breakhis/vgg16".

    Args:
        slug: Of the paper on whose images it was trained.
        arm: As that run calls it.
    """
    return arm if "/" in arm else f"{slug}/{arm}"
