"""How soon does a smaller network learn what its teacher does? Held-out losses after few steps.

    python studies/small_students.py
    python studies/claims.py --write

Students of one evaluation, taught by ``distilled2``, begin with fewer of its blocks or with other tokens, or
narrower; all see the same showers and the same noise. Students that ``docs/results/small_students.json`` has
already, with as many steps, are not trained again.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from reference_models.distillation.progressive import example_at, halving_loss
from reference_models.inference.flops import evaluation_flops
from reference_models.network.dit import DiT
from reference_models.network.pruning import Example, pruned
from reference_models.network.students import with_blocks, with_patch
from reference_models.samplers.schedule import nested_sigmas
from reference_models.training.dataset import Tables, TrainingSet, hold_out
from reference_models.training.files import read_samples, training_files
from reference_models.training.step import in_precision
from reference_models.weights_io import WEIGHTS_DIR, load_model

__all__ = ["RESULT", "small_students_table"]

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "docs" / "results" / "small_students.json"
DETECTORS = ("Par04SiW", "Par04SciPb", "ODD", "FCCeeCLD", "FCCeeALLEGRO")
FIVE_LAYERS = (1, 16, 5)
BATCH, HELD_OUT, RATE, WARM_UP, SEED = 40, 200, 4e-4, 20, 1


Make = Callable[[DiT, Example], DiT]


def _keeping(*kept: int) -> Make:
    return lambda teacher, _: with_blocks(teacher, kept)


def _narrower(*kept: int) -> Make:
    """With half of the heads and of the hidden numbers."""
    return lambda teacher, example: pruned(with_blocks(teacher, kept), 4, 2, example)


def _new_ends(teacher: DiT, _: Example) -> DiT:
    """The blocks of the teacher and its positions; first and last layer untrained."""
    network = with_patch(teacher, FIVE_LAYERS)
    torch.manual_seed(SEED)
    fresh = DiT(network.config)
    for name in ("patch_in", "patch_out"):
        getattr(network, name).load_state_dict(getattr(fresh, name).state_dict())
    return network


STUDENTS: Mapping[str, Make] = {
    "blocks 1, 2, 3": _keeping(0, 1, 2),
    "blocks 1, 3, 4": _keeping(0, 2, 3),
    "blocks 1, 3": _keeping(0, 2),
    "blocks 1, 4": _keeping(0, 3),
    "blocks 3, 4": _keeping(2, 3),
    "blocks 2, 4": _keeping(1, 3),
    "blocks 1, 2": _keeping(0, 1),
    "block 3": _keeping(2),
    "block 1": _keeping(0),
    "81 tokens, first and last layer interpolated": lambda teacher, _: with_patch(
        teacher, FIVE_LAYERS
    ),
    "81 tokens, first and last layer untrained": _new_ends,
    "all blocks, half of the heads and of the hidden numbers": _narrower(0, 1, 2, 3),
    "blocks 1, 3, half of the heads and of the hidden numbers": _narrower(0, 2),
}


def small_students_table(result: Mapping[str, Any]) -> str:
    """One row per student, for docs/models.md."""
    lines = [
        f"| student | MFLOP | loss at first | after {result['steps']} steps |",
        "|---|--:|--:|--:|",
    ]
    for name, one in result["students"].items():
        lines.append(
            f"| {name} | {one['flops'] / 1e6:.0f} | {one['before']:.2f} | {one['after']:.2f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Train each for some steps and write the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--steps", type=int, default=25)
    steps = parser.parse_args().steps
    torch.set_num_threads(1)
    teacher = load_model(WEIGHTS_DIR / "edm_dit_distilled2.safetensors")
    files = training_files(
        ROOT / "data_specs" / "training", {name: (f"{name}_train.h5",) for name in DETECTORS}
    )
    train, held_out = hold_out(read_samples(files), 0.1)
    tables = Tables(teacher.transform, teacher.scale)
    taught = in_precision(teacher.network, "bf16")
    learnt = halving_loss(TrainingSet(train, tables), BATCH, 1, taught)
    judged = halving_loss(TrainingSet(held_out, tables), HELD_OUT, 1, teacher.network)

    @torch.no_grad()
    def loss(network: DiT) -> float:
        return float(judged(network, torch.Generator().manual_seed(SEED)))

    settings = {"steps": steps, "batch_size": BATCH, "seed": SEED}
    students: dict[str, Any] = {}
    if RESULT.exists():
        before = json.loads(RESULT.read_text(encoding="utf-8"))
        if {key: before[key] for key in settings} == settings:
            students = before["students"]
    example = _example(TrainingSet(train, tables))
    for name, make in STUDENTS.items():
        if name in students:
            continue
        network = make(teacher.network, example)
        flops, first = evaluation_flops(network.config), loss(network)
        trained, generator = in_precision(network, "bf16"), torch.Generator().manual_seed(SEED)
        optimizer = torch.optim.AdamW(network.parameters(), lr=RATE)
        for step in range(steps):
            for group in optimizer.param_groups:
                group["lr"] = RATE * min(1, (step + 1) / WARM_UP)
            optimizer.zero_grad()
            torch.autograd.backward(learnt(trained, generator))
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
        students[name] = {"flops": flops, "before": first, "after": loss(network)}
        print(name, students[name], flush=True)
        result = {**settings, "students": students}
        RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def _example(data: TrainingSet) -> Example:
    """Showers as a student of one evaluation is given them."""
    generator = torch.Generator().manual_seed(SEED)
    batch = data.batch(HELD_OUT, generator)
    sigma = nested_sigmas(1)[:1].float().expand(HELD_OUT)
    return example_at(batch, sigma, generator)


if __name__ == "__main__":
    main()
