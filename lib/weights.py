"""Where ImageNet weights lie on this machine; looks only, and needs no Keras."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

ENVIRONMENT = "LIB_WEIGHTS"

# Architecture → Keras' own file name in its cache, and the name in an offline folder.
FILES = {
    "MobileNetV2": (
        "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5",
        "mobilenet_v2_1.0_224_notop.weights.h5",
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
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    return _existing(home / "models" / FILES[backbone][0], "Keras' cache")


def offline(backbone: str) -> WeightFile | None:
    """The file in the folder that the environment variable LIB_WEIGHTS names, if it is there."""
    folder = os.environ.get(ENVIRONMENT)
    if not folder:
        return None
    return _existing(Path(folder).expanduser() / FILES[backbone][1], f"the folder in {ENVIRONMENT}")


def fingerprint(backbone: str) -> str:
    """Hash of what a run would start from, as far as this machine's files tell; "" for random."""
    found = cached(backbone) or offline(backbone)
    return found.sha256 if found else ""


def _existing(path: Path, source: str) -> WeightFile | None:
    return WeightFile(path, source) if path.is_file() else None
