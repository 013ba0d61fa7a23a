"""Files for batch systems: shards as an array of jobs, without any scheduler of ours."""

from __future__ import annotations

from pathlib import Path

__all__ = ["SYSTEMS", "submit_file"]

_HTCONDOR = """\
# condor_submit {name}.sub
# Each job does its part of the shards; one that was killed is done again by submitting anew.
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
# Each job does its part of the shards; one that was killed is done again by submitting anew.
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


def submit_file(system: str, name: str, command: str, jobs: int, folder: Path) -> str:
    """The file that one gives to the batch system.

    Args:
        system: one of :data:`SYSTEMS`.
        name: of the jobs.
        command: the call that all jobs share, quoted for a shell; its files are where all jobs see them.
        jobs: number of them.
        folder: where the jobs run.
    """
    return SYSTEMS[system].format(name=name, command=command, jobs=jobs, folder=folder, one=1)
