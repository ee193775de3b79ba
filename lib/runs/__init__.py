"""One run and many: its key, its record, its folder; the batch that runs all notebooks."""

from lib.results import run_key
from lib.runs.key import key_parts
from lib.runs.parameters import check_parameters
from lib.runs.record import ENVIRONMENT, Clock, collect, kept_references, save
