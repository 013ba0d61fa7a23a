from __future__ import annotations

import pytest

from calobench.report import text


def plain(words: str) -> str:
    return words.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("value", "error", "expected"),
    [
        (0.12345, 0.0234, "0.123 ± 0.023"),
        (1503.21, 5.4, "1503.2 ± 5.4"),
        (-0.5, 0.01, "−0.500 ± 0.010"),
        (2.5e-7, 1e-8, "(2.50 ± 0.10)×10⁻⁷"),
        (3.2e9, 1e8, "(3.20 ± 0.10)×10⁹"),
        (0.0, 0.0, "0 ± 0"),
        (1e300, 1e-300, "1.00×10³⁰⁰ ± 1.0×10⁻³⁰⁰"),
    ],
)
def test_the_error_rounds_the_value(value: float, error: float, expected: str) -> None:
    assert plain(text.measured(value, error)) == expected


def test_percent_has_its_sign() -> None:
    assert plain(text.percent(0.012, 0.003, signed=True)) == "(+1.20 ± 0.30) %"
    assert plain(text.percent(-0.012, 0.003, signed=True)) == "(−1.20 ± 0.30) %"


def test_p_value_is_not_smaller_than_the_replicas_resolve() -> None:
    assert text.p_value(0.0, 200) == "< 0.005"
    assert text.p_value(0.25, 200) == "0.25"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.0, "0 µs"), (0.02, "20.0 ms"), (1.0, "1.00 s"), (41.2, "41.2 s"), (7200, "2.00 h")],
)
def test_durations(seconds: float, expected: str) -> None:
    assert text.duration(seconds) == expected


def test_numbers() -> None:
    assert text.number(9.999, 2) == "10"
    assert text.number(0.0012) == "0.00120"
    assert text.number(1e-12) == "1.00×10⁻¹²"
    assert text.size(3 << 20) == "3.00 MiB"
    assert text.energy(52_000) == "52.0 GeV"
    assert plain(text.counted(2000, "shower")) == "2 000 showers"
