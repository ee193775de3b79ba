"""Images: found in a folder, verified, decoded once, split.

A data set on disk is a folder with one sub-folder a class, optionally below a split level
(train/val/test), optionally with a sidecar `groups.csv`. `load` turns it into an `ImageSet`;
`split` divides that into folds.
"""

from lib.data.colours import colours
from lib.data.controls import ControlSet, control_folders, control_sets
from lib.data.duplicates import Twins, near_duplicates
from lib.data.errors import DataError, SplitError
from lib.data.folder import Scan, contents, locate, own, scan
from lib.data.folds import Fold, assignments
from lib.data.images import ImageSet, load, survey
from lib.data.photo import Photo, photo
from lib.data.splits import divide, grouped, grouped_split, k_fold, official, split
from lib.data.store import decode_whole
from lib.data.units import Units, units

__all__ = [
    "ControlSet",
    "DataError",
    "Fold",
    "ImageSet",
    "Photo",
    "Scan",
    "SplitError",
    "Twins",
    "Units",
    "assignments",
    "colours",
    "contents",
    "control_folders",
    "control_sets",
    "decode_whole",
    "divide",
    "grouped",
    "grouped_split",
    "k_fold",
    "load",
    "locate",
    "near_duplicates",
    "official",
    "own",
    "photo",
    "scan",
    "split",
    "survey",
    "units",
]
