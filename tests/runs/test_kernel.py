"""Without --kernel a notebook runs on this Python, whatever kernels there are beside it."""

import sys

from jupyter_client.kernelspec import KernelSpecManager

from lib.runs.kernel import THIS_PYTHON, _ThisPython


def test_the_kernel_is_this_python():
    assert _ThisPython().get_kernel_spec(THIS_PYTHON).argv[0] == sys.executable
    assert THIS_PYTHON not in KernelSpecManager().find_kernel_specs()


def test_other_kernels_are_known_as_ever():
    for name in KernelSpecManager().find_kernel_specs():
        assert (
            _ThisPython().get_kernel_spec(name).argv
            == KernelSpecManager().get_kernel_spec(name).argv
        )
