"""The short run of the fuzz driver; the long one is ``python -m tests.fuzz --inputs 10000 --seed 1``."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_mutated_inputs_are_told_as_they_should_be() -> None:
    process = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "--inputs", "60", "--seed", "20261126"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert process.returncode == 0, process.stdout + process.stderr
    assert re.search(r"^\d+ inputs, 0 bad", process.stdout, re.MULTILINE)


def test_the_driver_sees_what_is_bad() -> None:
    program = (
        "import sys, os; sys.path[:0] = ['tests/fuzz', 'tests/helpers']\n"
        "from pathlib import Path\n"
        "from driver import Input, attempt, call\n"
        "import time, tempfile\n"
        "path = Path(tempfile.mkstemp()[1])\n"
        "bads = [lambda: 1 / 0, lambda: os.kill(os.getpid(), 11), lambda: path.write_text('x') and 'ok',\n"
        "        lambda: call(['detectors'], (1,)), lambda: os.kill(os.getpid(), 14)]\n"
        "for bad in bads: print(attempt(Input('k', 'w', bad), [path]).bad)\n"
        "print(attempt(Input('k', 'w', lambda: 'ok'), [path]).bad)\n"
    )
    process = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for word in (
        "ZeroDivisionError",
        "killed by SIGSEGV",
        "was changed",
        "exit code 0",
        "hang",
        "None",
    ):
        assert word in process.stdout, process.stdout
