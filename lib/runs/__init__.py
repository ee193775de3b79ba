"""One run and many: its key, its record, its folder; the batch that runs all notebooks."""

from lib.runs.key import key_parts, run_key
from lib.runs.record import ENVIRONMENT, Clock, collect, save
