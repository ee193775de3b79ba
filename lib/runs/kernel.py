"""The kernel that notebooks run on where none is asked for: this Python, whatever a notebook's metadata say."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ipykernel.kernelspec import write_kernel_spec

THIS_PYTHON = "this-python"
SEARCH_PATH = (
    "JUPYTER_PATH"  # environment variable: folders in which Jupyter looks for kernels first
)


@contextmanager
def this_python() -> Iterator[str]:
    """The name of a kernel that is this Python, known to Jupyter inside the block alone.

    "python3" would not do: a kernel of that name in the user's own folder may be another environment's.
    """
    before = os.environ.get(SEARCH_PATH)
    with tempfile.TemporaryDirectory(prefix="kernel-") as folder:
        write_kernel_spec(str(Path(folder) / "kernels" / THIS_PYTHON))
        os.environ[SEARCH_PATH] = os.pathsep.join([folder, before] if before else [folder])
        try:
            yield THIS_PYTHON
        finally:
            if before is None:
                del os.environ[SEARCH_PATH]
            else:
                os.environ[SEARCH_PATH] = before
