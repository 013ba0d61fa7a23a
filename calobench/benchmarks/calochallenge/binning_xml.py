"""The binning XML of the CaloChallenge: ``<Bins>``, in it ``<Bin name=...>``, in it ``<Layer .../>``."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn
from xml.parsers import expat

from calobench._util.files import UnreadableError, read_bytes
from calobench.benchmarks.calochallenge.binning import Binning, Layer
from calobench.errors import SpecError

__all__ = ["read_binning_xml"]

# The largest official file has 7 kB.
MAX_BYTES = 1_000_000
_NEEDED = ("id", "r_edges", "n_bin_alpha")


def read_binning_xml(path: Path, particle: str) -> Binning:
    """Read the layers of one particle.

    The file comes from elsewhere, so nothing in it is followed: a DOCTYPE, and with it every entity
    that could name another file or grow without end, is refused before it is looked at.

    Args:
        path: the XML.
        particle: ``photon``, ``pion`` or ``electron``; the name of the ``Bin`` to take.

    Raises:
        SpecError: unreadable, not such an XML, with a DOCTYPE, or without this particle.
    """
    try:
        content = read_bytes(path, MAX_BYTES)
    except UnreadableError as error:
        raise SpecError(f"cannot read binning {path}: {error}") from error
    reader = _Reader(path, particle)
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = reader.refuse_doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    try:
        parser.Parse(content, True)
    # Encodings that expat does not have itself are looked for among Python's.
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise SpecError(f"binning {path} is not valid XML: {error}; download it again") from error
    if reader.blocks != 1:
        names = ", ".join(f"'{name}'" for name in dict.fromkeys(reader.names)) or "none"
        raise SpecError(
            f"binning {path} has {reader.blocks} blocks for particle '{particle}' (it holds {names}); "
            "give the XML of this data set, with one block"
        )
    return Binning(particle, tuple(reader.layers), path.name)


class _Reader:
    """Gathers layers while the parser goes through the file."""

    def __init__(self, path: Path, particle: str) -> None:
        self._path, self._particle = path, particle
        self._inside = False
        self.names: list[str] = []
        self.blocks = 0
        self.layers: list[Layer] = []

    def refuse_doctype(self, *_declaration: object) -> None:
        raise SpecError(
            f"binning {self._path} has a DOCTYPE, which can refer to entities in other files; "
            "such XML is not read: remove the declaration"
        )

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "Bin":
            name = attributes.get("name", "")
            self.names.append(name)
            self._inside = name == self._particle
            self.blocks += self._inside
        elif tag == "Layer" and self._inside:
            self._layer(attributes)

    def end(self, tag: str) -> None:
        if tag == "Bin":
            self._inside = False

    def _layer(self, attributes: dict[str, str]) -> None:
        missing = [name for name in _NEEDED if name not in attributes]
        if missing:
            self._refuse(f"a Layer without {', '.join(missing)}")
        try:
            number, n_alpha = int(attributes["id"]), int(attributes["n_bin_alpha"])
            edges = tuple(float(text) for text in attributes["r_edges"].split(","))
        except ValueError as error:
            self._refuse(f"a Layer that is not made of numbers ({error})", error)
        # A layer with a single edge has no voxels.
        if len(edges) > 1:
            self.layers.append(Layer(number, edges, n_alpha))

    def _refuse(self, what: str, error: Exception | None = None) -> NoReturn:
        raise SpecError(
            f"binning {self._path} has {what}; a Layer needs {', '.join(_NEEDED)}"
        ) from error
