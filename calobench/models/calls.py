"""Calls into a model's own code: what it does wrong ends with its name, and nothing is shared with it.

A model is somebody else's program. It may raise, end the interpreter, read the command line, change
the arrays that it is given, or give the same array in every call. Here is the only place that
calls it, so that none of this reaches the numbers or the exit code.
"""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calobench.detectors.spec import DetectorSpec
from calobench.errors import CalobenchError, ModelError
from calobench.models.protocol import ModelInfo, PreparedModel, ShowerModel
from calobench.models.seed import Seed
from calobench.showers import Conditions

__all__ = [
    "call_generate",
    "model_info",
    "model_name",
    "prepare_model",
    "quiet_exit",
    "third_party",
]

_MAX_LETTERS = 300


@contextlib.contextmanager
def third_party(name: str, doing: str) -> Iterator[None]:
    """Run a model's own code inside: whatever it raises becomes an error that names it.

    The arguments of the command line are not the model's: inside, ``sys.argv`` has none. Nor is standard
    output, where a document may be: what the model prints goes to standard error.

    Args:
        name: of the model.
        doing: ends "model 'name' failed when it ...", e.g. ``was made``.

    Raises:
        ModelError: the code raised something, or tried to end the program. Errors of calobench are
            raised as they are.
    """
    arguments = sys.argv
    sys.argv = arguments[:1]
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except CalobenchError:
        raise
    except SystemExit as error:
        raise ModelError(
            f"model '{name}' ended the program (exit code {error.code}) when it {doing}; "
            "it must neither exit nor read the command line"
        ) from error
    except Exception as error:
        raise ModelError(f"model '{name}' failed when it {doing}: {_told(error)}") from error
    finally:
        sys.argv = arguments


@contextlib.contextmanager
def quiet_exit() -> Iterator[None]:
    """Hold back what the body writes to stderr, and drop it if the body ends the program.

    A parser of arguments prints how to use another program before it ends this one.
    """
    held = _Held(sys.stderr)
    try:
        with contextlib.redirect_stderr(held):
            yield
    except SystemExit:
        raise
    except BaseException:
        held.release()
        raise
    held.release()


def model_info(model: ShowerModel, name: str | None = None) -> ModelInfo:
    """Statements of a model about itself.

    Args:
        model: the model.
        name: what the user calls it; None for the name of its class.

    Raises:
        ModelError: it fails, or says something that is not a :class:`ModelInfo`.
    """
    name = name or type(model).__name__
    with third_party(name, "was asked for its info"):
        info: object = model.info
    if not isinstance(info, ModelInfo):
        raise ModelError(
            f"model '{name}': its info is a {type(info).__name__}; "
            "make it a calobench.models.protocol.ModelInfo"
        )
    return info


def model_name(model: ShowerModel) -> str:
    """The name that a model gives itself."""
    return model_info(model).name


def prepare_model(model: ShowerModel, detector: DetectorSpec, name: str | None = None) -> None:
    """Let a :class:`~calobench.models.protocol.PreparedModel` find out what it needs; others need nothing.

    Args:
        model: the model.
        detector: what it will make showers of.
        name: what the user calls it; None for the name of its class.

    Raises:
        CalobenchError: it cannot make showers of this detector, or fails.
    """
    name = name or type(model).__name__
    with third_party(name, "was asked for its info"):  # isinstance of a protocol looks at it
        prepared = model if isinstance(model, PreparedModel) else None
    if prepared is not None:
        with third_party(name, f"was prepared for {detector.name}"):
            prepared.prepare(detector)


def call_generate(
    model: ShowerModel,
    conditions: Conditions,
    detector: DetectorSpec,
    seed: np.random.SeedSequence,
    name: str,
) -> NDArray[Any]:
    """The result of ``model.generate``, as an array that may still be the model's own memory.

    The model gets copies of the conditions and of the seed, so that it may change them.

    Args:
        model: generates the showers.
        conditions: incident particles, (N,).
        detector: the detector.
        seed: the only source of randomness.
        name: of the model, for messages.

    Raises:
        ModelError: it failed, or did not return an array.
    """
    own = Conditions(*(np.array(getattr(conditions, part)) for part in ("energy", "theta", "phi")))
    with third_party(name, f"generated {len(conditions)} showers"):
        returned: object = model.generate(own, detector, Seed.of(seed))
    if getattr(returned, "requires_grad", False):
        raise ModelError(
            f"model '{name}' returned a tensor that needs a gradient; return "
            "showers.detach().cpu().numpy(), and generate under torch.inference_mode()"
        )
    with third_party(name, f"returned a {type(returned).__name__}, which is no array"):
        return np.asarray(returned)


class _Held(io.StringIO):
    """Text for a stream, kept until it is known whether it is told as an error instead."""

    def __init__(self, stream: Any) -> None:
        super().__init__()
        self._stream = stream

    def fileno(self) -> int:
        """Of the stream, for what writes past Python."""
        return int(self._stream.fileno())

    def isatty(self) -> bool:
        """Whether the stream is a terminal."""
        return bool(self._stream is not None and self._stream.isatty())

    def release(self) -> None:
        """Pass on what was kept."""
        if self._stream is not None and (text := self.getvalue()):
            self._stream.write(text)


def _told(error: BaseException) -> str:
    text = " ".join(str(error).split())
    kind = type(error).__name__
    return f"{kind}: {text[:_MAX_LETTERS]}" if text else kind
