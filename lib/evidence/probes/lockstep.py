"""Minimises several functions at a time with SciPy's L-BFGS-B, and evaluates them together.

Each minimisation is SciPy's own, in a thread of its own, and goes its way as if it were alone. What all
of them ask for is computed in one call, which can do with one matrix product what would take one each.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any

import numpy as np

Evaluate = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
# The number of a function, where it is asked and the future of the answer; None twice: it has ended.
Asked = SimpleQueue[tuple[int, Any, Any]]
SMALLEST_GAIN = 64 * np.finfo(float).eps  # as scikit-learn: where rounding is all that is left
LINE_SEARCH = 50  # evaluations per step at most, as scikit-learn


def minimise_all(
    evaluate: Evaluate, starts: np.ndarray, *, tolerance: float, most_steps: int
) -> np.ndarray:
    """(functions, parameters): where each function is smallest.

    Args:
        evaluate: (some,) int: which functions, ascending, and (some, parameters): where → (some,) values
            and (some, parameters) gradients.
        starts: (functions, parameters).
        tolerance: Of every slope; a function is done below it.
        most_steps: Of each function, after which it is left where it is.
    """
    from scipy.optimize import minimize

    asked: Asked = SimpleQueue()
    ends: list[Future[np.ndarray]] = [Future() for _ in starts]

    def minimise(function: int) -> None:
        def value_and_gradient(place: np.ndarray) -> tuple[float, np.ndarray]:
            answer: Future[tuple[float, np.ndarray]] = Future()
            asked.put((function, place.copy(), answer))
            return answer.result()

        options: Any = {  # a TypedDict of SciPy's stubs, which SciPy itself does not have
            "maxiter": most_steps,
            "maxls": LINE_SEARCH,
            "gtol": tolerance,
            "ftol": SMALLEST_GAIN,
        }
        try:
            minimum = minimize(
                value_and_gradient, starts[function], method="L-BFGS-B", jac=True, options=options
            )
            ends[function].set_result(minimum.x)
        except BaseException as error:
            ends[function].set_exception(error)
        finally:
            asked.put((function, None, None))

    # Daemons: an interrupted kernel does not wait for those that wait for it.
    for function in range(len(starts)):
        threading.Thread(target=minimise, args=[function], daemon=True).start()
    _answer_all(asked, evaluate, len(starts))
    return np.stack([end.result() for end in ends])


def _answer_all(asked: Asked, evaluate: Evaluate, running: int) -> None:
    """Answers what is asked once all that still run have asked, in the order of the functions."""
    while running:
        questions = sorted((asked.get() for _ in range(running)), key=lambda question: question[0])
        questions = [question for question in questions if question[1] is not None]
        running = len(questions)
        if not running:
            return
        functions, places, answers = zip(*questions, strict=True)
        try:
            values, gradients = evaluate(np.array(functions), np.stack(places))
        except Exception as error:
            for answer in answers:
                answer.set_exception(error)
            continue
        for answer, value, gradient in zip(answers, values, gradients, strict=True):
            answer.set_result((float(value), gradient))
