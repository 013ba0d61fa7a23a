"""Changes of bytes, of trees (JSON, YAML, TOML) and of single words, all drawn from one generator."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

__all__ = ["HOSTILE_NAMES", "HOSTILE_WORDS", "mutate_bytes", "mutate_tree", "pick"]

HOSTILE_NAMES = (
    "<script>alert(1)</script>", "`<img src=x>`", "\x1b[2J\x1b]0;x\x07", "\u202egnp.5h", "a\u200bb", "$x^{2$",
    "[red]x[/blue]", ":smile:", "{{ x }}", "a|b", "'; rm -rf x", "%s%n", "\\", "a" * 300, "", " ", "..", "-",
    "~", "\u0661\u0662", "\U0001f4a9", "CON", "x\ny",
)  # fmt: skip
HOSTILE_WORDS = (
    "0", "-1", "1e999", "-1e999", "nan", "inf", "9" * 30, "9" * 5000, "1_0", "010", "1:30", "0x1F", "0b11",
    "true", "yes", "on", "null", "~", "", "1e-320", "1.5", "\u0663",
    "!!int 5", "!!bool 1", "'1'", "[1]", "{a: 1}",
    "*x", "&x 1", "5 mm", "1,5", "1 000", "+5", ".5", "5.", "1E3", "0.0", "-0.0", "2024-01-01", "=", "<<",
)  # fmt: skip
_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**53 + 1, 2**64, 10**400, 0.0, -1.5, 1e308, float("nan"),
    float("inf"), "", "x", "1", *HOSTILE_NAMES[:6], [], {}, [[]], {"a": 1}, [None] * 3,
)  # fmt: skip


def pick(rng: np.random.Generator, things: Any) -> Any:
    """One of them."""
    return things[int(rng.integers(len(things)))]


def mutate_bytes(rng: np.random.Generator, content: bytes) -> bytes:
    """A few bytes changed, cut out, doubled, or the end cut off; mostly where files keep their structure."""
    out = bytearray(content)
    for _ in range(int(rng.integers(1, 8))):
        if not out:
            break
        place = int(rng.integers(len(out) if rng.random() < 0.4 else min(len(out), 6000)))
        kind = int(rng.integers(7))
        length = int(rng.integers(1, 9))
        if kind == 0:
            out[place] ^= 1 << int(rng.integers(8))
        elif kind == 1:
            out[place] = int(rng.integers(256))
        elif kind == 2:
            out[place : place + length] = b"\xff" * length
        elif kind == 3:
            out[place : place + length] = rng.bytes(length)
        elif kind == 4:
            del out[place : place + length]
        elif kind == 5:
            out[place:place] = out[place : place + length]
        elif rng.random() < 0.2:
            del out[place:]
    return bytes(out)


def mutate_tree(rng: np.random.Generator, tree: Any) -> Any:
    """The tree with one to three places changed, removed, doubled or renamed."""
    out = copy.deepcopy(tree)
    for _ in range(int(rng.integers(1, 4))):
        holder, key = _place(rng, out)
        if holder is None:
            return pick(rng, _VALUES)
        value = holder[key]
        kind = int(rng.integers(6))
        if kind == 0:
            del holder[key]
        elif kind == 1 and isinstance(holder, dict):
            holder[str(pick(rng, HOSTILE_NAMES))] = holder.pop(key)
        elif kind == 2 and isinstance(holder, list):
            holder.append(copy.deepcopy(value))
        elif kind == 3 and isinstance(value, int | float) and not isinstance(value, bool):
            factor = pick(rng, (-1, 0, 2, 1e-9, 1e9, 1.0000001))
            # A whole number of another mutation may be too large for a float.
            holder[key] = value * factor if abs(value) < 1e300 else value * int(factor)
        elif kind == 4 and isinstance(value, str):
            holder[key] = value + pick(rng, HOSTILE_NAMES)
        else:
            holder[key] = pick(rng, _VALUES)
    return out


def _place(rng: np.random.Generator, tree: Any) -> tuple[Any, Any]:
    """A holder and a key in it, any depth; (None, None) in what holds nothing."""
    holder, key = None, None
    while isinstance(tree, dict | list) and tree:
        if holder is not None and rng.random() < 0.15:
            break
        keys = list(tree) if isinstance(tree, dict) else range(len(tree))
        holder, key = tree, pick(rng, keys)
        tree = holder[key]
    return holder, key
