"""Images: found in a folder, verified, decoded once, split.

A data set on disk is a folder with one sub-folder per class, optionally below a split level
(train/val/test), optionally with a sidecar `groups.csv`. `load` turns it into an `ImageSet`;
`divide` divides that into folds.
"""

from lib.datasets.controls import ControlSet, control_folders, control_sets, scan_control
from lib.datasets.decoding import decode_whole
from lib.datasets.duplicates import Twins, near_duplicates
from lib.datasets.folder import locate, own_folder, scan
from lib.datasets.folds import ENOUGH, Fold, SplitError
from lib.datasets.images import ImageSet, colours, load, require_unchanged
from lib.datasets.lookalikes import Looks
from lib.datasets.photo import Photo, load_photo
from lib.datasets.restriction import restrict
from lib.datasets.splits import divide, split_grouped, split_official, split_published
from lib.datasets.tables import (
    control_evidence,
    evidence_rows,
    join_evidence,
    prediction_rows,
    split_table,
)
from lib.datasets.units import Units, find_units
from lib.storage import DataError
