"""Text of the report as LaTeX."""

from __future__ import annotations

import re

from calobench.report.labels import parts

__all__ = ["latex"]

_SUPERSCRIPTS = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"
_DIGITS = str.maketrans(_SUPERSCRIPTS, "-0123456789")
# What is no letter of a font of LaTeX, as mathematics.
_SYMBOLS = {
    "±": r"\pm",
    "×": r"\times",
    "−": "-",
    "⟨": r"\langle",
    "⟩": r"\rangle",
    "σ": r"\sigma",
    "χ": r"\chi",
    "φ": r"\varphi",
    "θ": r"\theta",
    "√": r"\surd",
    "≤": r"\leq",
    "≥": r"\geq",
    "₁": "_1",
    "₉": "_9",
    "₀": "_0",
    "Δ": r"\Delta",
    "ρ": r"\rho",
    "γ": r"\gamma",
    "κ": r"\kappa",
    "π": r"\pi",
    "·": r"\cdot",
    "…": r"\ldots",
    "<": "<",
    ">": ">",
}
_ESCAPES = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: "\\" + character for character in "&%$#_{}"},
}
_SPACES = {"\N{NO-BREAK SPACE}": "~", "\N{NARROW NO-BREAK SPACE}": r"\,"}


def latex(text: str) -> str:
    """The text with what has a meaning in LaTeX escaped, and with symbols and indices as mathematics."""
    return "".join(
        _plain(plain[:-1]) + _indexed(plain[-1], index) if index else _plain(plain)
        for plain, index in parts(text)
    )


def _indexed(letter: str, index: str) -> str:
    return rf"${_inner(letter)}_{{\mathrm{{{''.join(map(_inner, index))}}}}}$"


def _inner(character: str) -> str:
    """Inside mathematics symbols need no dollar signs of their own."""
    return _SYMBOLS.get(character) or _ESCAPES.get(character, character)


def _plain(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        part = match[0]
        if part[0] in _SUPERSCRIPTS:
            return f"$^{{{part.translate(_DIGITS)}}}$"
        if part in _SYMBOLS:
            return f"${_SYMBOLS[part]}$"
        return _ESCAPES.get(part) or _SPACES.get(part) or part

    return re.sub(rf"[{_SUPERSCRIPTS}]+|.", one, text, flags=re.DOTALL)
