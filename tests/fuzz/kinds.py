"""The kinds of inputs: the mutation, the commands that get it, and an independent reading of it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import yaml
from driver import Ended, Input, call
from mutations import HOSTILE_NAMES, HOSTILE_WORDS, mutate_bytes, mutate_tree, pick
from quality_factory import make_run

from calobench._util.resources import data_specs_dir
from calobench.detectors import load_detector
from calobench.gate.documents import make_baseline
from calobench.io import LemursFile
from calobench.results.seal import _digest, seal

__all__ = ["KINDS", "Bench"]

# Inputs of 10,000.
KINDS = {
    "hdf5": 3600,
    "detector": 1700,
    "results": 1700,
    "arguments": 1000,
    "weights": 500,
    "challenge": 500,
    "formats": 1000,
}
_SHAPE = (9, 16, 45)
_DECIMAL = re.compile(
    r"[-+]?([0-9]|[1-9][0-9]*|)(\.[0-9]*)?([eE][-+]?[0-9]+)?|[-+]?(0|[1-9][0-9]*)\.?"
)


def _how(outcome: Ended) -> str:
    return "refused" if outcome.code == 2 else "ok"


def _require(condition: bool, what: str) -> None:
    if not condition:
        raise AssertionError(what)


class Bench:
    """Everything that inputs are made of, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "input"
        self._hdf5 = [self._make_hdf5(*layout) for layout in _LAYOUTS]
        self._challenge = self._make_challenge()
        self._yaml = [
            p.read_text() for p in sorted((data_specs_dir() / "detectors").glob("*.yaml"))
        ]
        run = seal(make_run(seed=1)[0])
        self._results = json.loads(run.model_dump_json())
        self._baseline = json.loads(make_baseline(make_run(seed=2)[0]).model_dump_json())
        self.results = self._write("results.json", json.dumps(self._results))
        self.baseline = self._write("baseline.json", json.dumps(self._baseline))
        self.tiny = self._write("tiny.h5", self._hdf5[0])
        self._specials = self._make_specials()
        self._weights: tuple[dict[str, Any], dict[str, Any]] | None = None

    def warm_up(self) -> None:
        """Import here what commands import, and not again in every process."""
        for words in _COMMANDS:
            place = {"TINY": self.tiny, "RESULTS": self.results, "BASELINE": self.baseline}
            with contextlib.suppress(AssertionError):
                call(
                    [
                        str(place.get(word, word)).replace("OUT", str(self.folder / "warm"))
                        for word in words
                    ]
                )
        for path in self.folder.glob("warm*"):
            path.unlink()

    def make(self, kind: str, rng: np.random.Generator) -> Input:
        """One input of a kind; its file is at ``path`` (weights and arguments have others)."""
        maker: Callable[[np.random.Generator], Input] = getattr(self, f"_{kind}_input")
        return maker(rng)

    def _write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(
            content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
        )
        return path

    # HDF5

    def _make_hdf5(self, libver: str, layout: dict[str, Any]) -> bytes:
        rng, path = np.random.default_rng(3), self.folder / "base.h5"
        with h5py.File(path, "w", libver=libver) as file:
            file.attrs.update({"detector": "FCCeeALLEGRO", "geant4": "11.4.1", "mesh_dr_mm": 4.65})
            cells = rng.exponential(size=(3, *_SHAPE)) * (rng.random((3, *_SHAPE)) < 0.05)
            file.create_dataset("showers", data=cells.astype(np.float32), **layout)
            for name, low, high in (("energy", 1e3, 1e5), ("theta", 1, 2), ("phi", 0, 6)):
                file[f"incident_{name}"] = rng.uniform(low, high, 3)
            file["vertex_yz"] = rng.uniform(-5, 5, (3, 2))
        return path.read_bytes()

    def _hdf5_input(self, rng: np.random.Generator) -> Input:
        content = pick(rng, self._hdf5)
        if rng.random() < 0.6:
            path, what = self._write("input.h5", mutate_bytes(rng, content)), "bytes"
        else:
            path = self._write("input.h5", content)
            what = _restructure(rng, path)
        command = pick(rng, ("inspect", "convert", "place"))
        return Input("hdf5", f"{command}: {what}", lambda: self._read_hdf5(command, path))

    def _read_hdf5(self, command: str, path: Path) -> str:
        out = self.folder / "out.h5"
        out.unlink(missing_ok=True)
        if command == "inspect":
            outcome = call(["inspect", str(path)])
            if outcome.code == 0:
                with h5py.File(path) as file:
                    visible = (
                        file["showers"][:].astype(np.float32).sum(axis=(1, 2, 3), dtype=np.float64)
                    )
                    energy = file["incident_energy"][:].astype(np.float64)
                output = re.sub(r"\s+", " ", outcome.out)
                _require(
                    f"{visible.mean():.5g} MeV" in output, "inspect: another mean visible energy"
                )
                _require(
                    f"{energy.min():.6g} to {energy.max():.6g}" in output, "inspect: another energy"
                )
        elif command == "convert":
            outcome = call(["convert", str(path), str(out), "--format", "lemurs"])
            if outcome.code == 0:
                _compare(path, out)
        else:
            outcome = call(["place", str(path), "-o", str(out), "--method", "centre"])
            if outcome.code == 0:
                with h5py.File(out) as file, LemursFile(path) as source:
                    placed, read = (
                        file["energy"][:].sum(),
                        source.read().energy.sum(dtype=np.float64),
                    )
                    _require(placed <= read * (1 + 1e-6), "place: more energy than there is")
        _require(outcome.code == 0 or not out.exists(), "an output of a refused input")
        return _how(outcome)

    # Detectors

    def _detector_input(self, rng: np.random.Generator) -> Input:
        text = pick(rng, self._yaml)
        if rng.random() < 0.25:
            text = mutate_bytes(rng, text.encode()).decode(errors="surrogateescape")
        for _ in range(int(rng.integers(1, 3))):
            values = list(re.finditer(r"(?<=[:\[,\-] )[^\s,\]\}\[\{#]+", text))
            if values:
                place = pick(rng, values)
                word = pick(rng, HOSTILE_WORDS if rng.random() < 0.8 else HOSTILE_NAMES)
                text = text[: place.start()] + word + text[place.end() :]
        path = self.folder / "input.yaml"
        path.write_bytes(text.encode(errors="surrogateescape"))

        def check() -> str:
            outcome = call(["detectors", str(path)])
            if outcome.code == 0:
                _compare_yaml(path)
            return _how(outcome)

        return Input("detector", "yaml", check)

    # Results and baselines

    def _results_input(self, rng: np.random.Generator) -> Input:
        is_baseline = rng.random() < 0.5
        tree = self._baseline if is_baseline else self._results
        how = rng.random()
        changed: Any = None
        if how < 0.3:
            content: str | bytes = mutate_bytes(rng, json.dumps(tree).encode())
        else:
            changed = mutate_tree(rng, tree)
            if how < 0.65 and isinstance(changed, dict):
                changed["digest"] = _sealed(changed)
            content = _dumped(rng, changed)
        path = self._write("input.json", content)
        sealed = 0.3 <= how < 0.65

        def check() -> str:
            pair = (self.results, path) if is_baseline else (path, self.baseline)
            text = {name: self.folder / f"gate.{name}" for name in ("md", "xml", "json")}
            for one in text.values():
                one.unlink(missing_ok=True)
            options = ("--markdown", "md"), ("--junit", "xml"), ("--json", "json")
            arguments = [str(a) for option, name in options for a in (option, text[name])]
            outcome = call(
                ["gate", str(pair[0]), "--baseline", str(pair[1]), *arguments], (0, 1, 2, 3)
            )
            if outcome.code != 2:
                _require("<script" not in text["md"].read_text(), "a tag in the comment")
                ET.parse(text["xml"])
                same = sealed or _same(path, tree)
                _require(same or outcome.code == 3, "an edited document is taken at its word")
            if not is_baseline:
                out = self.folder / "new-baseline.json"
                call(["baseline", str(path), "-o", str(out), "--force"])
                call(["report", str(path), "--out", str(self.folder / "page.html"), "--force"])
            return _how(outcome)

        return Input("results", "baseline" if is_baseline else "results", check)

    # Arguments

    def _make_specials(self) -> list[str]:
        os.mkfifo(self.folder / "pipe.h5")
        os.mkfifo(self.folder / "pipe.yaml")
        (self.folder / "loop.json").symlink_to(self.folder / "loop.json")
        (self.folder / "folder.h5").mkdir()
        (self.folder / "device.h5").symlink_to("/dev/zero")
        names = (
            "pipe.h5",
            "pipe.yaml",
            "loop.json",
            "folder.h5",
            "device.h5",
            "missing.h5",
            "tiny.h5",
        )
        places = [str(self.folder / name) for name in names]
        return [
            *places,
            "/dev/zero",
            "/dev/full",
            "/dev/tty",
            "/proc/self/mem",
            f"{places[0]}/x",
            "a\0b",
        ]

    def _arguments_input(self, rng: np.random.Generator) -> Input:
        call_words = list(pick(rng, _COMMANDS))
        for _ in range(int(rng.integers(1, 4))):
            place = int(rng.integers(1, len(call_words) + 1))
            pool = pick(rng, (self._specials, HOSTILE_WORDS, HOSTILE_NAMES, _OPTIONS))
            word = str(pick(rng, pool))
            if rng.random() < 0.75 and place < len(call_words):
                call_words[place] = word
            else:
                call_words.insert(place, word)
        names = {"TINY": self.tiny, "RESULTS": self.results, "BASELINE": self.baseline}
        out = self.folder / "arguments-out"
        words = [str(names.get(word, word)).replace("OUT", str(out)) for word in call_words]

        def check() -> str:
            os.chdir(self.folder)
            return _how(call(words, (0, 1, 2, 3)))

        return Input("arguments", " ".join(words)[:200], check)

    # Weights and cards

    def _weights_input(self, rng: np.random.Generator) -> Input:
        from weights import attack_weights

        return attack_weights(self.folder, rng)

    # Other formats

    def _formats_input(self, rng: np.random.Generator) -> Input:
        from formats import attack_formats

        return attack_formats(self.folder, rng)

    # CaloChallenge

    def _make_challenge(self) -> bytes:
        rng, path = np.random.default_rng(4), self.folder / "base.hdf5"
        with h5py.File(path, "w") as file:
            layout = {"chunks": (2, 6480), "compression": "gzip", "shuffle": True}
            cells = rng.exponential(size=(3, 6480)).astype(np.float32)
            file.create_dataset("showers", data=cells, **layout)
            file["incident_energies"] = rng.uniform(1e3, 1e5, (3, 1))
        return path.read_bytes()

    def _challenge_input(self, rng: np.random.Generator) -> Input:
        if rng.random() < 0.5:
            path = self._write("input.xml", _mutated_xml(rng))
            arguments = ["run", "--protocol", "calochallenge", "--dataset", "2", "--model", "missing.h5",
                         "--reference", "missing.h5", "--binning", str(path)]  # fmt: skip
            return Input("challenge", "xml", lambda: _how(call(arguments)))
        path = self._write("input.hdf5", self._challenge)
        if rng.random() < 0.5:
            path.write_bytes(mutate_bytes(rng, self._challenge))
        else:
            _restructure(rng, path, ("showers", "incident_energies"))
        out = self.folder / "out.h5"
        out.unlink(missing_ok=True)

        def check() -> str:
            outcome = call(["convert", str(path), str(out)])
            if outcome.code == 0:
                with h5py.File(path) as source, h5py.File(out) as output:
                    cells = source["showers"][:].astype(np.float64) * 0.033
                    expected = cells.reshape(-1, 45, 16, 9).transpose(0, 3, 2, 1)
                    values = output["showers"][:]
                    close = np.allclose(values, expected, rtol=1e-6, atol=1e-30)
                    _require(close, "convert: other energies than h5py reads")
            return _how(outcome)

        return Input("challenge", "hdf5", check)


_GZIP = {"chunks": (2, *_SHAPE), "compression": "gzip", "shuffle": True}
_LAYOUTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("earliest", _GZIP), ("latest", _GZIP), ("earliest", {}), ("latest", {}),
    ("earliest", {"chunks": (1, *_SHAPE), "fletcher32": True, "maxshape": (None, *_SHAPE)}),
)  # fmt: skip
_DTYPES = (
    ">f4",
    "f8",
    ">f8",
    "f2",
    "i4",
    ">u2",
    "u8",
    "longdouble",
    "S3",
    "c8",
    "?",
    [("a", "f4")],
)
_OPTIONS = (
    "--force",
    "--detector",
    "--out",
    "--seed",
    "-n",
    "--model",
    "--",
    "-h",
    "--json",
    "--policy",
)
_COMMANDS = (
    ("inspect", "TINY"),
    ("inspect", "TINY", "--detector", "ALLEGRO"),
    ("convert", "TINY", "OUT.h5", "--divide-by", "2"),
    ("convert", "TINY", "OUT.h5", "--sampling-fraction", "0.2", "--energy-unit", "GeV", "--force"),
    ("place", "TINY", "-o", "OUT.csv", "--points", "1", "--seed", "1", "--force"),
    ("detectors", "ALLEGRO"),
    ("gate", "RESULTS", "--baseline", "BASELINE", "--markdown", "OUT.md", "--junit", "OUT.xml"),
    ("gate", "RESULTS", "--baseline", "BASELINE", "--policy", "missing.toml", "--json", "OUT.json"),
    ("baseline", "RESULTS", "-o", "OUT.json", "--force"),
    ("report", "missing.json", "--out", "OUT.html"),
    ("run", "--model", "missing.h5", "--detector", "ALLEGRO", "-n", "5", "--seed", "1"),
    ("run", "--model", "missing.h5", "--detector", "ALLEGRO", "--reference", "TINY", "--out", "OUT"),
    ("compare", "--models", "missing.h5,none.h5", "--detector", "ALLEGRO", "--json", "OUT.json"),
    ("diphoton", "--model", "none:none", "--detector", "CLD", "--energies", "20,20", "--separation", "0:30"),
    ("time", "--detector", "ALLEGRO", "--models", "none:none", "--batch-sizes", "1", "--quality", "missing"),
    ("simulate", "--detector", "missing.yaml", "--energy", "1:2", "--out", "OUT.h5", "--theta", "1"),
    ("run", "--protocol", "calochallenge", "--dataset", "2", "--model", "none.h5", "--reference", "TINY"),
)  # fmt: skip


def _restructure(rng: np.random.Generator, path: Path, names: tuple[str, ...] = ()) -> str:
    """Store a data set or attribute in another way; returns which."""
    name = pick(
        rng, names or ("showers", "incident_energy", "incident_theta", "incident_phi", "vertex_yz")
    )
    kind = int(rng.integers(9))
    # Some of it h5py itself does not write.
    unwritable = contextlib.suppress(ValueError, TypeError, OSError, RuntimeError)
    with h5py.File(path, "r+") as file, unwritable:
        values = file[name][:]
        chunks = file[name].chunks
        layout: dict[str, Any] = {"chunks": chunks, "compression": 4} if chunks else {}
        del file[name]
        if kind == 0:
            dtype = np.dtype(pick(rng, _DTYPES))
            changed = np.zeros(values.shape, dtype) if dtype.names else values.astype(dtype)
            file.create_dataset(name, data=changed, shuffle=bool(layout), **layout)
        elif kind == 1:
            file.create_dataset(name, data=values, scaleoffset=3, chunks=values.shape)
        elif kind == 2:
            shape = tuple(int(s * pick(rng, (1, 1, 2, 10**6, 10**12))) for s in values.shape)
            file.create_dataset(name, shape, values.dtype, chunks=values.shape, fillvalue=1)
        elif kind == 3:
            raw = path.with_suffix(".raw")
            raw.write_bytes(values.tobytes()[: int(rng.integers(1, values.nbytes))])
            file.create_dataset(
                name, values.shape, values.dtype, external=[(str(raw), 0, values.nbytes)]
            )
        elif kind == 4:
            link = (
                h5py.SoftLink("/gone"),
                h5py.SoftLink(f"/{name}"),
                h5py.ExternalLink("x.h5", "/a"),
            )
            file[name] = pick(rng, link)
        elif kind == 5:
            file[name] = pick(
                rng, (h5py.Empty("f4"), 1.5, "text", np.zeros((3, 0)), values[:2], values.T)
            )
        elif kind == 6:
            place = tuple(int(rng.integers(s)) for s in values.shape)
            values[place] = pick(rng, (np.nan, np.inf, -np.inf, -1, 1e38, 1e-45, -1e-30, 0))
            file.create_dataset(name, data=values, **layout)
        elif kind == 7:
            file[name] = values
            file[str(pick(rng, HOSTILE_NAMES[:12]))] = pick(
                rng, (values, np.arange(3), h5py.Empty("i4"))
            )
        else:
            file[name] = values
            wild = (
                0,
                -1.0,
                np.nan,
                "a" * 3000,
                b"x\0y",
                np.arange(3),
                h5py.Empty("f4"),
                "\x1b[31m\u202e",
            )
            attribute = pick(
                rng, ("mesh_dr_mm", "mesh_dz_mm", "detector", "geant4", "geometry_hash", "\x1b")
            )
            file.attrs[attribute] = pick(rng, wild)
    return f"{name} in way {kind}"


def _compare(path: Path, out: Path) -> None:
    with h5py.File(path) as source, h5py.File(out) as output:
        expected = source["showers"][:].astype(np.float32)
        cells = output["showers"][:]
        # What lies below zero by rounding is set to zero.
        same = (cells == expected) | ((expected < 0) & (cells == 0))
        _require(cells.shape == expected.shape and bool(same.all()), "convert: other showers")
        for name in source:
            item = source.get(name)
            if (
                name == "showers"
                or not isinstance(item, h5py.Dataset)
                or item.dtype.kind not in "fiu"
            ):
                continue
            if item.shape and item.shape[0] == len(expected):
                _require(name in output, f"convert: lost '{name}'")
                _require(
                    np.array_equal(
                        output[name][:], item[:].reshape(output[name].shape), equal_nan=True
                    ),
                    f"other '{name}'",
                )


def _compare_yaml(path: Path) -> None:
    """Every number of the detector is the decimal number that stands in the file."""
    plain = yaml.load(path.read_text(), yaml.BaseLoader)
    spec = load_detector(str(path)).model_dump(mode="json", exclude_unset=True)

    def walk(read: Any, text: Any, where: str) -> None:
        if isinstance(read, dict):
            for key, value in read.items():
                walk(value, text[key], f"{where}.{key}")
        elif isinstance(read, list):
            _require(len(read) == len(text), f"{where}: another length")
            for item, other in zip(read, text, strict=True):
                walk(item, other, where)
        elif isinstance(read, bool):
            _require(text.lower() == str(read).lower(), f"{where}: {text} read as {read}")
        elif isinstance(read, int | float):
            decimal = _DECIMAL.fullmatch(text) is not None
            _require(decimal and float(text) == read, f"{where}: {text} read as {read}")

    walk(spec, plain, "")


def _sealed(tree: dict[str, Any]) -> str:
    try:
        return _digest(tree)
    except (ValueError, OverflowError):
        return "0" * 64


def _dumped(rng: np.random.Generator, tree: Any) -> str:
    text = json.dumps(tree)
    if rng.random() < 0.1 and text.startswith("{"):
        key = pick(rng, ("model", "run", "schema_version", "quality"))
        text = text[:-1] + f', "{key}": {json.dumps(pick(rng, (None, {}, "x", 1)))}}}'
    return "[" * 5000 if rng.random() < 0.01 else text


def _same(path: Path, tree: dict[str, Any]) -> bool:
    """Tell whether a document equals the unchanged one, by plain comparison."""
    document = json.loads(path.read_text())

    def clean(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: clean(item) for key, item in value.items() if item is not None}
        return [clean(item) for item in value] if isinstance(value, list) else value

    return bool(clean(document) == clean(tree))


def _mutated_xml(rng: np.random.Generator) -> bytes:
    edges = ",".join(str(4.65 * k) for k in range(10))
    layers = "".join(f'<Layer id="{k}" r_edges="{edges}" n_bin_alpha="16"/>' for k in range(45))
    encoding = pick(
        rng, ("utf-8", "UTF-7", "utf-16", "rot13", "hex", "nonsense", "latin-1", "cp037", "")
    )
    text = f'<?xml version="1.0" encoding="{encoding}"?><Bins><Bin name="electron">{layers}</Bin></Bins>'
    for _ in range(int(rng.integers(0, 3))):
        numbers = list(re.finditer(r'(?<=")[0-9.]+(?=[",])', text))
        place, word = pick(rng, numbers), pick(rng, (*HOSTILE_WORDS[:9], "1000000000", "-5", "1_6"))
        text = text[: place.start()] + word + text[place.end() :]
    content = text.encode("utf-16" if encoding == "utf-16" else "utf-8")
    return mutate_bytes(rng, content) if rng.random() < 0.4 else content
