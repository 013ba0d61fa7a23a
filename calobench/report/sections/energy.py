"""Energy: response, linearity, resolution with its fit, and the distributions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from markupsafe import Markup

from calobench.report import captions, text
from calobench.report.chapters import CHAPTERS, observables_of
from calobench.report.figures.dependence import draw_binned
from calobench.report.figures.energy import (
    draw_against_energy,
    draw_linearity,
    draw_resolution,
    draw_response,
)
from calobench.report.figures.peaks import draw_peak
from calobench.report.figures.style import plot_style
from calobench.report.observable_plots import draw_observables
from calobench.report.resolution import fits_of, terms_of
from calobench.report.section import Section
from calobench.report.svg import inline_svg
from calobench.results.schema import EnergyDependence, Results
from calobench.stats.peak import fit_peak

__all__ = ["SECTIONS"]

_TEMPLATE = Path(__file__).with_name("energy.html.j2")
_CHAPTER = CHAPTERS[0]


class _Plot(NamedTuple):
    title: str
    svg: Markup
    note: str


def _context(results: Results) -> Mapping[str, object]:
    data = results.energy_dependence
    with plot_style():
        plots = [*_against_energy(data), *_peaks(data), *_cores(data), *_angles(results)]
    return {
        "plots": plots,
        "terms": terms_of(data),
        "observables": draw_observables(results, observables_of(results, _CHAPTER)),
    }


def _against_energy(data: EnergyDependence) -> Iterator[_Plot]:
    response, resolution = (captions.energy_alt(data, q) for q in ("response", "resolution"))
    yield _Plot(
        "Response",
        inline_svg(draw_response(data), "response", response),
        "Mean of E_vis / E_inc in bins of incident energy. What counts is that both bend alike.",
    )
    yield _Plot(
        "Resolution",
        inline_svg(draw_resolution(data, fits_of(data)), "resolution", resolution),
        "Standard deviation of E_vis / E_inc over its mean; bins with fewer than 5 showers are left "
        "out. Dashed: the fits in the table.",
    )
    yield _Plot(
        "Linearity",
        inline_svg(draw_linearity(data), "linearity", "Response over its average, less one."),
        "Response over its average over all energies, each sample by itself: flat is linear.",
    )


def _peaks(data: EnergyDependence) -> Iterator[_Plot]:
    """The peak at each energy, with the Gaussians of its core."""
    for index, peak in enumerate(data.peaks):
        edges = np.array(peak.edges)
        fits = tuple(fit_peak(edges, np.array(c)[1:-1]) for c in (peak.reference, peak.model))
        low, high = (text.energy(e) for e in peak.energy_mev)
        words = "; ".join(
            f"{name} {text.measured(fit.mean, fit.mean_error)}, σ {text.measured(fit.sigma, fit.sigma_error)}"
            for name, fit in zip(("Geant4", "model"), fits, strict=True)
            if fit is not None
        )
        title = f"Response, {low} to {high}"
        note = f"Gaussian of the core, ±2 σ: {words}." if words else "Too few showers for a fit."
        figure = draw_peak(peak, (fits[0], fits[1]))
        yield _Plot(title, inline_svg(figure, f"peak-{index}", f"{title}. {note}"), note)


def _cores(data: EnergyDependence) -> Iterator[_Plot]:
    """mean90 and rms90, where the results have them."""
    bins = [one for one in (*data.reference, *data.model) if one is not None]
    if not bins or any(one.mean90 is None for one in bins):
        return
    figure, main = draw_against_energy(
        data, lambda b: 100 * _or_nan(b.mean90), lambda b: 100 * _or_nan(b.mean90_error)
    )
    main.set_ylabel("mean90 of E_vis / E_inc [%]")
    note = "The mean of the narrowest interval that holds 90 % of the showers: tails left out."
    words = captions.energy_words(data, "mean90")
    yield _Plot("Response, mean90", inline_svg(figure, "mean90", words), note)
    figure, main = draw_against_energy(
        data, lambda b: 100 * _or_nan(b.resolution90), lambda b: 100 * _or_nan(b.resolution90_error)
    )
    main.set_ylabel("rms90 / mean90 [%]")
    note = (
        "The spread inside that interval over its mean; 0.789 of the standard deviation for a "
        "Gaussian. Where it agrees and the resolution does not, the tails are off."
    )
    words = captions.energy_words(data, "resolution90")
    yield _Plot("Resolution, rms90", inline_svg(figure, "rms90", words), note)


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value


def _angles(results: Results) -> Iterator[_Plot]:
    """The response against the angles."""
    response = next((one for one in results.observables if one.name == "response"), None)
    if results.sample is None or response is None:
        return
    for bins in results.sample.binned:
        values = next((one for one in bins.observables if one.name == "response"), None)
        if bins.name == "energy" or values is None:
            continue
        title = f"{response.label} against {bins.label}"
        figure = draw_binned(bins, values, response.label, response.unit)
        yield _Plot(title, inline_svg(figure, f"response-{bins.name}", title), "")


SECTIONS = (Section(_CHAPTER.name, _CHAPTER.title, _CHAPTER.order, _context, _TEMPLATE),)
