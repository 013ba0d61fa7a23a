"""Finding Geant4 and its data, so that importing it never asks a question."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Mapping
from pathlib import Path

from calobench._util.places import resolved
from calobench.errors import Geant4Error

__all__ = ["geant4_environment", "require_geant4"]

# On import, geant4_pybind asks on standard input for each of these variables that is unset. Where CI
# is "true" it asks nobody: it downloads, and deletes what it does not know in ~/.geant4_pybind, or
# fails where there is no such folder. It does none of this once it sees GEANT4_DATA_DIR.
_DATA_SETS = {
    "G4LEDATA": "G4EMLOW",
    "G4ENSDFSTATEDATA": "G4ENSDFSTATE",
    "G4ABLADATA": "G4ABLA",
    "G4CHANNELINGDATA": "G4CHANNELING",
    "G4INCLDATA": "G4INCL",
    "G4LEVELGAMMADATA": "PhotonEvaporation",
    "G4NEUTRONHPDATA": "G4NDL",
    "G4PARTICLEXSDATA": "G4PARTICLEXS",
    "G4PIIDATA": "G4PII",
    "G4RADIOACTIVEDATA": "RadioactiveDecay",
    "G4REALSURFACEDATA": "RealSurface",
    "G4SAIDXSDATA": "G4SAIDDATA",
}
# A file or folder of each set that electromagnetic physics opens; Geant4 aborts without it.
_NEEDED = {"G4LEDATA": "brem_SB", "G4ENSDFSTATEDATA": "ENSDFSTATE.dat"}


def require_geant4() -> None:
    """Check that the extra is installed, without importing it.

    Raises:
        Geant4Error: it is not; the message has the command to run.
    """
    if importlib.util.find_spec("geant4_pybind") is None:
        raise Geant4Error("Geant4 is not installed; run: pip install 'calobench[geant4]'")


def geant4_environment(folder: Path | None, environ: Mapping[str, str]) -> dict[str, str]:
    """All the variables that Geant4's data need.

    Args:
        folder: holds the data sets, with or without versions in their names; None looks at
            ``environ``, then where geant4_pybind keeps what it downloads.
        environ: the environment so far.

    Returns:
        Value of every variable; sets that electromagnetic physics never opens may point anywhere.
        With GEANT4_DATA_DIR, so that geant4_pybind looks for nothing by itself.

    Raises:
        Geant4Error: G4EMLOW or G4ENSDFSTATE is missing.
    """
    # An empty variable is an unset one.
    filled = {name: value for name, value in environ.items() if value}
    given = filled if folder is None else {}
    places = [folder] if folder else _usual_places(filled)
    data_sets: dict[str, str] = {}
    for variable, name in _DATA_SETS.items():
        path = Path(given[variable]) if variable in given else _newest(name, places)
        if variable in _NEEDED and (path is None or not (path / _NEEDED[variable]).exists()):
            where = path or ", ".join(str(place) for place in places)
            raise Geant4Error(
                f"Geant4's data set {name} is not in {where}; give its folder with "
                f"--geant4-data DIR{_or_else(variable, folder, environ)}"
            )
        data_sets[variable] = str(path or data_sets["G4ENSDFSTATEDATA"])
    return {**data_sets, "GEANT4_DATA_DIR": str(Path(data_sets["G4LEDATA"]).parent)}


def _or_else(variable: str, folder: Path | None, environ: Mapping[str, str]) -> str:
    """Remedies for a missing data set, other than naming its folder."""
    # geant4_pybind downloads nothing for these, not even where they are empty.
    deciding = [name for name in (variable, "GEANT4_DATA_DIR") if name in environ]
    if not deciding:
        return ", or download all (2 GB): python -c 'import geant4_pybind'"
    return "" if folder else f", or correct or unset {' and '.join(deciding)}"


def _usual_places(environ: Mapping[str, str]) -> list[Path]:
    places = [Path(environ["G4LEDATA"]).parent] if "G4LEDATA" in environ else []
    if "GEANT4_DATA_DIR" in environ:
        places.append(Path(environ["GEANT4_DATA_DIR"]))
    return [*places, Path.home() / ".geant4_pybind"]


def _newest(name: str, places: list[Path]) -> Path | None:
    """Folder ``name`` or the highest ``name<version>`` of the first place that has one."""
    pattern = re.compile(re.escape(name) + r"(\d+(?:\.\d+)*)?")
    for place in places:
        if not place.is_dir():
            continue
        versions = []
        for child in place.iterdir():
            if (match := pattern.fullmatch(child.name)) and child.is_dir():
                numbers = tuple(int(part) for part in (match[1] or "").split(".") if part)
                versions.append((numbers, child))
        if versions:
            return resolved(max(versions)[1])
    return None
