"""Runs one input through the public commands in a separate process, and judges the outcome.

Good is an exit code that the command has, with one line for a refusal, and the numbers of an independent
reading where something was read. Bad is everything else: a traceback, exit code 70, a process that was killed
or did not come back, characters that act on the terminal, another number, a changed input.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import pickle
import resource
import signal
import sys
import traceback
import unicodedata
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from calobench.cli import main
from calobench.io import _probe, untrusted

__all__ = ["Ended", "Input", "Verdict", "attempt", "call"]

# Of a clock, for what waits without end, and of the processor, for what does not come back.
SECONDS = 600
CPU_SECONDS = 60
MEMORY_BYTES = 8 << 30


class Ended(NamedTuple):
    """Exit code and output of a command."""

    code: int
    out: str
    err: str


class Input(NamedTuple):
    """One input.

    Attributes:
        kind: of the input.
        what: in a few words, for the list of bad ones.
        check: runs commands on it and returns what is wrong, or None.
    """

    kind: str
    what: str
    check: Callable[[], str | None]


class Verdict(NamedTuple):
    """``bad`` is the fault, or None; ``how`` is ok or refused."""

    how: str
    bad: str | None


def call(arguments: Sequence[str], codes: Sequence[int] = (0, 2)) -> Ended:
    """Run a command here; anything but a proper end raises AssertionError."""
    out, err = io.StringIO(), io.StringIO()
    code = -1
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(arguments)
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 0 if stop.code is None else -1
    outcome = Ended(code, out.getvalue(), err.getvalue())
    output = outcome.out + outcome.err
    if "Traceback" in output or code == 70:
        raise AssertionError(f"traceback: {output.strip().splitlines()[-1][:200]}")
    if code not in codes:
        raise AssertionError(f"exit code {code}: {output[-200:]!r}")
    if any(
        char not in "\n\t" and unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp", "Cs"}
        for char in output
    ):
        raise AssertionError(f"characters that act: {output[-200:]!r}")
    if code == 2:
        lines = [line for line in outcome.err.splitlines() if "error: " in line]
        if len(lines) != 1 or not lines[0].startswith("calobench: error: "):
            raise AssertionError(f"not one line: {outcome.err[-300:]!r}")
    if "Warning" in outcome.err:
        raise AssertionError(f"a warning of a library: {outcome.err[-300:]!r}")
    return outcome


def attempt(one: Input, files: Sequence[Path]) -> Verdict:
    """Check one input in a forked process; ``files`` must not change."""
    before = _digests(files)
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)
        _be_child(one, write)
    os.close(write)
    with os.fdopen(read, "rb") as stream:
        output = stream.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        return Verdict("dead", "hang" if name in {"SIGALRM", "SIGXCPU"} else f"killed by {name}")
    verdict: Verdict = pickle.loads(output)  # noqa: S301, from the child just above
    if verdict.bad is None and _digests(files) != before:
        return Verdict(verdict.how, "a file that is read was changed")
    return verdict


def _be_child(one: Input, write: int) -> None:
    signal.alarm(SECONDS)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # The same program as in calobench, without the 0.1 s that a new Python takes.
    vars(untrusted)["_signal_of_probe"] = _forked_probe
    try:
        warnings.simplefilter("default")
        how = one.check() or "ok"
        verdict = Verdict(how, None)
    except AssertionError as error:
        verdict = Verdict("bad", str(error))
    except BaseException:
        verdict = Verdict("bad", f"the library raised {traceback.format_exc()[-400:]}")
    with os.fdopen(write, "wb") as stream:
        pickle.dump(verdict, stream)
    os._exit(0)


def _forked_probe(path: str, *_state: int) -> str | None:
    child = os.fork()
    if not child:
        with contextlib.suppress(BaseException):
            _probe.main(path)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else None


def _digests(files: Sequence[Path]) -> list[Any]:
    return [hashlib.sha256(path.read_bytes()).digest() for path in files if path.is_file()]


assert sys.platform != "win32"
