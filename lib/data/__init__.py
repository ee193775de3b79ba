"""Images: found in a folder, verified, decoded once, split.

A data set on disk is a folder with one sub-folder a class, optionally below a split level
(train/val/test), optionally with a sidecar `groups.csv`. `load` turns it into an `ImageSet`;
`split` divides that into folds.
"""

from lib.data.errors import DataError, SplitError
from lib.data.images import ImageSet, load
from lib.data.scan import Scan, locate, scan
from lib.data.split import Fold, split

__all__ = [
    "DataError",
    "Fold",
    "ImageSet",
    "Scan",
    "SplitError",
    "load",
    "locate",
    "scan",
    "split",
]
