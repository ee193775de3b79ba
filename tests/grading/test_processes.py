"""Several submissions at once: their order is kept, and one that ends its process costs its own row alone."""

from pathlib import Path

import pytest
from made_up_work import ENDS, blas_threads, name_of

from lib.grading.processes import side_by_side


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_come_in_the_order_of_the_paths(jobs):
    paths = [Path(name) for name in "cab"]
    assert [*side_by_side(str, paths, jobs, pytest.fail)] == ["c", "a", "b"]


def test_a_process_that_ends_costs_its_own_row_alone():
    paths = [Path(name) for name in ("a", ENDS, "b", "c")]
    told = [*side_by_side(name_of, paths, 2, lambda path: f"{path}: ended")]
    assert told == ["a", f"{ENDS}: ended", "b", "c"]


def test_blas_has_one_thread_from_the_second_submission_on(monkeypatch):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    told = [*side_by_side(blas_threads, [Path(name) for name in "abcdef"], 2, pytest.fail)]
    assert told[0] == 2
    assert told.count(1) >= 4  # all but the first of either process
