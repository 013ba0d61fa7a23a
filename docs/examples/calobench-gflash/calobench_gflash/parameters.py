"""The parameters of one detector, the formulas that they belong to, and their file.

Energies enter as y = E / E_c and as E in GeV, depths in radiation lengths, radii in Moliere radii, and the
angle of incidence as s = 1 / cos(angle to the normal of the layers) - 1: a particle that meets the layers at
an angle sees fewer of them per radiation length.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from calobench import errors

__all__ = [
    "Longitudinal",
    "Parameters",
    "Provenance",
    "Radial",
    "Response",
    "Spots",
    "read_parameters",
]

Array = NDArray[np.float64]
Positive = Annotated[float, Field(gt=0)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Longitudinal(_Part):
    """A Gamma distribution of the depth t whose parameters fluctuate (hep-ex/0001020, section 3.1).

    Attributes:
        t_max: T = t0 + t1 ln y + t2 s, the depth of the maximum of the mean shower, X0.
        alpha: a0 + a1 ln y + a2 s, its shape.
        spread_t_max: standard deviation of ln T, 1 / (b0 + b1 ln y).
        spread_alpha: standard deviation of ln alpha, likewise.
        correlation: of ln T and ln alpha, c0 + c1 ln y.
    """

    t_max: tuple[float, float, float]
    alpha: tuple[float, float, float]
    spread_t_max: tuple[float, float]
    spread_alpha: tuple[float, float]
    correlation: tuple[float, float]

    def moments(self, log_y: Array, slant: Array) -> tuple[Array, Array, Array]:
        """Means and standard deviations of ln T and ln alpha, (2, N) each, and their correlation, (N,)."""
        terms = np.stack([np.ones_like(log_y), log_y, slant])
        mean = np.log(np.maximum([self.t_max @ terms, self.alpha @ terms], 1e-3))
        inverse = np.array([self.spread_t_max @ terms[:2], self.spread_alpha @ terms[:2]])
        correlation = np.clip(self.correlation @ terms[:2], -0.98, 0.98)
        return mean, 1 / np.maximum(inverse, 0.5), correlation

    def depth_unit(self, centre: Array, log_y: Array, slant: Array) -> Array:
        """Depth of tau = 1, (N,), in the unit of ``centre``, of showers with these centres of gravity.

        It is T of a shower of mean alpha with that centre of gravity: the mean tau of a shower, and with it
        its width, does not follow its own alpha.
        """
        alpha = np.exp(self.moments(log_y, slant)[0][1])
        return np.asarray(centre * (alpha - 1) / alpha)


class Radial(_Part):
    """A core and a tail, each 2 r R^2 / (r^2 + R^2)^2, that change with tau.

    tau is the depth in units of :meth:`Longitudinal.depth_unit`.

    Attributes:
        core: R_C = z0 + z1 ln E + z2 tau, Moliere radii.
        tail: R_T = k1 (exp(k3 (tau - k2)) + exp(k4 (tau - k2))), Moliere radii: k1, k2, k3, and the two
            of k4 = k40 + k41 ln E.
        weight: of the core, p1 exp(u - exp(u)) with u = (p2 - tau) / p3, at most 1: p1, p2 and the two of
            p3 = p30 + p31 ln E.
    """

    core: tuple[float, float, float]
    tail: tuple[float, float, float, float, float]
    weight: tuple[float, float, float, float]

    def at(self, tau: Array, energy_gev: Array) -> tuple[Array, Array, Array]:
        """R_C and R_T in Moliere radii, and the weight of the core, each of the shape of ``tau``."""
        log_e = np.log(energy_gev)
        z0, z1, z2 = self.core
        k1, k2, k3, k40, k41 = self.tail
        p1, p2, p30, p31 = self.weight
        core = np.clip(z0 + z1 * log_e + z2 * tau, 1e-3, 20)
        below = np.exp(np.clip(k3 * (tau - k2), -20, 5))
        above = np.exp(np.clip((k40 + k41 * log_e) * (tau - k2), -20, 5))
        exponent = np.clip((p2 - tau) / np.maximum(p30 + p31 * log_e, 0.05), -50, 5)
        tail = np.clip(k1 * (below + above), 1e-3, 20)
        return core, tail, np.clip(p1 * np.exp(exponent - np.exp(exponent)), 0, 1)


class Response(_Part):
    """Visible energy of a shower that nothing leaks out of, over incident energy.

    Attributes:
        mean: f0 + f1 ln y + f2 s.
        resolution: a and b of sigma / mean = sqrt(a^2 (1 + s) / E + b^2), E in GeV.
    """

    mean: tuple[float, float, float]
    resolution: tuple[float, float]

    def at(self, log_y: Array, slant: Array, energy_gev: Array) -> tuple[Array, Array]:
        """Mean and relative standard deviation, (N,) each."""
        f0, f1, f2 = self.mean
        a, b = self.resolution
        relative = np.sqrt(a**2 * (1 + slant) / energy_gev + b**2)
        return f0 + f1 * log_y + f2 * slant, relative


class Spots(_Part):
    """Deposits that the energy comes in; their number is a Poisson number.

    Attributes:
        energy_mev: their mean visible energy.
        shape: of the Gamma distribution of their energy; 1 is an exponential.
    """

    energy_mev: Positive
    shape: Positive


class Provenance(_Part):
    """Origin of parameters.

    Attributes:
        command: makes them again.
        files: name and SHA-256 of each file of showers.
        showers: number of showers.
        seed: of the showers that the fit compared with.
        left_out: showers that the longitudinal fit could not describe.
    """

    command: str
    files: dict[str, str]
    showers: int
    seed: int
    left_out: int


class Parameters(_Part):
    """All parameters of one detector.

    Attributes:
        detector: its name.
        geometry_hash: of its YAML.
        radiation_length_mm: X0.
        critical_energy_mev: E_c.
        moliere_radius_mm: R_M.
        energy_range_mev: incident energies of the showers of the fit.
        theta_range: their polar angles, rad.
        longitudinal: along the particle.
        radial: across it.
        response: visible over incident energy.
        spots: what the energy comes in.
        provenance: where the parameters come from.
    """

    detector: str
    geometry_hash: str
    radiation_length_mm: Positive
    critical_energy_mev: Positive
    moliere_radius_mm: Positive
    energy_range_mev: tuple[float, float]
    theta_range: tuple[float, float]
    longitudinal: Longitudinal
    radial: Radial
    response: Response
    spots: Spots
    provenance: Provenance

    @property
    def count(self) -> int:
        """Number of fitted numbers."""
        parts = (self.longitudinal, self.radial, self.response, self.spots)
        return sum(int(np.size(value)) for part in parts for _, value in part)

    def to_json(self) -> str:
        """Text of their file."""
        return json.dumps(_rounded(self.model_dump(mode="json")), indent=2) + "\n"


def read_parameters(path: Path) -> Parameters:
    """Read the parameters in a file.

    Raises:
        ModelError: it is missing, or is not a file of parameters.
    """
    try:
        return Parameters.model_validate_json(path.read_text())
    except (OSError, UnicodeDecodeError) as error:
        raise errors.ModelError(f"cannot read gflash parameters {path}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "content"
        raise errors.ModelError(
            f"{path} holds no gflash parameters: {place}: {first['msg']}; "
            "make it with 'python -m calobench_gflash fit'"
        ) from error


def _rounded(content: Any) -> Any:
    """Five significant digits: more are not known."""
    if isinstance(content, float):
        return float(f"{content:.5g}")
    if isinstance(content, dict):
        return {key: _rounded(value) for key, value in content.items()}
    return [_rounded(value) for value in content] if isinstance(content, list) else content
