"""Files for batch systems: a suite as an array of jobs, without any scheduler of its own."""

from __future__ import annotations

import shlex
from pathlib import Path

__all__ = ["SYSTEMS", "submit_file"]

_HTCONDOR = """\
# condor_submit {name}.sub
# Each job does its part of the suite; one that was killed is done again by submitting anew.
universe       = vanilla
executable     = /bin/bash
arguments      = "-c '{command} --shard $$(({one} + $(Process)))/{jobs}'"
initialdir     = {folder}
request_cpus   = 1
request_memory = 4GB
log            = {name}.log
output         = {name}.$(Process).out
error          = {name}.$(Process).err
max_retries    = 3
queue {jobs}
"""

_SLURM = """\
#!/bin/bash
# sbatch {name}.sh
# Each job does its part of the suite; one that was killed is done again by submitting anew.
#SBATCH --job-name={name}
#SBATCH --array=1-{jobs}
#SBATCH --cpus-per-task=1
#SBATCH --mem=4G
#SBATCH --requeue
#SBATCH --chdir={folder}
#SBATCH --output={name}.%a.out
{command} --shard "$SLURM_ARRAY_TASK_ID/{jobs}"
"""

SYSTEMS = {"htcondor": _HTCONDOR, "slurm": _SLURM}
"""Name of the batch system to its template."""


def submit_file(system: str, suite: Path, out: Path, jobs: int, folder: Path) -> str:
    """The file that one gives to the batch system.

    Args:
        system: one of :data:`SYSTEMS`.
        suite: the suite's file.
        out: folder of the suite, on a file system that all jobs see.
        jobs: number of them.
        folder: where the jobs run.
    """
    command = shlex.join(["calobench", "suite", str(suite), "--out", str(out), "--workers", "1"])
    return SYSTEMS[system].format(
        name=f"calobench-{suite.stem}", command=command, jobs=jobs, folder=folder, one=1
    )
