"""Showers in every other format that is read: changed bytes, members and declarations."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import yaml
from driver import Input, call
from format_writers import write_arrays, write_edm4hep, write_showerdata
from mutations import HOSTILE_NAMES, HOSTILE_WORDS, mutate_bytes, pick
from toy_detector import toy_detector

from calobench.io.writers.packed import PackedWriter
from calobench.showers import Conditions, Showers

__all__ = ["attack_formats"]

_ENDINGS = {"arrays": ".npz", "array": ".npy", "points": ".h5", "hits": ".root", "packed": ".h5"}
_DECLARED = ("z,phi,r", "r,phi,z", "x,y,z", "x,y,layer", "r,r,z", ",", *HOSTILE_NAMES[:4])
_UNITS = ("MeV", "GeV", "MeV,GeV", "keV", "", *HOSTILE_WORDS[:4])


def _showers() -> Showers:
    rng, n = np.random.default_rng(5), 3
    cells = rng.exponential(size=(n, 9, 16, 45)) * (rng.random((n, 9, 16, 45)) < 0.02)
    cells *= 2000 / cells.sum(axis=(1, 2, 3), keepdims=True)
    return Showers(
        cells.astype(np.float32), Conditions(np.full(n, 2e4), np.full(n, np.pi / 2), np.zeros(n))
    )


@functools.cache
def _base() -> dict[str, bytes]:
    """Format to the bytes of a whole file of it."""
    showers, contents = _showers(), {}
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "base"
        write_arrays(path.with_suffix(".npz"), showers)
        contents["arrays"] = path.with_suffix(".npz").read_bytes()
        np.save(path.with_suffix(".npy"), showers.energy)
        contents["array"] = path.with_suffix(".npy").read_bytes()
        write_showerdata(path, showers)
        contents["points"] = path.read_bytes()
        write_edm4hep(path.with_suffix(".root"), showers)
        contents["hits"] = path.with_suffix(".root").read_bytes()
        packed = path.with_suffix(".packed")
        with PackedWriter(packed, mesh=toy_detector().mesh_geometry) as writer:
            writer.append(showers)
        contents["packed"] = packed.read_bytes()
    return contents


def attack_formats(folder: Path, rng: np.random.Generator) -> Input:
    """One file, read by ``inspect`` or ``convert`` with declarations that may be wrong."""
    kind = pick(rng, sorted(_ENDINGS))
    path, out = folder / f"input{_ENDINGS[kind]}", folder / "out.h5"
    content = _base()[kind]
    how = rng.random()
    path.write_bytes(mutate_bytes(rng, content) if how < 0.6 else content)
    if how >= 0.6 and kind in {"arrays", "points", "packed"}:
        _change_member(rng, kind, path)
    # An array alone says nothing of its particles: their files lie beside it.
    for name in ("energy", "theta", "phi"):
        values = getattr(_showers().conditions, name)
        np.save(folder / f"incident_{name}.npy", values)
    detector = folder / "toy.yaml"
    if not detector.exists():
        detector.write_text(
            yaml.safe_dump(toy_detector().model_dump(mode="json", exclude_none=True))
        )
    words = ["convert", str(path), str(out)] if rng.random() < 0.7 else ["inspect", str(path)]
    if rng.random() < 0.9:
        words += ["--detector", str(detector)]
    if rng.random() < 0.3:
        words += ["--axes", str(pick(rng, _DECLARED))]
    if rng.random() < 0.3:
        words += ["--unit", str(pick(rng, _UNITS))]

    def check() -> str:
        out.unlink(missing_ok=True)
        outcome = call(words)
        if outcome.code == 0 and words[0] == "convert":
            _look_at(kind, path, out, words)
        elif outcome.code and out.exists():
            raise AssertionError("an output of a refused input")
        return "refused" if outcome.code else "ok"

    return Input("formats", f"{kind}: {' '.join(words[3:])}"[:200], check)


def _change_member(rng: np.random.Generator, kind: str, path: Path) -> None:
    """One array of the file left out, cut, or given values and types that do not belong there."""
    if kind == "arrays":
        with np.load(path) as file:
            content = dict(file)
        name = str(pick(rng, sorted(content)))
        content[name] = _wrong(rng, content[name])
        np.savez(path, **{k: v for k, v in content.items() if v is not None})
        return
    with h5py.File(path, "r+") as file:
        names: list[str] = []
        file.visititems(lambda n, item: names.append(n) if isinstance(item, h5py.Dataset) else None)
        name = str(pick(rng, sorted(names)))
        values = file[name][:]
        wrong = _wrong(rng, values) if values.dtype != object else values[:-1]
        del file[name]
        if wrong is not None and wrong.dtype != object:
            file[name] = wrong


def _wrong(rng: np.random.Generator, values: np.ndarray) -> Any:
    way = int(rng.integers(7))
    if way == 0 or not values.size:
        return None
    if way == 1:
        return values[:-1]
    if way == 2:
        return values.reshape(-1)
    if way == 3:
        return values.astype(pick(rng, ("f2", ">f8", "i4", "?", "c8", "S3")))
    changed = np.array(values)
    place = tuple(int(rng.integers(size)) for size in changed.shape)
    if way == 4 and changed.dtype.kind == "f":
        changed[place] = pick(rng, (np.nan, np.inf, -1, 1e38, 1e-45, 0))
    elif way == 5:
        changed[place] = 0
    else:
        changed = changed[..., None]
    return changed


def _look_at(kind: str, path: Path, out: Path, words: list[str]) -> None:
    """Require that written showers are finite and not negative, and equal to numpy's reading of arrays."""
    with h5py.File(out) as file:
        cells = file["showers"][:]
        energy = file["incident_energy"][:]
    if not (np.isfinite(cells).all() and cells.min(initial=0) >= 0 and np.isfinite(energy).all()):
        raise AssertionError("convert: showers that are no numbers")
    if kind == "arrays":
        with np.load(path) as file:
            total = file["showers"].astype(np.float64)
        # Rounding below zero is set to zero; the unit is one for all.
        expected = np.where(total < 0, 0, total).reshape(len(total), -1).sum(axis=1)
        ratio = cells.sum(axis=(1, 2, 3), dtype=np.float64) / np.where(expected > 0, expected, 1)
        if not any(np.allclose(ratio[expected > 0], unit, rtol=1e-5) for unit in (1, 1000)):
            raise AssertionError(f"convert: other energies than numpy reads ({words})")
