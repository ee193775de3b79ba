"""The names of this machine's processors, without loading a framework."""

import platform
import subprocess
from pathlib import Path


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
