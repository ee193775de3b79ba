"""Without --kernel a notebook runs on this Python, whatever kernels there are beside it."""

import os
import sys

from jupyter_client.kernelspec import KernelSpecManager

from lib.runs.kernel import SEARCH_PATH, this_python


def test_the_kernel_is_this_python(monkeypatch):
    monkeypatch.delenv(SEARCH_PATH, raising=False)
    with this_python() as name:
        assert KernelSpecManager().get_kernel_spec(name).argv[0] == sys.executable
    assert SEARCH_PATH not in os.environ
    assert name not in KernelSpecManager().find_kernel_specs()


def test_a_search_path_of_ones_own_is_kept(monkeypatch, tmp_path):
    monkeypatch.setenv(SEARCH_PATH, str(tmp_path))
    with this_python():
        assert os.environ[SEARCH_PATH].endswith(os.pathsep + str(tmp_path))
    assert os.environ[SEARCH_PATH] == str(tmp_path)
