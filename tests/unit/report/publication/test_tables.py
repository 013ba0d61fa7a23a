"""Tables for papers."""

from __future__ import annotations

import csv
import io
import re

from pylatexenc.latexwalker import LatexEnvironmentNode, LatexWalker
from several_factory import make_runs

from calobench.report.latex import latex
from calobench.report.publication.content import score_table, summary_table
from calobench.report.publication.files import csv_bytes
from calobench.report.publication.tables import (
    Measured,
    Table,
    latex_table,
    markdown_table,
    table_rows,
)

TABLE = Table(
    "odd",
    "50 % of a_b & c",
    (("", 1), ("m_1", 2)),
    ("what", "value", "null"),
    (
        ("E_vis|x", Measured(0.827, 0.367, marked=True), Measured(0.18123, digits=2)),
        ("none", None, "a\nb"),
        ("minus", Measured(-1.5, 0.1), None),
    ),
)


def test_latex_is_booktabs_and_escaped() -> None:
    text = latex_table(TABLE)
    assert r"\caption{50 \% of $a_{\mathrm{b}}$ \& c}" in text
    assert r"\multicolumn{2}{c}{$m_{\mathrm{1}}$}" in text
    assert r"\cmidrule(lr){2-3}" in text
    assert r"$0.8 \pm 0.4^{*}$ & $0.18$ \\" in text
    assert r"$-1.50 \pm 0.10$ & -- \\" in text
    for rule in ("toprule", "midrule", "bottomrule"):
        assert text.count(rf"\{rule}") == 1


def test_every_line_of_real_tables_has_its_columns_and_balanced_mathematics() -> None:
    runs = make_runs("distilled", "solver_2", "full")
    for table in (score_table(runs), summary_table(runs)):
        text = latex_table(table)
        body = [
            line for line in text.splitlines() if line.endswith(r"\\") and "multicolumn" not in line
        ]
        assert len(body) == len(table.rows) + 1
        for line in body:
            assert len(re.findall(r"(?<!\\)&", line)) == len(table.columns) - 1
            assert len(re.findall(r"(?<!\\)\$", line)) % 2 == 0
        assert text.isascii() or not re.search("[σχφθ₁±⟨]", text)


def test_markdown_shows_what_is_in_a_cell() -> None:
    lines = markdown_table(TABLE).splitlines()
    assert lines[2] == "| what | m_1: value | m_1: null |"
    assert lines[4] == r"| E\_vis\|x | 0.8 ± 0.4\* | 0.18 |"
    assert lines[5] == "| none | – | a b |"
    assert "\N{MINUS SIGN}1.50 ± 0.10" in lines[6]


def test_csv_has_all_digits_and_the_errors() -> None:
    lines = list(csv.reader(io.StringIO(csv_bytes(table_rows(TABLE)).decode())))
    assert lines[0] == ["what", "m_1: value", "m_1: value, error", "m_1: null"]
    assert lines[1] == ["E_vis|x", "0.827", "0.367", "0.18123"]
    assert lines[2] == ["none", "", "", "a\nb"]


def test_the_star_is_the_verdict_s() -> None:
    runs = make_runs("distilled")
    marked = {
        row[0] for row in score_table(runs).rows if isinstance(row[1], Measured) and row[1].marked
    }
    from calobench.verdict.decision import decide
    from calobench.verdict.observables import Status

    differs = decide(runs.runs[0].results).with_status(Status.DIFFERS)
    assert marked == {one.observable.label for one in differs}
    assert marked


def test_indices_and_symbols_in_latex() -> None:
    assert latex("E_vis / E_inc") == r"$E_{\mathrm{vis}}$ / $E_{\mathrm{inc}}$"
    assert latex("σ_φ") == r"$\sigma_{\mathrm{\varphi}}$"
    assert latex("my_model_2") == r"my\_model\_2"
    assert latex("10⁻³ ± W₁") == r"10$^{-3}$ $\pm$ W$_1$"


def test_a_latex_parser_reads_every_table() -> None:
    """Environments, groups and mathematics are closed correctly, by a strict parser without TeX."""
    runs = make_runs("distilled", "50 % of a_b & {c} \\ ~^ # $", "full")
    for table in (TABLE, score_table(runs), summary_table(runs)):
        document = (
            rf"\documentclass{{article}}\begin{{document}}{latex_table(table)}\end{{document}}"
        )
        nodes, *_ = LatexWalker(document, tolerant_parsing=False).get_latex_nodes()
        (body,) = [one for one in nodes if isinstance(one, LatexEnvironmentNode)]
        (whole,) = [one for one in body.nodelist if isinstance(one, LatexEnvironmentNode)]
        inner = [one for one in whole.nodelist if isinstance(one, LatexEnvironmentNode)]
        assert [one.environmentname for one in (body, whole, *inner)] == [
            "document", "table", "tabular"
        ]  # fmt: skip
        ends = [one for one in inner[0].nodelist if getattr(one, "macroname", "") == "\\"]
        assert len(ends) == len(table.rows) + 1 + bool(table.groups)
