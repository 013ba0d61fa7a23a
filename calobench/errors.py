"""Named errors of calobench. Each message is one line that says what is wrong and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable

from calobench._util.suggestion import did_you_mean

__all__ = [
    "BaselineError",
    "CacheError",
    "CalobenchError",
    "ComparisonError",
    "ConditionsError",
    "DeviceError",
    "ExecutorError",
    "FetchError",
    "Geant4Error",
    "HistoryError",
    "MeshMismatchError",
    "MissingPackageError",
    "ModelError",
    "OutputError",
    "PluginError",
    "PluginWarning",
    "PolicyError",
    "ResultsError",
    "ShowerFileError",
    "SpecError",
    "SubmissionError",
    "UnknownNameError",
    "UseError",
    "WeightsError",
]


class CalobenchError(Exception):
    """Base of all errors a user can cause; the command line prints it and exits with 2."""

    exit_code = 2


class UnknownNameError(CalobenchError):
    """Raised when a model, detector or other named thing does not exist."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        known = list(known)
        choices = ", ".join(known)
        super().__init__(f"unknown {kind} '{name}': {did_you_mean(name, known)}known are {choices}")


class SpecError(CalobenchError):
    """Raised when a detector or other YAML does not follow its schema."""


class ShowerFileError(CalobenchError):
    """Raised when a file of showers is missing, unreadable, or holds impossible values."""


class ConditionsError(CalobenchError):
    """Raised when incident energies or angles are outside what a model or detector covers."""


class DeviceError(CalobenchError):
    """Raised when a model is asked to run on a device, or a number of threads, that is not there."""


class ExecutorError(CalobenchError):
    """Raised when the workers of an executor die again and again, or cannot be used."""


class FetchError(CalobenchError):
    """Raised when a public data set cannot be downloaded whole, or is named and was not fetched."""


class MeshMismatchError(CalobenchError):
    """Raised when two samples or a model and a detector do not share a mesh."""


class ModelError(CalobenchError):
    """Raised when a model cannot be made, or returns something that is not showers."""


class WeightsError(CalobenchError):
    """Raised when weights are missing or do not have the hash that their model card states."""


class MissingPackageError(CalobenchError):
    """Raised when something needs an optional package that is not installed."""


class Geant4Error(CalobenchError):
    """Raised when Geant4 or its data are missing, or one of its processes died."""


class OutputError(CalobenchError):
    """Raised when results cannot be written to the place asked for."""


class ResultsError(CalobenchError):
    """Raised when a results file is not one, or has a version that cannot be read."""


class BaselineError(CalobenchError):
    """Raised when a baseline file is not one, or was edited."""


class HistoryError(CalobenchError):
    """Raised when a folder is no history of runs, is of a newer version, or has a run already."""


class SubmissionError(CalobenchError):
    """Raised when a file is no submission, or showers cannot be held against one."""


class CacheError(CalobenchError):
    """Raised when a folder is no cache of showers, or is of another version."""


class PluginError(CalobenchError):
    """Raised when what another package registers is not what it should be, or has a name twice."""


class PluginWarning(UserWarning):
    """Given when what another package registers cannot be imported, and is left out."""


class ComparisonError(CalobenchError):
    """Raised when results cannot stand side by side: they answer different questions."""


class PolicyError(CalobenchError):
    """Raised when the gate's policy names what there is not."""


class UseError(CalobenchError):
    """Raised when a use, against which a model is judged, cannot be read or names what there is not."""
