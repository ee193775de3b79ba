"""Without --kernel a notebook runs on this Python, whatever kernels there are beside it; times are noted in order."""

import sys
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from jupyter_client.kernelspec import KernelSpecManager

from lib.runs import kernel
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


def test_a_clock_that_is_set_turns_no_time_of_the_run_back(monkeypatch):
    start, day, seconds = datetime(2026, 1, 1, 10, tzinfo=UTC), timedelta(days=1), [0, 5, 10, 15]
    told = iter([start + timedelta(seconds=5), start - day, start + day])
    monkeypatch.setattr(kernel, "datetime", SimpleNamespace(now=lambda _: next(told)))
    monkeypatch.setattr(kernel, "time", SimpleNamespace(monotonic=iter(seconds).__next__))
    now = kernel._not_set_back(start)
    passed = [timedelta(seconds=5), timedelta(seconds=10), day]  # set back, then set forth
    assert [now() - start for _ in passed] == passed
