"""A suite: the YAML that says which models run on which detectors."""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import Field, field_validator

from calobench._util.settings import Settings
from calobench._util.suggestion import did_you_mean
from calobench._util.yaml_file import read_yaml_as
from calobench.datasets import is_data_set, local_files
from calobench.detectors import load_detector
from calobench.errors import CalobenchError, DeviceError, SpecError
from calobench.harness.extras import extra_names
from calobench.harness.sources import is_shower_file
from calobench.io.formats import require_taken
from calobench.io.paths import paths_in
from calobench.io.reading import UNDECLARED, Reading
from calobench.models.devices import AUTO, require_device_name
from calobench.models.files.catalogue import is_model_file
from calobench.models.naming import ModelName
from calobench.models.registry import registered_models
from calobench.verdict import load_use

__all__ = ["TIMING", "Suite", "SuiteModel", "read_suite"]

TIMING = "timing"
"""A benchmark that no run does, because it needs the cores for itself: the suite does it at its end."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")


class SuiteModel(Settings):
    """A model of a suite.

    Attributes:
        name: of its folders and rows.
        model: as ``--model`` takes it.
        format: of a file of showers, as ``--format`` takes it; and so are the others.
        axes: order of its axes.
        unit: of its energies.
        collection: of its hits.
    """

    name: str = Field(pattern=rf"^{_NAME.pattern}$", max_length=100)
    model: str = Field(min_length=1)
    format: str | None = None
    axes: str | None = None
    unit: str | None = None
    collection: str | None = None

    @property
    def reading(self) -> Reading:
        """Settings for reading the file."""
        return Reading.declared(self.format, self.axes, self.unit, self.collection)


class Suite(Settings):
    """The runs: every model on every detector.

    Attributes:
        models: at least one; a text is a model whose name is that text, without what no folder can be called.
        detectors: names, or YAML files.
        n: showers of each run; None: 1,000 from a model, all of a file.
        seed: of each run.
        replicas: of the bootstrap.
        benchmarks: done in each run, as ``--with`` names them, and ``timing``, which the suite does at its
            end; a model that is a file does without those that generate showers.
        device: where models run: auto, cpu, cuda or cuda:1; files of showers run nowhere.
        use: what the models are for: a name or a TOML file, as ``--use`` takes it; None for the default.
        uses: further uses that the same results are judged for.
        references: Geant4 showers, by detector as it is named above; else the bundled sample.
    """

    models: tuple[SuiteModel, ...] = Field(min_length=1)
    detectors: tuple[str, ...] = Field(min_length=1)
    n: int | None = Field(default=None, ge=1)
    seed: int = Field(default=1, ge=0, lt=2**63)
    replicas: int = Field(default=200, ge=20, le=100_000)
    benchmarks: tuple[str, ...] = ()
    device: str = AUTO
    use: str | None = None
    uses: tuple[str, ...] = ()
    references: dict[str, str] = Field(default_factory=dict)

    @field_validator("device")
    @classmethod
    def _is_a_device(cls, given: str) -> str:
        try:
            return require_device_name(given, "device")
        except DeviceError as error:
            raise ValueError(str(error)) from error

    @field_validator("models", mode="before")
    @classmethod
    def _texts_are_models(cls, given: object) -> object:
        if not isinstance(given, list | tuple):
            return given
        return tuple(
            {"name": _folder_name(one), "model": one} if isinstance(one, str) else one
            for one in given
        )


def read_suite(path: Path) -> Suite:
    """Read a suite and check every name in it.

    Files of showers, references, detectors and ``path.py:factory`` are looked for beside the suite's file
    first, then where the command is called.

    Raises:
        SpecError: it breaks the schema; or it names what there is not, or one thing twice: all of them are
            told.
    """
    suite = read_yaml_as(Suite, path, "suite")
    located = _located(suite, path.parent)
    problems = [*_twice(located), *_unknown(located)]
    if problems:
        raise SpecError(f"suite file {path}: {'; '.join(problems)}")
    return located


def _folder_name(model: str) -> str:
    return re.sub(r"[^A-Za-z0-9._+-]+", ".", model).strip(".") or "model"


def _located(suite: Suite, folder: Path) -> Suite:
    """The suite with the paths of files that lie in ``folder``."""

    def place(name: str) -> str:
        parts = ModelName.parse(name)
        file, colon, factory = parts.factory.rpartition(":")
        if not file.endswith(".py"):
            file, colon, factory = parts.factory, "", ""
        if not (folder / file).is_file():
            return name
        return f"{folder / file}{colon}{factory}{name.removeprefix(parts.factory)}"

    return suite.model_copy(
        update={
            "models": tuple(
                one.model_copy(update={"model": place(one.model)}) for one in suite.models
            ),
            "detectors": tuple(place(one) for one in suite.detectors),
            "use": suite.use and place(suite.use),
            "uses": tuple(place(one) for one in suite.uses),
            "references": {place(k): place(v) for k, v in suite.references.items()},
        }
    )


def _twice(suite: Suite) -> Iterable[str]:
    lists = {
        "models": [one.name for one in suite.models],
        "detectors": list(suite.detectors),
        "benchmarks": list(suite.benchmarks),
        "uses": [*([] if suite.use is None else [suite.use]), *suite.uses],
    }
    for what, names in lists.items():
        yield from (
            f"{what}: '{name}' is there {n} times; keep one, or give them names of their own"
            for name, n in Counter(names).items()
            if n > 1
        )
    # Runs are named after the detector itself, whatever the suite calls it.
    called: dict[str, list[str]] = {}
    for given in dict.fromkeys(suite.detectors):
        with contextlib.suppress(CalobenchError):
            called.setdefault(load_detector(given).name, []).append(given)
    yield from (
        f"detectors: {' and '.join(names)} are both {name}; keep one, or give them names of their own"
        for name, names in called.items()
        if len(names) > 1
    )


def _unknown(suite: Suite) -> Iterable[str]:
    yield from _not_among("model", _registered(suite), registered_models())
    for one in suite.models:
        try:
            _require_readable(one)
        except CalobenchError as error:
            yield f"{one.name}: {error}"
    for name in suite.detectors:
        try:
            load_detector(name)
        except CalobenchError as error:
            yield str(error)
    for use in (suite.use, *suite.uses):
        try:
            if use is not None:
                load_use(use)
        except CalobenchError as error:
            yield str(error)
    yield from _not_among("benchmark", suite.benchmarks, [*extra_names(), TIMING])
    for name, reference in suite.references.items():
        if name not in suite.detectors:
            yield (
                f"references: '{name}' is no detector of this suite: "
                f"{did_you_mean(name, suite.detectors)}there are {', '.join(suite.detectors)}"
            )
        if is_data_set(reference):
            try:
                local_files(reference)
            except CalobenchError as error:
                yield f"references: {error}"
        elif not Path(reference.partition(",")[0]).is_file():
            yield f"references: {reference} does not exist"


def _require_readable(one: SuiteModel) -> None:
    """Check that what is said of a file is said of one, and is of use for it."""
    if one.reading == UNDECLARED:
        return
    if not is_shower_file(one.model):
        raise SpecError(
            f"{one.model} is no file of showers: it has no format, axes, unit or collection; leave them out"
        )
    require_taken(one.reading, paths_in(one.model))


def _registered(suite: Suite) -> Iterable[str]:
    """The models that must be registered."""
    for one in suite.models:
        factory = ModelName.parse(one.model).factory
        if not (":" in factory or is_shower_file(one.model) or is_model_file(one.model)):
            yield factory


def _not_among(
    what: str, names: Iterable[str], known: Iterable[str] | Mapping[str, object]
) -> Iterable[str]:
    known = list(known)
    for name in names:
        if name not in known:
            yield f"unknown {what} '{name}': {did_you_mean(name, known)}known are {', '.join(known)}"
