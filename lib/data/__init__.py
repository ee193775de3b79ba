"""Images: found in a folder, verified, decoded once, split.

A data set on disk is a folder with one sub-folder a class, optionally below a split level
(train/val/test), optionally with a sidecar `groups.csv`. `load` turns it into an `ImageSet`;
`split` divides that into folds.
"""

from lib.data.errors import DataError, SplitError
from lib.data.folder import Scan, contents, locate, scan
from lib.data.folds import Fold, split
from lib.data.images import ImageSet, load

__all__ = [
    "DataError",
    "Fold",
    "ImageSet",
    "Scan",
    "SplitError",
    "contents",
    "load",
    "locate",
    "scan",
    "split",
]
