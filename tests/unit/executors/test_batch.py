"""Submit files: paths of any kind reach the jobs as they are, by the rules of each batch system."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from calobench.errors import ExecutorError
from calobench.executors.batch import SYSTEMS, submit_file

NAMES = [
    "plain.h5",
    "two words.h5",
    "it's.h5",
    'a "quoted" one.h5',
    "cost $HOME $(x) `id`.h5",
    "100%, \\back.h5",
    "#1 * ?.h5",
    "'\"",
    "",
    "ends with a blank ",
]


def condor_macros(text: str, process: int) -> dict[str, str]:
    """The commands of a submit file for one job: lines ``name = value``, macros replaced."""
    commands = {}
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            commands[name.strip()] = value.strip()
    part = commands["part"].replace("$(Process)", str(process))
    assert re.fullmatch(r"[0-9]+ \+ 1", part)

    def replaced(value: str) -> str:
        def macro(match: re.Match[str]) -> str:
            name = match.group()
            values = {"$(DOLLAR)": "$", "$INT(part)": str(process + 1)}
            return values[name]

        return re.sub(r"\$(INT)?\([^)]*\)", macro, value)

    return {name: replaced(value) for name, value in commands.items() if name != "part"}


def condor_arguments(value: str) -> list[str]:
    """Arguments in the new syntax, as the manual of condor_submit describes it."""
    assert value[0] == value[-1] == '"'
    assert not re.search(r'(?<!")"("")*(?!")', value[1:-1])
    text = value[1:-1].replace('""', '"')
    words, word, quoted, k = list[str](), None, False, 0
    while k < len(text):
        if text[k] == "'" and quoted and text[k + 1 : k + 2] == "'":
            word, k = (word or "") + "'", k + 1
        elif text[k] == "'":
            quoted, word = not quoted, word or ""
        elif text[k] == " " and not quoted:
            words += [] if word is None else [word]
            word = None
        else:
            word = (word or "") + text[k]
        k += 1
    assert not quoted
    return words + ([] if word is None else [word])


def test_htcondor_gives_every_job_the_words_as_they_are() -> None:
    folder = Path("/data/it's $(here) \\")
    text = submit_file("htcondor", "a b/'c", ["/opt/my py", "-m", "calobench", *NAMES], 3, folder)
    for process in range(3):
        commands = condor_macros(text, process)
        expected = ["-m", "calobench", *NAMES, "--shard", f"{process + 1}/3"]
        assert condor_arguments(commands["arguments"]) == expected
        assert commands["executable"] == "/opt/my py"
        assert commands["initialdir"] == f"{folder}/"
        assert commands["output"] == f"a.b.c.{process + 1}.out"
    assert text.splitlines()[-1] == "queue 3"


@pytest.mark.parametrize("name", ["two\nlines", "a $$(b)"])
def test_what_htcondor_cannot_write_is_named(name: str) -> None:
    with pytest.raises(ExecutorError, match="HTCondor cannot; rename"):
        submit_file("htcondor", "a", ["python", name], 2, Path("/"))
    with pytest.raises(ExecutorError, match="HTCondor cannot; rename"):
        submit_file("htcondor", "a", ["python"], 2, Path(f"/{name}"))


def test_slurm_gives_every_job_the_words_as_they_are(tmp_path: Path) -> None:
    folder = tmp_path / 'it\'s $HOME "and" more'
    folder.mkdir()
    program = "import os, sys; print([os.getcwd(), *sys.argv[1:]])"
    names = [*NAMES, "two\nlines"]
    text = submit_file("slurm", "a b", [sys.executable, "-c", program, *names], 4, folder)
    done = subprocess.run(
        ["bash", "-s"],
        input=text,
        env={**os.environ, "SLURM_ARRAY_TASK_ID": "2"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == repr([str(folder), *names, "--shard", "2/4"])
    options = [line for line in text.splitlines() if line.startswith("#SBATCH")]
    assert all(len(line.split()) == 2 for line in options)
    assert "#SBATCH --output=a.b.%a.out" in options


def test_no_system_is_without_a_test() -> None:
    assert set(SYSTEMS) == {"htcondor", "slurm"}
