"""What can be wrong with a folder of images or with a split of it."""


class DataError(ValueError):
    """A folder cannot serve as the data set: what was expected, what was found, what to do."""


class SplitError(ValueError):
    """A split cannot be made: the class, the numbers, what to do."""
