"""Parsl on this machine alone, for a try: as many runs side by side as without Parsl.

`python run_all.py --parsl docs/parsl/local.py`
"""

from parsl.config import Config
from parsl.executors import HighThroughputExecutor
from parsl.providers import LocalProvider

from lib import machine
from lib.runs.pool import default_jobs

config = Config(
    executors=[
        HighThroughputExecutor(
            label="local",
            # Nobody else can reach it there. Where none is given, Parsl asks a server on the internet.
            address="127.0.0.1",
            max_workers_per_node=default_jobs(machine.processors()),
            available_accelerators=machine.gpus(),  # one for each worker
            heartbeat_period=10,  # seconds; this often it is seen whether a worker was lost
            heartbeat_threshold=60,
            provider=LocalProvider(min_blocks=1, max_blocks=1),
        )
    ],
    retries=2,  # of a run whose worker was lost
)
