"""Images: found in a folder, verified, decoded once, split.

A data set on disk is a folder with one sub-folder a class, optionally below a split level
(train/val/test), optionally with a sidecar `groups.csv`. `load` turns it into an `ImageSet`;
`split` divides that into folds.
"""

from lib.datasets.controls import ControlSet, control_folders, control_sets
from lib.datasets.duplicates import Twins, near_duplicates
from lib.datasets.errors import DataError, SplitError
from lib.datasets.folder import Scan, contents, locate, own, scan
from lib.datasets.folds import Fold
from lib.datasets.grouping import Units, units
from lib.datasets.images import ImageSet, colours, load, survey
from lib.datasets.photo import Photo, photo
from lib.datasets.splits import (
    divide,
    grouped,
    grouped_split,
    k_fold,
    official,
    split,
)
from lib.datasets.store import decode_whole
from lib.datasets.tables import assignments, joined
