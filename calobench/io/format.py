"""A format of files of showers, of calobench or of another package."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from calobench.errors import PluginError
from calobench.io.head import FileHead
from calobench.io.reading import Reading
from calobench.showers import Conditions, Mesh, Showers

__all__ = ["Format", "ShowerReader"]


@runtime_checkable
class ShowerReader(Protocol):
    """A file of showers, open for reading. This is all that a reader of another package needs.

    calobench checks what it gives: shapes, lengths, types, and that energies are finite and not
    negative. What is wrong with a file it says by raising :class:`~calobench.errors.ShowerFileError`.
    A method ``close`` is called at the end if there is one; what a method ``remarks`` returns, a tuple of
    lines, is shown.
    """

    @property
    def conditions(self) -> Conditions:
        """Incident particles of all showers, MeV and rad, float64 (N,)."""

    @property
    def mesh(self) -> Mesh | None:
        """The mesh of the showers; None if the file does not say: then it is the detector's."""

    def chunks(self, size: int) -> Iterator[Showers]:
        """The showers in order, at most ``size`` at a time, with their conditions.

        Raw deposits in the active material, MeV, float32 (n, R, PHI, Z): not divided by a sampling fraction.
        """


@dataclass(frozen=True)
class Format:
    """A format that can be read; modules of :mod:`calobench.io.readers` list them as ``FORMATS``.

    Other packages name one, or a tuple of them, by an entry point of the group ``calobench.readers``.

    Attributes:
        name: what ``--format`` calls it.
        description: one line for people.
        recognises: whether a file has this format, from its head; it raises nothing, and is quick.
        open: opens a file; raises :class:`~calobench.errors.ShowerFileError` for one that is damaged.
        takes: options that it needs or uses: ``axes``, ``unit``, ``collection``.
        endings: usual endings of its files, such as ``.npz``.
        write: writes showers to a file of this format; without it the contract is tested less.
    """

    name: str
    description: str
    recognises: Callable[[FileHead], bool]
    open: Callable[[Path, Reading], ShowerReader]
    takes: frozenset[str] = frozenset()
    endings: tuple[str, ...] = ()
    write: Callable[[Path, Showers], object] | None = None

    def __post_init__(self) -> None:
        odd = [name for name in ("recognises", "open") if not callable(getattr(self, name))]
        if odd:
            raise PluginError(
                f"format '{self.name}': {odd[0]} is a {type(getattr(self, odd[0])).__name__}; it must be "
                "a function"
            )

    @property
    def package(self) -> str:
        """The package that it comes from, for messages."""
        function = getattr(self.open, "func", self.open)  # of a functools.partial
        return str(getattr(function, "__module__", "") or "unknown").partition(".")[0]

    def recognises_file(self, head: FileHead) -> bool:
        """Whether a file has this format.

        Raises:
            PluginError: ``recognises`` fails.
        """
        try:
            return bool(self.recognises(head))
        except Exception as error:
            if self.package == "calobench":
                raise
            raise self.broken(f"fails to look at {head.path} ({_said(error)})") from error

    def broken(self, how: str) -> PluginError:
        """The error to raise where its code does not keep to the contract."""
        return PluginError(
            f"the reader '{self.name}' of the package {self.package} {how}; mend or uninstall that package"
        )


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:200]
