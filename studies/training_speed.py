"""Steps per second of a training, compiled and not.

    python studies/training_speed.py --config reference_models/configs/train_further.yaml --device cuda

Reads the training sample, trains some steps of which nothing is kept, and writes
``docs/results/training_speed.json``.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
import yaml

from reference_models.training.recipes import load_recipe

RESULT = Path(__file__).parents[1] / "docs" / "results" / "training_speed.json"


def steps_per_s(content: dict[str, Any], device: str, steps: int) -> float:
    """Of a configuration, after two steps that are not timed: the step is captured in them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.yaml"
        path.write_text(yaml.safe_dump({**content, "output": folder, "weights": f"{folder}/none"}))
        trainer = load_recipe(path, device=device).trainer
        for _ in range(2):
            trainer._step()
        start = time.perf_counter()
        for _ in range(steps):
            trainer._step()
        return steps / (time.perf_counter() - start)


def main() -> None:
    """Measure both and write the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--config", type=Path, required=True, help="of a training")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N")
    parser.add_argument("--steps", type=int, default=300, help="that are timed")
    arguments = parser.parse_args()
    content = yaml.safe_load(arguments.config.read_text(encoding="utf-8"))
    found = torch.cuda.get_device_name() if arguments.device.startswith("cuda") else "CPU"
    result = {
        "device": found,
        "torch": torch.__version__,
        "batch_size": content["optimizer"]["batch_size"],
        "steps": arguments.steps,
    }
    for name, compiled in (("steps_per_s", None), ("compiled_steps_per_s", True)):
        optimizer = {**content["optimizer"], "compiled": compiled}
        one = {**content, "optimizer": optimizer}
        result[name] = round(steps_per_s(one, arguments.device, arguments.steps), 1)
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
