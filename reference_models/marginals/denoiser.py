"""The network of the marginals: an EDM denoiser of a vector (Karras et al., arXiv:2206.00364)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from reference_models.network.preconditioning import SIGMA_DATA

__all__ = ["MarginalsNetwork"]

_FREQUENCIES = 16


class MarginalsNetwork(nn.Module):
    """Residual multi-layer perceptron.

    Args:
        size: length of the vector.
        condition_size: length of the encoded conditions.
        width: of the hidden layers.
        blocks: residual blocks.
        dropout: within blocks, in training.
    """

    def __init__(
        self,
        size: int,
        condition_size: int,
        width: int = 256,
        blocks: int = 3,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.size = size
        self.shape = {"size": size, "width": width, "blocks": blocks}
        self.embed_input = nn.Linear(size + condition_size, width)
        self.embed_noise = nn.Sequential(
            nn.Linear(2 * _FREQUENCIES, width), nn.SiLU(), nn.Linear(width, width)
        )
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.LayerNorm(width),
                nn.Linear(width, 2 * width),
                nn.SiLU(),
                nn.Dropout(dropout),
                nn.Linear(2 * width, width),
            )
            for _ in range(blocks)
        )
        self.out = nn.Linear(width, size)
        # Nothing is known at first: the denoiser is then the best linear one.
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def embedded_noise(self, sigma: Tensor) -> Tensor:
        """The contribution of noise levels (B,) to the first layer, (B, width)."""
        frequencies = torch.exp2(0.5 * torch.arange(_FREQUENCIES, device=sigma.device))
        angle = sigma.log()[:, None] / 4 * frequencies
        embedded: Tensor = self.embed_noise(torch.cat([angle.sin(), angle.cos()], dim=1))
        return embedded

    def forward(self, x: Tensor, sigma: Tensor, conditions: Tensor) -> Tensor:
        """Denoise.

        Args:
            x: noisy vectors, (B, size).
            sigma: noise levels, (B,).
            conditions: encoded conditions, (B, condition_size).

        Returns:
            Estimate of the clean vectors, (B, size).
        """
        s = sigma[:, None]
        total = (s**2 + SIGMA_DATA**2).sqrt()
        told = self.embed_input(torch.cat([x / total, conditions], dim=1))
        hidden = told + self.embedded_noise(sigma)
        for block in self.blocks:
            hidden = hidden + block(hidden)
        denoised: Tensor = SIGMA_DATA**2 / total**2 * x + s * SIGMA_DATA / total * self.out(hidden)
        return denoised
