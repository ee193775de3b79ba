"""Functions minimised together: each as if alone, evaluated at once, and none left waiting after a fault."""

import numpy as np
import pytest
from scipy.optimize import minimize

from lib.evidence.probes.lockstep import LINE_SEARCH, SMALLEST_GAIN, minimise_all

SCALES = np.array([[1.0, 50.0], [3.0, 0.2], [1.0, 1000.0]])  # of bowls whose lowest point is (1, 2)


def bowls(functions: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    apart, scales = places - [1, 2], SCALES[functions]
    return (scales * apart**4).sum(1), 4 * scales * apart**3


def test_each_goes_the_way_that_it_goes_alone():
    starts = np.zeros((3, 2))
    found = minimise_all(bowls, starts, tolerance=1e-4, most_steps=100)
    options = {"maxiter": 100, "maxls": LINE_SEARCH, "gtol": 1e-4, "ftol": SMALLEST_GAIN}
    for function, place in enumerate(found):

        def alone(x, function=function):
            values, slopes = bowls(np.array([function]), x[None])
            return values[0], slopes[0]

        expected = minimize(alone, starts[function], method="L-BFGS-B", jac=True, options=options)
        np.testing.assert_array_equal(place, expected.x)


def test_all_that_still_run_are_evaluated_at_once_in_their_order():
    calls = []

    def noted(functions, places):
        calls.append(functions.tolist())
        return bowls(functions, places)

    minimise_all(
        noted, np.array([[0.0, 0.0], [1.0, 2.0], [0.0, 0.0]]), tolerance=1e-4, most_steps=9
    )
    assert calls[:2] == [[0, 1, 2], [0, 2]]  # the second starts where it is lowest
    assert all(call == sorted(call) for call in calls)


def test_after_so_many_steps_it_is_left_where_it_is():
    once, twice = (
        minimise_all(bowls, np.zeros((3, 2)), tolerance=1e-9, most_steps=steps) for steps in (1, 2)
    )
    assert (once != twice).all()


def test_a_fault_in_the_evaluation_reaches_the_caller():
    def broken(functions, places):
        raise ZeroDivisionError("no value")

    with pytest.raises(ZeroDivisionError, match="no value"):
        minimise_all(broken, np.zeros((3, 2)), tolerance=1e-4, most_steps=9)
