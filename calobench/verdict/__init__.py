"""The one place that decides how good a model is: terminal, page, gate and results take it from here.

The interface, for all that shows a verdict:

``verdict_of(results, use=None) -> Verdict``
    computes it from results. ``use`` is a :class:`Use`; None is the use of the verdict that the results
    hold, or ``fast-sim-default``.
``results.verdict``
    the same, as a run stored it (None in results of earlier versions).

A :class:`Verdict` has

- ``level``, a :class:`Level`: ``NO_VERDICT``, ``INDISTINGUISHABLE``, ``FIT``, ``FLAWS``, ``UNUSABLE``, with
  ``level.severity`` from -1 to 3 and the words as its value (``"visible flaws"``);
- ``sentence``: the headline that is shown everywhere, and ``reason``, the part after the level;
- ``reach``: the smallest effect that would be seen; ``not_shown``: tolerances that are not shown to be met;
- ``too_close``: why the model is taken to have seen the reference, or '';
- ``use`` with its ``name``, ``title``, ``tolerance``; ``alpha``, ``p_value``, ``n_model``, ``n_reference``;
- ``lights``: one :class:`Light` for each :class:`Topic` (energy, longitudinal, lateral, cells, correlations),
  in that order, each with ``level``, ``words`` (its worst number: "mean radius 2.0 ± 0.5 % too large (4.0
  sigma)") and ``effects``, a tuple of :class:`Effect`, the worst first, with ``value``, ``error``, ``unit``,
  ``sigmas``, ``max`` (the tolerance), ``within`` (shown to be below it) and ``words``.

Names of uses: :func:`use_names`; a name or a TOML file: :func:`load_use`.
"""

from calobench.results.use import Tolerance, Use
from calobench.results.verdict import Effect, Level, Light, Topic, Verdict
from calobench.verdict.uses import DEFAULT_USE, default_use, load_use, use_names
from calobench.verdict.verdict import verdict_of, with_verdict

__all__ = [
    "DEFAULT_USE",
    "Effect",
    "Level",
    "Light",
    "Tolerance",
    "Topic",
    "Use",
    "Verdict",
    "default_use",
    "load_use",
    "use_names",
    "verdict_of",
    "with_verdict",
]
