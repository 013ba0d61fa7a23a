"""Uses by name or file: read, checked, and told in one line where something is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from calobench._util.resources import data_specs_dir
from calobench._util.suggestion import did_you_mean
from calobench._util.toml_file import read_toml
from calobench._util.validation import describe_validation_error
from calobench.errors import UnknownNameError, UseError
from calobench.results.use import ANY, Tolerance, Use

__all__ = ["DEFAULT_USE", "default_use", "load_use", "use_names"]

DEFAULT_USE = "fast-sim-default"


def use_names() -> tuple[str, ...]:
    """Names of the uses that ship with calobench, the default first."""
    names = sorted(path.stem for path in _folder().glob("*.toml"))
    return tuple(sorted(names, key=lambda name: name != DEFAULT_USE))


@cache
def default_use() -> Use:
    """The use that is meant where none is named."""
    return _read(_folder() / f"{DEFAULT_USE}.toml")


def load_use(given: str) -> Use:
    """The use of a name, or of a TOML file.

    Args:
        given: one of :func:`use_names`, or a path that ends in ``.toml``.

    Raises:
        UnknownNameError: there is no use of that name.
        UseError: the file is missing, not TOML, or says what is not allowed or does not exist.
    """
    if given in use_names():
        return _read(_folder() / f"{given}.toml")
    if given.endswith(".toml") or "/" in given:
        return _read(Path(given))
    raise UnknownNameError("use", given, (*use_names(), "or a file.toml"))


def _folder() -> Path:
    return data_specs_dir() / "uses"


def _read(path: Path) -> Use:
    content = read_toml(path, "use", UseError, f"data_specs/uses/{DEFAULT_USE}.toml")
    if isinstance(content.get("tolerance"), dict):
        raise UseError(f"use {path}: tolerance: write [[tolerance]] and not [tolerance]")
    try:
        use = Use.model_validate(content)
    except ValidationError as error:
        raise UseError(f"use {path}: {describe_validation_error(error)}") from error
    for tolerance in use.tolerance:
        _check(path, tolerance)
    return use


def _check(path: Path, tolerance: Tolerance) -> None:
    """Check that there is such an observable, and that the quantity and the unit are its own."""
    from calobench.observables import all_observables

    name, quantity = tolerance.observable, tolerance.quantity
    if name == ANY:
        return
    if quantity == "score":
        _require_known(path, "score", name, _scores())
        return
    metrics = _benchmark_metrics()
    if name.partition(".")[0] in {metric.partition(".")[0] for metric in metrics}:
        _require_known(path, "metric", name, metrics)
        return
    known = {observable.name: observable for observable in all_observables()}
    _require_known(path, "observable", name, (*known, *metrics))
    observable = known[name]
    is_profile = observable.axis is not None
    if quantity in ("mean", "width") and is_profile:
        raise UseError(f"use {path}: {name} is a profile and has no {quantity}; ask for its shape")
    if quantity in ("mean", "width") and (observable.judged_by or not observable.gate):
        instead = f"name {observable.judged_by[0]}" if observable.judged_by else "ask for its shape"
        raise UseError(
            f"use {path}: the {quantity} of {name} at a fixed incident particle is not measured; {instead}"
        )
    if quantity == "mean" and tolerance.unit not in ("%", "sigma", observable.unit):
        own = f" or '{observable.unit}'" if observable.unit else ""
        raise UseError(
            f"use {path}: the mean of {name} has no unit '{tolerance.unit}'; give '%', 'sigma'{own}"
        )


def _require_known(path: Path, kind: str, name: str, known: Iterable[str]) -> None:
    known = tuple(known)
    if name not in known:
        hint = did_you_mean(name, known)
        raise UseError(f"use {path}: no {kind} '{name}': {hint}there are {', '.join(known)}")


def _scores() -> tuple[str, ...]:
    """Scores of all observables together that can have a tolerance."""
    from calobench.benchmarks.catalogue import all_benchmarks
    from calobench.evaluation.multivariate.catalogue import all_multivariate

    names = [name for one in all_multivariate() for name in one.names]
    names += [name for one in all_benchmarks().values() for name in one.names()]
    return tuple(name.key for name in names if name.tolerance)


def _benchmark_metrics() -> tuple[str, ...]:
    """Main metrics of all benchmarks; each name begins with the benchmark's."""
    from calobench.benchmarks.catalogue import all_benchmarks

    parts = [one.gate() for one in all_benchmarks().values() if one.gate is not None]
    return tuple(name for part in parts for name in part.headline)
