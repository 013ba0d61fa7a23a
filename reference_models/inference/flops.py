"""Arithmetic of one evaluation of the network."""

from __future__ import annotations

import math

from reference_models.network.dit import NetworkConfig

__all__ = ["evaluation_flops"]

_NOISE_FEATURES = 128


def evaluation_flops(config: NetworkConfig) -> int:
    """Floating-point operations of the matrix products of one evaluation of one shower.

    A product of (m, k) and (k, n) counts 2 m k n, as in ``torch.utils.flop_counter``. What goes element
    by element (norms, softmax, activations) is left out.
    """
    width, tokens, attended = config.width, config.n_tokens, config.attention_width
    # Weights used once a token: four matrices of attention, two of the MLP, in and out.
    a_token = config.blocks * (4 * attended + 2 * config.mlp_ratio * width) * width
    a_token += 2 * math.prod(config.patch) * width
    # Weights used once a shower: embeddings of noise level and conditions, modulation.
    a_shower = (_NOISE_FEATURES + config.condition_size + 2 * width) * width
    a_shower += (6 * config.blocks + 2) * width**2
    # Scores and mixing of attention: every token with every token.
    attention = config.blocks * 2 * tokens**2 * attended
    return 2 * (tokens * a_token + a_shower + attention)
