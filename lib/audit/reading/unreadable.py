"""What a reader says when it cannot read: what was expected, what came, and what to do."""


class Unreadable(ValueError):
    """A text that cannot be read as numbers of a study.

    Args:
        expected: What should stand there ("a support should be a whole number of images").
        received: What stands there.
        advice: What to do about it.
        line: Where, counted from 1; None for the whole text.
    """

    def __init__(self, expected: str, received: str, advice: str, line: int | None = None):
        self.line = line
        place = f"line {line}: " if line else ""
        super().__init__(f"{place}{expected}; received {received}; {advice}.")
