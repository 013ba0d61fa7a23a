"""Records of a timing: what a shower costs, beside Geant4 on the same core."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from calobench.results.record import Count, Record

__all__ = [
    "CallTime",
    "Geant4Energy",
    "Geant4Timing",
    "TimedQuality",
    "TimingMachine",
    "TimingResults",
    "TimingRow",
    "TimingSettings",
    "ValueWithError",
]


class ValueWithError(Record):
    """A value and the half-width of its 68 % interval."""

    value: float
    error: float = Field(ge=0)


class CallTime(Record):
    """Time of one shower, over all measured calls; a call of a batch is divided by its size."""

    calls: Count
    rounds: Count = Field(description="visits of the process, interleaved with the others")
    median_ms: float
    error_ms: float = Field(ge=0, description="of the median: bootstrap of rounds, 68 %")
    quartiles_ms: tuple[float, float]
    p90_ms: float
    mean_ms: float
    cpu_ms: float = Field(description="mean CPU time of the process")
    cpu_error_ms: float | None = Field(
        default=None, ge=0, description="of it, rounds being independent, 68 %; None off the CPU"
    )
    cpu_efficiency: float = Field(description="CPU time over wall time of all measured calls")
    precision_reached: bool


class TimingRow(Record):
    """A model on a device, for one incident energy and batch size."""

    model: str
    description: str
    device: str = Field(description="'cpu', 'cuda' or 'cuda:1'")
    device_name: str | None = Field(description="of the hardware, where it is not the CPU")
    energy_mev: float
    batch_size: int = Field(ge=1)
    threads: int = Field(ge=1)
    scenarios: tuple[Literal["latency", "throughput"], ...] = Field(
        description="as in MLPerf: latency is one shower on one thread; throughput the best batch"
    )
    nfe: int | None
    parameters: int | None
    flops: int | None = Field(description="of one network evaluation of one shower")
    backend: str | None = Field(description="what evaluates the network")
    load_s: float = Field(description="to import, load and move the model, once a process")
    cold_ms: float | None = Field(description="the first call of this batch size and energy")
    time: CallTime | None = Field(description="None: not measured, see 'refusal'")
    refusal: str | None = Field(description="why it was not measured")
    limit_ms: float | None = Field(
        description="flops times nfe over the peak of the cores: nothing in single precision is faster there"
    )
    peak_memory_bytes: int | None
    peak_device_memory_bytes: int | None
    speed_up: ValueWithError | None = Field(
        description="mean CPU time of Geant4 without Python callbacks, over the median wall time"
    )
    speed_up_callbacks: ValueWithError | None = Field(
        description="the same with the callbacks of the sensitive layers"
    )
    speed_up_cpu: ValueWithError | None = Field(
        description="mean CPU time of Geant4 over that of the model, on the CPU: what is left of "
        "the speed-up when nobody waits; a loaded machine changes it little"
    )


class Geant4Energy(Record):
    """Geant4 at one incident energy, on one thread."""

    energy_mev: float
    callbacks: bool = Field(description="whether every step in an active layer calls Python")
    showers: Count
    mean_ms: float = Field(description="CPU time per shower")
    error_ms: float = Field(ge=0, description="of the mean, showers being independent, 68 %")
    std_ms: float = Field(ge=0, description="from shower to shower")
    wall_ms: float = Field(description="mean wall time per shower")
    cpu_efficiency: float
    cold_ms: float = Field(description="wall time of the first shower")
    precision_reached: bool


class Geant4Timing(Record):
    """Geant4, measured in the same rounds on the same core."""

    description: str
    load_s: float = Field(description="to build geometry and physics tables")
    energies: tuple[Geant4Energy, ...]
    callback_share: ValueWithError = Field(
        description="of the time with callbacks, at the main energy, same showers with and without"
    )


class TimingMachine(Record):
    """The machine, before and after."""

    processor: str
    cores: int
    measured_on: tuple[int, ...] = Field(description="CPUs that all processes were pinned to")
    pinned: bool
    load_before: float | None
    load_after: float | None
    others_busy_cores: float | None = Field(description="cores that other processes used, average")
    switches: int = Field(description="times a measured process was taken off its core")
    frequency_mhz: tuple[float, float] | None = Field(description="of the cores, before and after")
    peak_flops: float | None = Field(
        description="floating-point operations per second in a float32 product of matrices, best call"
    )
    system: str
    versions: dict[str, str]


class TimingSettings(Record):
    """The request."""

    detector: str
    geometry_hash: str
    energies_mev: tuple[float, ...]
    main_energy_mev: float = Field(description="of the main table")
    theta: float
    phi: float
    threads: int
    precision: float = Field(description="relative error that was asked for")
    max_seconds: float = Field(description="time that one number was allowed to take")
    seed: int
    command: str


class TimedQuality(Record):
    """Distance of a model from Geant4, from the results of a run."""

    model: str
    wasserstein_over_null: float = Field(
        description="mean over observables of Wasserstein-1 over the 95 % quantile of its null"
    )
    compatible: float = Field(ge=0, le=1, description="fraction of observables with p above 0.05")
    observables: Count
    n: Count = Field(description="showers of the model in that run")


class TimingResults(Record):
    """All results of a timing."""

    created_utc: str
    wall_s: float
    settings: TimingSettings
    rows: tuple[TimingRow, ...]
    geant4: Geant4Timing | None
    machine: TimingMachine
    invalid: tuple[str, ...] = Field(description="reasons not to trust the times; none: valid")
    notes: tuple[str, ...]
    failures: tuple[str, ...] = Field(
        default=(), description="what failed while it was measured, and why; the other times hold"
    )
    quality: tuple[TimedQuality, ...]
