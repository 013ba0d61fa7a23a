"""Files for batch systems: shards as an array of jobs, without a scheduler of calobench.

Paths may hold blanks, quotes and dollar signs. HTCondor takes arguments in double quotes, in which single
quotes hold one argument together and each of both is written twice (manual of ``condor_submit``,
"arguments", new syntax); a dollar sign would begin a macro. Slurm runs a script of the shell.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from calobench.errors import ExecutorError

__all__ = ["SYSTEMS", "submit_file"]

_HTCONDOR = """\
# condor_submit {name}.sub
# Each job does its part of the shards; one that was killed is done again by submitting anew.
part           = $(Process) + 1
universe       = vanilla
executable     = {program}
transfer_executable = false
arguments      = "{arguments} --shard $INT(part)/{jobs}"
initialdir     = {folder}
getenv         = CALOBENCH_*, G4*, PYTHONPATH
request_cpus   = 1
request_memory = 4GB
log            = {name}.log
output         = {name}.$INT(part).out
error          = {name}.$INT(part).err
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
#SBATCH --output={name}.%a.out
cd -- {folder} || exit
{command} --shard "$SLURM_ARRAY_TASK_ID/{jobs}"
"""


def submit_file(system: str, name: str, words: Sequence[str], jobs: int, folder: Path) -> str:
    """The file that one gives to the batch system.

    Args:
        system: one of :data:`SYSTEMS`.
        name: of the jobs; what no file name should have in it becomes a dot.
        words: the call that all jobs share, its program first; its files are where all jobs see them.
        jobs: number of them.
        folder: where the jobs run.

    Raises:
        ExecutorError: the system has no way to write one of the words.
    """
    plain = re.sub(r"[^A-Za-z0-9._-]+", ".", name)
    return SYSTEMS[system](plain, words, jobs, folder)


def _htcondor(name: str, words: Sequence[str], jobs: int, folder: Path) -> str:
    for word in (*words, str(folder)):
        _require_writable(word, "HTCondor", ("\n", "\r", "$$"))
    program, *arguments = words
    return _HTCONDOR.format(
        name=name,
        program=_no_macro(program),
        arguments=" ".join(map(_condor_argument, arguments)),
        jobs=jobs,
        # The last slash keeps a blank or backslash before it, which would be lost at the end of a line.
        folder=_no_macro(f"{folder}/"),
    )


def _condor_argument(word: str) -> str:
    doubled = _no_macro(word).replace("'", "''").replace('"', '""')
    return f"'{doubled}'" if re.search(r"[\s']", word) or not word else doubled


def _no_macro(text: str) -> str:
    return text.replace("$", "$(DOLLAR)")


def _slurm(name: str, words: Sequence[str], jobs: int, folder: Path) -> str:
    return _SLURM.format(
        name=name, command=shlex.join(words), jobs=jobs, folder=shlex.quote(str(folder))
    )


def _require_writable(word: str, system: str, refused: Sequence[str]) -> None:
    for one in refused:
        if one in word:
            raise ExecutorError(
                f"{word!r} holds {one!r}, which a submit file of {system} cannot; rename the file"
            )


SYSTEMS: Mapping[str, Callable[[str, Sequence[str], int, Path], str]] = {
    "htcondor": _htcondor,
    "slurm": _slurm,
}
"""Name of the batch system to what writes its file."""
