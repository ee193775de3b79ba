"""Parsl on a cluster with Slurm: each block is a job of one node, begun when there is work for it.

    python run_all.py --profile paper --parsl my_slurm.py

Copy this file, and fill in what stands in capitals; docs/cluster.md says what the nodes must share.
"""

from parsl.addresses import address_by_hostname
from parsl.config import Config
from parsl.executors import HighThroughputExecutor
from parsl.providers import SlurmProvider

PARTITION = None  # "gpu"; None for the cluster's default
ACCOUNT = None  # who is charged
NODES = 4  # at most, at a time
GPUS = 1  # of a node; 0 for none
RUNS = 1  # side by side on a node; at most one for each GPU
PROCESSORS = 8  # of a node, for all of its runs
MEMORY = 32  # GB of a node, for all of its runs; a run needs 3 at least
TIME = "08:00:00"  # a job may take; a run that it cuts off goes on in another, after its last epoch
SET_UP = ""  # what a shell on the node must do first: "module load cuda"

config = Config(
    executors=[
        HighThroughputExecutor(
            label="slurm",
            # Where the nodes reach the machine that run_all.py runs on. If its name does not do:
            # parsl.addresses.address_by_interface("ib0").
            address=address_by_hostname(),
            max_workers_per_node=RUNS,
            cores_per_worker=PROCESSORS / RUNS,
            available_accelerators=GPUS,
            provider=SlurmProvider(
                partition=PARTITION,
                account=ACCOUNT,
                cores_per_node=PROCESSORS,
                mem_per_node=MEMORY,
                gpus_per_node=GPUS or None,
                exclusive=False,
                walltime=TIME,
                init_blocks=0,
                max_blocks=NODES,
                worker_init=SET_UP,
                cmd_timeout=60,
            ),
        )
    ],
    strategy="htex_auto_scale",  # ends a node's job when it has had nothing to do for a while
    max_idletime=300,
    retries=3,  # of a run whose node was lost, or whose job's time was up
)
