"""TOML that somebody wrote: read whole, or told in one line what is wrong with it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from calobench._util.files import UnreadableError, read_text
from calobench.errors import CalobenchError

__all__ = ["read_toml"]

_MAX_BYTES = 1_000_000


def read_toml(path: Path, kind: str, failure: type[CalobenchError], example: str) -> dict[str, Any]:
    """The content of a file.

    Args:
        path: the file.
        kind: what it is for people, such as ``policy``.
        failure: raised where it cannot be read.
        example: where one that is right can be seen.

    Raises:
        CalobenchError: of the kind ``failure``: the file is missing, too large, or no TOML.
    """
    try:
        return tomllib.loads(read_text(path, _MAX_BYTES))
    except UnreadableError as error:
        raise failure(f"cannot read the {kind} {path}: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise failure(f"{kind} {path} is not TOML: {' '.join(str(error).split())}") from error
    except (ValueError, RecursionError) as error:
        # Of what tomllib leaves to Python itself.
        raise failure(
            f"{kind} {path} has a number of too many digits, or brackets nested too deeply; see {example}"
        ) from error
