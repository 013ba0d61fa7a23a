"""Single showers of both sides, dealt out to seeds and pairs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from calobench._util.digest import sha256_of_files
from calobench._util.resources import data_specs_dir
from calobench.detectors import DetectorSpec
from calobench.errors import ConditionsError, ShowerFileError
from calobench.io.joined import open_showers
from calobench.io.paths import paths_in
from calobench.io.reading import UNDECLARED, Reading
from calobench.models.checks import Generated, generate_checked
from calobench.models.protocol import ShowerModel
from calobench.showers import Conditions, Content, Rounded, Showers

__all__ = [
    "Singles",
    "bundled_singles",
    "deal",
    "generate_singles",
    "pairs_a_seed",
    "read_singles",
    "single_conditions",
]

# Part of what a seed means: chunks of one size, each with a seed of its own.
_CHUNK = 100
# Energies and angles of one sample are one point; files keep them in single precision.
_SAME = 1e-4


class Singles(NamedTuple):
    """Showers at one energy and direction.

    Attributes:
        showers: N.
        description: where they come from.
        sha256: of the file.
        content_sha256: of the showers, however the file packs them.
        remarks: what was noticed in them, one line each.
    """

    showers: Showers
    description: str
    sha256: str
    content_sha256: str
    remarks: tuple[str, ...] = ()

    @property
    def energy(self) -> float:
        """Incident energy, MeV."""
        return float(self.showers.conditions.energy[0])


def bundled_singles(detector: DetectorSpec, energy_mev: float) -> Path:
    """Single Geant4 showers that ship with calobench.

    Raises:
        ShowerFileError: there are none of this detector and energy; the message says how to make some.
    """
    gev = f"{energy_mev / 1000:g}"
    path = data_specs_dir() / "reference" / "singles" / f"{detector.name}_{gev}GeV.h5"
    if not path.exists():
        raise ShowerFileError(
            f"no bundled single showers of {detector.name} at {gev} GeV; make some with 'calobench "
            f"simulate --detector {detector.name} --energy {gev} --theta 1.5708 --phi 0 -n 1000 --out "
            f"singles_{gev}GeV.h5' and give them with --reference"
        )
    return path


def read_singles(path: Path, detector: DetectorSpec, reading: Reading = UNDECLARED) -> Singles:
    """Read showers of one energy and direction.

    Args:
        path: a file, a pattern, or several with commas between.
        detector: the detector.
        reading: what is known of the files beforehand.

    Raises:
        ShowerFileError: unreadable, or showers of several energies or directions.
        MeshMismatchError: of another mesh.
    """
    from calobench.harness.stored import require_mesh

    paths = paths_in(path)
    with open_showers(paths, reading.of(detector)) as file:
        for one in file.files:
            require_mesh(one, detector)
        file.require_unweighted()
        showers, description = file.read(), file.description
        remarks = file.remarks()
    conditions = showers.conditions
    # An azimuth is the same a turn further on.
    turned = conditions.phi[0] + conditions.angle_from(
        conditions[np.zeros(len(conditions), np.intp)]
    )
    for name, values in (
        ("energy", conditions.energy),
        ("theta", conditions.theta),
        ("phi", turned),
    ):
        if np.ptp(values) > _SAME * max(1.0, float(np.abs(values).max())):
            raise ShowerFileError(
                f"{path}: {name} goes from {values.min():g} to {values.max():g}; pairs need showers of "
                "one energy and direction, simulate them with single values of --energy, --theta, --phi"
            )
    described = f"Geant4 {description}" if description else ", ".join(one.name for one in paths)
    return Singles(showers, described, sha256_of_files(paths), Content.of(showers).sha256, remarks)


def single_conditions(like: Conditions, energy_mev: float, n: int) -> Conditions:
    """``n`` particles of one energy, MeV, in the direction of the first of ``like``."""
    one = np.ones(n)
    return Conditions(one * energy_mev, one * like.theta[0], one * like.phi[0])


def generate_singles(
    model: ShowerModel,
    detector: DetectorSpec,
    conditions: Conditions,
    seed: np.random.SeedSequence,
    advance: Callable[[int], None],
) -> Generated:
    """Showers of a model.

    Args:
        model: generates them.
        detector: the detector.
        conditions: that the model covers, (N,).
        seed: of the sample; it is not advanced.
        advance: told how many more are done.

    Raises:
        ModelError: it returns something that is not showers.
    """
    parts, rounded = [], Rounded()
    for index, start in enumerate(range(0, len(conditions), _CHUNK)):
        child = np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, index))
        part = conditions[start : start + _CHUNK]
        checked = generate_checked(model, part, detector, child, twice=index == 0)
        parts.append(checked.showers.energy)
        rounded = rounded.joined(checked.rounded)
        advance(len(part))
    return Generated(Showers(np.concatenate(parts), conditions), rounded)


def deal(singles: Sequence[Showers], seeds: int) -> list[tuple[Showers, Showers]]:
    """Split showers into pairs of every seed; no shower is used twice.

    Args:
        singles: showers of the first and of the second photon, or of both.
        seeds: number of seeds.

    Returns:
        First and second showers of each seed, equally many each.

    Raises:
        ConditionsError: there are too few showers for two pairs per seed.
    """
    smaller = min(len(showers) for showers in singles)
    each = smaller * len(singles) // (2 * seeds)
    if each < 2:
        fewer = ", or fewer --seeds" if smaller * len(singles) >= 4 else ""
        raise ConditionsError(
            f"{smaller} showers are too few for two pairs per seed with --seeds {seeds}; give "
            f"{-(-4 * seeds // len(singles))} or more with --reference{fewer}"
        )
    rows = [slice(each * k, each * (k + 1)) for k in range(2 * seeds)]
    if len(singles) == 1:
        return [(singles[0][a], singles[0][b]) for a, b in zip(rows[::2], rows[1::2], strict=True)]
    return [(singles[0][a], singles[1][a]) for a in rows[:seeds]]


def pairs_a_seed(n: int, seeds: int, bins: int) -> int:
    """Pairs of a model's showers in each seed, so that all seeds together have ``n`` events or more.

    Args:
        n: number of two-photon events.
        seeds: number of seeds.
        bins: of separation; each pair is one event in each.

    Raises:
        ConditionsError: that is fewer than two pairs per seed.
    """
    pairs = -(-n // (seeds * bins))
    if pairs < 2:
        fewer = ", or fewer --seeds" if n > bins else ""
        raise ConditionsError(
            f"-n {n} makes one pair of showers per seed, an event in each of {bins} bins of separation, and "
            f"two are needed; give -n {seeds * bins + 1} or more{fewer}"
        )
    return pairs
