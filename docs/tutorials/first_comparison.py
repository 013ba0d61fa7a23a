# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Five minutes: showers against Geant4
#
# This page is a script, `docs/tutorials/first_comparison.py`, which jupytext opens as a notebook. The site
# runs it when it is built: what stands below a piece of code is what that code prints.
#
# calobench ships with Geant4 showers of its detectors. Take 200 of CLD: one half as the truth, the other
# half, with an energy scale that is 3 % wrong, as a model:

# %%
import numpy as np

import calobench as cb

geant4 = cb.reference("CLD")[:200]
print(geant4.energy.shape, "MeV in (shower, ring, azimuth, depth)")

truth, other = geant4[:100], geant4[100:]
energy = (other.energy * 1.03).astype(np.float32)
bright = cb.Showers(energy, other.conditions)

# %% [markdown]
# One call compares two samples. The second one was made at other energies and angles than the first:
# calobench takes that into account, and says so.

# %%
result = cb.evaluate(bright, truth, detector="CLD", name="bright", replicas=50)
print(result.verdict)

# %% [markdown]
# Geant4 against itself is the null. At so few showers it looks like this:

# %%
null = cb.evaluate(other, truth, detector="CLD", name="Geant4", replicas=50)
print(null.verdict)

# %% [markdown]
# The scores are a table of pandas, with error, null and p-value:

# %%
table = result.table().xs("wasserstein", level="score")
table = table.sort_values("p_value")
print(table[["value", "error", "null_95", "p_value"]].head())

# %% [markdown]
# Plots are matplotlib's, and the page is what `calobench run` writes:

# %%
figure = result.plot("response")
page = result.save("calobench-out/tutorial", force=True)
print(page)

# %% [markdown]
# The same for one of the models that ship, from the command line:
#
# ```
# calobench run --model distilled --detector CLD -n 400
# ```
#
# Next: [your own model](../guides/model_author.md), or [what the page says](../guides/reading_a_page.md).
