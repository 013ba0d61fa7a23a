"""Synthetic results that look like a real run, for tests of all that reads results.json."""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import NDArray

from calobench.results.schema import (
    DetectorRecord,
    Distribution,
    EnergyBin,
    EnergyDependence,
    EventImage,
    ModelRecord,
    ObservableResult,
    Profile,
    Provenance,
    ReferenceRecord,
    Results,
    RunRecord,
    Score,
    StageTiming,
)

__all__ = ["as_family", "make_distribution", "make_profile", "make_results", "make_scores"]

FloatArray = NDArray[np.float64]

# (name, label, unit, family, centre, width, shift in sigma, stretch)
_NUMBERS: tuple[tuple[str, str, str, str, float, float, float, float], ...] = (
    ("visible_energy", "E_vis", "MeV", "energy", 1500, 240, 0.02, 1.0),
    ("visible_fraction", "E_vis / E_inc", "", "energy", 0.031, 0.0012, 0.05, 1.06),
    ("max_cell_energy", "E_cell,max", "MeV", "energy", 160, 40, 0.5, 1.2),
    ("leading_cell_fraction", "E_cell,max / E_vis", "", "energy", 0.1, 0.02, 0.3, 1.1),
    ("shower_depth", "⟨z⟩", "mm", "longitudinal", 120, 18, 0.03, 1.0),
    ("shower_length", "σ_z", "mm", "longitudinal", 52, 6, 0.01, 1.0),
    ("shower_maximum", "z_max", "mm", "longitudinal", 95, 20, 0.0, 1.02),
    ("shower_start", "z_start", "mm", "longitudinal", 12, 5, 0.25, 1.0),
    ("longitudinal_skewness", "γ_z", "", "longitudinal", 0.8, 0.2, 0.04, 1.0),
    ("longitudinal_kurtosis", "κ_z", "", "longitudinal", 3.8, 0.5, 0.05, 1.05),
    ("early_fraction", "E(first third) / E_vis", "", "longitudinal", 0.5, 0.1, 0.02, 1.0),
    ("late_fraction", "E(last third) / E_vis", "", "longitudinal", 0.05, 0.02, 0.01, 1.0),
    ("depth_90", "z containing 90 %", "mm", "longitudinal", 190, 25, 0.0, 1.0),
    ("mean_radius", "⟨r⟩", "mm", "radial", 11, 1.4, 0.08, 1.0),
    ("radial_width", "σ_r", "mm", "radial", 9, 1.1, 0.12, 1.1),
    ("radius_50", "r containing 50 %", "mm", "radial", 6, 0.7, 0.0, 1.0),
    ("radius_90", "r containing 90 %", "mm", "radial", 22, 3, 0.2, 1.1),
    ("core_fraction", "E(r < 5 mm) / E_vis", "", "radial", 0.55, 0.06, 0.02, 1.0),
    ("halo_fraction", "E(r > 25 mm) / E_vis", "", "radial", 0.07, 0.02, 0.6, 1.2),
    ("centre_x", "⟨x⟩", "mm", "azimuthal", 0, 1.2, 0.01, 1.0),
    ("centre_y", "⟨y⟩", "mm", "azimuthal", 0, 1.2, 0.0, 1.0),
    ("phi_moment_1", "azimuthal moment 1", "", "azimuthal", 0.08, 0.03, 0.04, 1.0),
    ("phi_moment_2", "azimuthal moment 2", "", "azimuthal", 0.06, 0.02, 0.02, 1.0),
    ("phi_asymmetry", "azimuthal asymmetry", "", "azimuthal", 0, 0.05, 0.03, 1.0),
    ("opposite_sectors", "E(φ) / E(φ + π)", "", "azimuthal", 1, 0.1, 0.0, 1.0),
    ("hits", "cells above threshold", "", "occupancy", 900, 150, 0.35, 1.1),
    ("hits_first_third", "cells, first third", "", "occupancy", 380, 60, 0.1, 1.0),
    ("hits_last_third", "cells, last third", "", "occupancy", 120, 40, 0.45, 1.1),
    ("hits_core", "cells, r < 5 mm", "", "occupancy", 90, 9, 0.02, 1.0),
    ("hits_halo", "cells, r > 25 mm", "", "occupancy", 330, 70, 0.5, 1.2),
    ("layers_hit", "layers hit", "", "occupancy", 39, 3, 0.02, 1.0),
    ("sparsity", "fraction of empty cells", "", "occupancy", 0.86, 0.02, 0.3, 1.1),
    ("mean_cell_energy", "⟨E_cell⟩", "MeV", "spectrum", 1.7, 0.2, 0.2, 1.0),
    ("cell_energy_rms", "σ(E_cell)", "MeV", "spectrum", 9, 1.3, 0.06, 1.0),
    ("soft_fraction", "E(cells < 1 MeV) / E_vis", "", "spectrum", 0.1, 0.02, 0.4, 1.1),
    ("hard_fraction", "E(cells > 20 MeV) / E_vis", "", "spectrum", 0.5, 0.08, 0.05, 1.0),
)


def make_scores(
    distance: float, n: int, rng: np.random.Generator, ndf: int = 24
) -> tuple[Score, ...]:
    """The three scores of two samples that lie ``distance`` reference sigmas apart."""
    reach = 1 / math.sqrt(n)

    def score(name: str, value: float, median: float, high: float, error: float) -> Score:
        p = float(
            np.clip(0.5 * math.exp(-3.0 * max(0.0, (value - median) / (high - median))), 0, 1)
        )
        return Score(
            name=name,
            value=value,
            error=error,
            interval=(max(0.0, value - error), value + error),
            null_median=median,
            null_95=high,
            p_value=0.0 if p < 1 / 200 else round(p, 3),
            n_model=n,
            n_reference=n,
            ndf=ndf if name == "chi2" else None,
        )

    noise = float(rng.uniform(0.7, 1.3))
    chi2 = 1 + n * distance**2 / (2 * ndf)
    separation = distance**2 / 8 + ndf / (4 * n) * noise
    return (
        score("chi2", chi2 * noise, 1.0, 1.52, 0.3 * math.sqrt(chi2)),
        score("separation", separation, ndf / (4 * n), ndf / (2.6 * n), 0.2 * separation),
        score("wasserstein", math.hypot(distance, reach * noise), reach, 2.1 * reach, 0.8 * reach),
    )


def make_distribution(
    centre: float, width: float, shift: float, stretch: float, *, n: int, rng: np.random.Generator
) -> Distribution:
    """Two histograms of Gaussian numbers, with some under- and overflow."""
    edges = np.linspace(centre - 2.8 * width, centre + 2.8 * width, 31)
    bounds = np.concatenate([[-np.inf], edges, [np.inf]])
    reference = rng.normal(centre, width, n)
    model = rng.normal(centre + shift * width, stretch * width, n)

    def moments(prefix: str, values: FloatArray) -> dict[str, float]:
        spread = float(values.std())
        return {
            f"{prefix}_mean": float(values.mean()),
            f"{prefix}_mean_error": spread / math.sqrt(n),
            f"{prefix}_std": spread,
            f"{prefix}_std_error": spread / math.sqrt(2 * n),
        }

    return Distribution(
        edges=tuple(edges.tolist()),
        reference=tuple(np.histogram(reference, bounds)[0].astype(float).tolist()),
        model=tuple(np.histogram(model, bounds)[0].astype(float).tolist()),
        **moments("reference", reference),
        **moments("model", model),
    )


def make_profile(
    edges: FloatArray,
    mean: FloatArray,
    bias: FloatArray,
    n: int,
    *,
    flow: bool = False,
    log_x: bool = False,
    log_y: bool = False,
    axis: tuple[str, str] = ("depth z", "mm"),
) -> Profile:
    """A mean vector, and one that is ``bias`` times as large."""

    def arrays(prefix: str, values: FloatArray) -> dict[str, tuple[float, ...]]:
        spread = 0.35 * values
        return {
            prefix: tuple(values.tolist()),
            f"{prefix}_spread": tuple(spread.tolist()),
            f"{prefix}_error": tuple((spread / math.sqrt(n)).tolist()),
        }

    return Profile(
        edges=tuple(edges.tolist()),
        flow=flow,
        log_x=log_x,
        log_y=log_y,
        axis_label=axis[0],
        axis_unit=axis[1],
        **arrays("reference", mean),
        **arrays("model", mean * bias),
    )


_PICTURES = {
    "layer_energy": "Longitudinal profile",
    "ring_energy": "Radial profile",
    "cell_spectrum": "Cell energies",
}


def _profiles(n: int, rng: np.random.Generator) -> list[ObservableResult]:
    z_edges = np.linspace(0, 45 * 5.05, 46)
    z = 0.5 * (z_edges[1:] + z_edges[:-1]) / 22
    depth = 90 * z**3 * np.exp(-z)
    r_edges = np.linspace(0, 9 * 4.65, 10)
    ring = 600 * np.exp(-np.arange(9) / 1.4) + 6
    phi_edges = np.linspace(-math.pi, math.pi, 17)
    cell_edges = np.logspace(-4, 3, 36)
    t = np.linspace(-5.2, 2.6, 37)
    spectrum = 150 * np.exp(-0.5 * ((t + 1) / 1.3) ** 2)
    wave = np.linspace(-1, 1, 45)
    entries: list[tuple[str, str, str, str, Profile, float]] = [
        (
            "layer_energy",
            "E a layer",
            "MeV",
            "longitudinal",
            make_profile(z_edges, depth, 1 + 0.02 * wave, n),
            0.03,
        ),
        (
            "layer_hits",
            "cells hit a layer",
            "",
            "occupancy",
            make_profile(z_edges, depth / 6 + 1, 1 + 0.12 * wave**2, n),
            0.3,
        ),
        (
            "ring_energy",
            "E a ring",
            "MeV",
            "radial",
            make_profile(
                r_edges, ring, 1 + 0.05 * np.arange(9) / 4, n, log_y=True, axis=("radius r", "mm")
            ),
            0.15,
        ),
        (
            "sector_energy",
            "E a sector",
            "MeV",
            "azimuthal",
            make_profile(
                phi_edges,
                np.full(16, 94.0),
                np.ones(16) + rng.normal(0, 0.004, 16),
                n,
                axis=("azimuth φ", "rad"),
            ),
            0.01,
        ),
        (
            "cell_spectrum",
            "cells per shower",
            "",
            "spectrum",
            make_profile(
                cell_edges,
                spectrum,
                1 + 0.3 * np.exp(-((t + 4) ** 2)),
                n,
                flow=True,
                log_x=True,
                log_y=True,
                axis=("E_cell", "MeV"),
            ),
            0.4,
        ),
    ]
    return [
        ObservableResult(
            name=name,
            label=label,
            unit=unit,
            family=family,
            description=f"Mean over showers of {label}, bin by bin.",
            picture=_PICTURES.get(name, ""),
            data=data,
            scores=make_scores(distance, n, rng, ndf=20),
        )
        for name, label, unit, family, data, distance in entries
    ]


def _energy_dependence(n: int) -> EnergyDependence:
    edges = np.geomspace(1e3, 1e5, 9)

    def bins(shift: float, widen: float) -> list[EnergyBin | None]:
        rows: list[EnergyBin | None] = []
        for low, high in itertools.pairwise(edges):
            energy = math.sqrt(low * high)
            resolution = widen * math.hypot(0.17 / math.sqrt(energy / 1e3), 0.008)
            count = max(5, n // 8)
            response = 0.031 * (1 + shift * (1 + 0.3 * math.log10(energy / 1e4)))
            rows.append(
                EnergyBin(
                    n=count,
                    mean_energy_mev=energy,
                    response=response,
                    response_error=response * resolution / math.sqrt(count),
                    resolution=resolution,
                    resolution_error=resolution / math.sqrt(2 * count),
                )
            )
        return rows

    model = bins(0.006, 1.07)
    model[0] = None
    return EnergyDependence(
        edges_mev=tuple(edges.tolist()), reference=tuple(bins(0.0, 1.0)), model=tuple(model)
    )


def _events(rng: np.random.Generator, count: int) -> tuple[EventImage, ...]:
    events = []
    r, z = np.arange(9.0)[:, None], np.arange(45.0)[None, :]
    for index in range(count):
        energy = float(np.geomspace(2e3, 8e4, max(count, 2))[index])
        for source in ("reference", "model"):
            shape = np.exp(-r / 1.3) * ((z + 0.5) / 5) ** 3 * np.exp(-z / 5)
            rz = shape / shape.sum() * 0.031 * energy * rng.gamma(2, 0.5, (9, 45))
            rz[rz < 1e-2] = 0
            r_phi = rz.sum(axis=1)[:, None] * rng.dirichlet(np.full(16, 2.0), 9)
            events.append(
                EventImage(
                    source=source,
                    energy_mev=energy,
                    theta=1.57,
                    phi=0.3,
                    visible_mev=float(rz.sum()),
                    rz=tuple(tuple(float(f"{v:.4g}") for v in row) for row in rz),
                    r_phi=tuple(tuple(float(f"{v:.4g}") for v in row) for row in r_phi),
                )
            )
    return tuple(events)


def as_family(observables: list[ObservableResult]) -> list[ObservableResult]:
    """The same results, each score with its p-value among all observables."""
    tests = len(observables)

    def judged(score: Score) -> Score:
        family = min(1.0, tests * score.p_value)
        detectable = 3 / math.sqrt(score.n_model) if score.name == "wasserstein" else None
        return score.model_copy(
            update={"family_p_value": family, "q_value": family, "minimum_detectable": detectable}
        )

    return [
        one.model_copy(update={"scores": tuple(judged(score) for score in one.scores)})
        for one in observables
    ]


def make_results(n: int = 2000, seed: int = 1, events: int = 4) -> Results:
    """About forty observables in six families: most compatible with the reference, some not."""
    rng = np.random.default_rng(seed)
    observables = [
        ObservableResult(
            name=name,
            label=label,
            unit=unit,
            family=family,
            description=f"{label} of a shower, from the energies of all cells of the mesh.",
            data=make_distribution(centre, width, shift, stretch, n=n, rng=rng),
            scores=make_scores(abs(shift) * 0.8 + (stretch - 1) * 0.5, n, rng),
        )
        for name, label, unit, family, centre, width, shift, stretch in _NUMBERS
    ]
    observables += _profiles(n, rng)
    families = list(dict.fromkeys(observable.family for observable in observables))
    observables.sort(key=lambda observable: families.index(observable.family))
    return Results(
        model=ModelRecord(
            name="distilled",
            description="Consistency-distilled diffusion transformer, one network.",
            detectors=("Par04SiW", "ODD", "FCCeeALLEGRO"),
            nfe=1,
            parameters=1_240_000,
            device="cpu",
            weights_hash="9f" * 32,
            post_processing=("cells below 0.1 keV set to zero",),
        ),
        detector=DetectorRecord(
            name="FCCeeALLEGRO",
            description="FCC-ee ALLEGRO: lead and liquid argon.",
            mesh_shape=(9, 16, 45),
            dr_mm=4.65,
            dz_mm=5.05,
            sampling_fraction=0.17,
            geometry_hash="3c" * 32,
        ),
        reference=ReferenceRecord(
            source="bundled",
            sha256="ab" * 32,
            n=n,
            description="Geant4 11.3, FTFP_BERT, photons of 1 to 100 GeV.",
        ),
        run=RunRecord(
            n=n,
            seed=42,
            chunk_size=250,
            command="calobench run --model distilled --detector ALLEGRO --n 2000",
            paired_conditions=True,
            bootstrap_replicas=200,
            null_replicas=1199,
        ),
        provenance=Provenance(
            created_utc="2026-03-02T09:41:00Z",
            versions={
                "calobench": "0.1.0",
                "numpy": "2.4.6",
                "python": "3.11.2",
                "torch": "2.13.0",
            },
            git_commit="0123456789abcdef0123456789abcdef01234567",
            machine={"cpu": "Generic x86-64, 2 cores", "memory": "8 GiB", "system": "Linux 6.1"},
        ),
        observables=tuple(as_family(observables)),
        energy_dependence=_energy_dependence(n),
        events=_events(rng, events),
        stages=(
            StageTiming(name="generate", wall_s=41.2, peak_memory_bytes=912_000_000),
            StageTiming(name="observables", wall_s=6.4, peak_memory_bytes=1_020_000_000),
            StageTiming(name="scores", wall_s=12.9, peak_memory_bytes=1_050_000_000),
        ),
        warnings=("2 of 2000 model showers hold no energy; they count in the underflow.",),
    )
