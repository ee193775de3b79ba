"""The one place that imports Keras: quietly, deterministically, and with the device by name."""

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path

from lib.machine import cpu_name, gpu_name
from lib.models.not_installed import not_installed

# Set before the backend loads: no chatter on stderr, and the same result for the same input.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_DETERMINISTIC_OPS", "1")
# On processors without AVX-512 TensorFlow leaves oneDNN's convolutions out unless it is told: they train a small
# network in half the processor time there.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
_flags = os.environ.get("XLA_FLAGS", "")
if os.environ.get("KERAS_BACKEND") == "jax" and "xla_gpu_deterministic_ops" not in _flags:
    os.environ["XLA_FLAGS"] = f"{_flags} --xla_gpu_deterministic_ops=true".strip()


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Mutes file descriptor 2: TensorFlow's C++ code logs there before any setting is read."""
    sys.stderr.flush()
    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _computes_by_tensorflow() -> bool:
    """Whether Keras is going to, as it finds out itself: by its variable, or else by its file."""
    named = os.environ.get("KERAS_BACKEND")
    if not named:
        home = os.environ.get("KERAS_HOME") or os.path.expanduser("~/.keras")
        with suppress(OSError, ValueError, AttributeError):
            named = json.loads(Path(home, "keras.json").read_text(encoding="utf-8")).get("backend")
    return named in (None, "", "tensorflow")


# TensorFlow loads JAX where it is installed, for a converter that nobody here asks for: a second or two.
with _silent_stderr(), not_installed(*(["jax"] if _computes_by_tensorflow() else [])):
    import keras
    import keras.applications

    # The first look at the devices makes TensorFlow log what it found, so it belongs in here.
    # Asked for all devices: JAX raises where it is asked for GPUs and has none. OpenVINO lists none.
    _devices = () if keras.backend.backend() == "openvino" else keras.distribution.list_devices()
    GPUS = tuple(name for name in _devices if name.startswith(("gpu", "cuda")))

    # On other backends Keras loads it, and lets it log, when the first seed is set.
    with suppress(ImportError):
        import tensorflow  # noqa: F401

# After the import, which sets a level of its own: TensorFlow warns of every model's own predict
# function as if it were a mistake.
logging.getLogger("tensorflow").setLevel(logging.ERROR)


def device() -> str:
    """What Keras computes on, by its maker's name: "GPU: NVIDIA H200" or "CPU, no GPU seen: …"."""
    if GPUS:
        return f"GPU: {gpu_name() or GPUS[0]}"
    return f"CPU, no GPU seen: {cpu_name()}, {os.cpu_count()} cores"


def substrate() -> dict[str, str]:
    """What decides the last digits of a computation: backend, versions, kind of device."""
    backend = keras.backend.backend()
    return {
        "keras": keras.__version__,
        backend: version(backend),
        "device": (gpu_name() or GPUS[0]) if GPUS else "cpu",
    }
