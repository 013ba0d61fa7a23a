"""Diffusion transformer over the cylindrical mesh (DiT, Peebles & Xie, arXiv:2212.09748).

The mesh (R, PHI, Z) is cut into 3-D patches, each patch is one token, and every
block is modulated by the noise level and the conditions (adaLN-zero).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["Block", "DiT", "NetworkConfig", "sincos_positions", "timestep_embedding"]

_MAX_VALUES = {
    "mesh": 1000, "patch": 1000, "width": 8192, "blocks": 200, "heads": 1024, "mlp_ratio": 64,
    "condition_size": 1000, "position_patch": 1000, "head_size": 8192,
}  # fmt: skip


@dataclass(frozen=True)
class NetworkConfig:
    """Shape of the network; stored beside the weights so that they can be rebuilt.

    Attributes:
        mesh: cells of a shower along r, phi, z.
        patch: cells of a token.
        width: of the tokens.
        blocks: transformer blocks.
        heads: of the attention.
        mlp_ratio: hidden width of a block's MLP over ``width``.
        condition_size: length of the encoded conditions.
        position_patch: the patch in which the positions of tokens are counted; None: ``patch``. A network
            whose blocks were trained with tokens of another size keeps the positions that they know.
        head_size: numbers of a head of the attention; None: ``width`` is divided among the heads.
    """

    mesh: tuple[int, int, int] = (9, 16, 45)
    patch: tuple[int, int, int] = (3, 4, 5)
    width: int = 144
    blocks: int = 4
    heads: int = 8
    mlp_ratio: int = 4
    condition_size: int = 10
    position_patch: tuple[int, int, int] | None = None
    head_size: int | None = None

    def __post_init__(self) -> None:
        self._require_sizes()
        for size, step in zip(self.mesh, self.patch, strict=True):
            if size % step:
                raise ValueError(f"patch {self.patch} does not divide the mesh {self.mesh}")
        if self.width % 6 or (self.head_size is None and self.width % self.heads):
            raise ValueError(
                f"width {self.width} must be a multiple of 6 and of heads {self.heads}"
            )

    def _require_sizes(self) -> None:
        """Sizes come from a file: each must be one, and of a network that fits into a computer."""
        for name, largest in _MAX_VALUES.items():
            value = getattr(self, name)
            if name in {"position_patch", "head_size"} and value is None:
                continue
            sizes = value if isinstance(value, tuple) else (value,)
            count = 3 if name in {"mesh", "patch", "position_patch"} else 1
            whole = all(isinstance(size, int) and not isinstance(size, bool) for size in sizes)
            if not (whole and len(sizes) == count and all(0 < size <= largest for size in sizes)):
                raise ValueError(
                    f"{name} of the network is {value!r:.60}; it must be {count} whole number(s) from 1 to "
                    f"{largest}"
                )

    @property
    def grid(self) -> tuple[int, int, int]:
        """Number of patches along r, phi, z."""
        r, phi, z = (size // step for size, step in zip(self.mesh, self.patch, strict=True))
        return r, phi, z

    @property
    def attention_width(self) -> int:
        """Of queries, of keys and of values: all heads together."""
        return self.heads * (self.head_size or self.width // self.heads)

    @property
    def n_tokens(self) -> int:
        """Number of tokens of one shower."""
        return math.prod(self.grid)

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary, for the model card."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> NetworkConfig:
        """Rebuild from a model card (lists become tuples)."""
        fields: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in values.items()
        }
        return cls(**fields)


def sincos_positions(config: NetworkConfig) -> Tensor:
    """Fixed sine-cosine embedding of the middles of tokens, (tokens, width), a third of the width an axis."""
    axis_width = config.width // 3
    frequencies = 1e4 ** (-torch.arange(axis_width // 2) / (axis_width // 2))
    counted = config.position_patch or config.patch
    # The middle of the first of the tokens in which positions are counted is 0.
    middles = (
        (torch.arange(n) * size + (size - unit) / 2) / unit
        for n, size, unit in zip(config.grid, config.patch, counted, strict=True)
    )
    parts = []
    for axis in torch.meshgrid(*middles, indexing="ij"):
        angle = axis.reshape(-1, 1) * frequencies
        parts += [angle.sin(), angle.cos()]
    return torch.cat(parts, dim=1)


def timestep_embedding(c_noise: Tensor, size: int = 128) -> Tensor:
    """Sinusoidal embedding of ln(sigma)/4, (B,) -> (B, size); scaled by 1000 as in CaloDiT."""
    frequencies = torch.exp(
        -math.log(1e4) * torch.arange(size // 2, device=c_noise.device) / (size // 2)
    )
    angle = 1000.0 * c_noise[:, None] * frequencies
    return torch.cat([angle.cos(), angle.sin()], dim=1)


def _modulate(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    return torch.addcmul(shift[:, None], x, 1 + scale[:, None])


def _attended(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    if q.dtype == torch.bfloat16 and q.device.type == "cpu":
        # Its gradients take four times as long as those of float32 there.
        with torch.autocast("cpu", enabled=False):
            return F.scaled_dot_product_attention(q.float(), k.float(), v.float())
    return F.scaled_dot_product_attention(q, k, v)


class Block(nn.Module):
    """Pre-norm attention and MLP, each shifted, scaled and gated by the condition.

    Args:
        config: of the network.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        width, hidden = config.width, config.mlp_ratio * config.width
        self.heads, attended = config.heads, config.attention_width
        self.norm1 = nn.LayerNorm(width, elementwise_affine=False, eps=1e-6)
        self.qkv = nn.Linear(width, 3 * attended)
        self.attention_out = nn.Linear(attended, width)
        self.norm2 = nn.LayerNorm(width, elementwise_affine=False, eps=1e-6)
        self.mlp_in = nn.Linear(width, hidden)
        self.mlp_out = nn.Linear(hidden, width)
        self.modulation = nn.Linear(width, 6 * width)
        # adaLN-zero: every block starts as the identity.
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)

    def attention(self, x: Tensor) -> Tensor:
        """What each token takes from all, (B, tokens, width) both."""
        batch, tokens, _ = x.shape
        qkv = self.qkv(x).view(batch, tokens, 3, self.heads, -1)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        mixed = _attended(q, k, v)
        out: Tensor = self.attention_out(mixed.transpose(1, 2).reshape(batch, tokens, -1))
        return out

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Tokens (B, tokens, width) under a condition (B, width)."""
        shift1, scale1, gate1, shift2, scale2, gate2 = self.modulation(condition).chunk(6, dim=1)
        attended = self.attention(_modulate(self.norm1(x), shift1, scale1))
        x = torch.addcmul(x, gate1[:, None], attended)
        hidden = F.gelu(self.mlp_in(_modulate(self.norm2(x), shift2, scale2)), approximate="tanh")
        return torch.addcmul(x, gate2[:, None], self.mlp_out(hidden))


class DiT(nn.Module):
    """The raw network F of EDM; its output has the shape of the shower."""

    positions: Tensor

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        patch_size = math.prod(config.patch)
        self.patch_in = nn.Linear(patch_size, config.width)
        self.register_buffer("positions", sincos_positions(config), False)
        self.noise_embedding = nn.Sequential(
            nn.Linear(128, config.width), nn.SiLU(), nn.Linear(config.width, config.width)
        )
        self.condition_embedding = nn.Sequential(
            nn.Linear(config.condition_size, config.width),
            nn.SiLU(),
            nn.Linear(config.width, config.width),
        )
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.blocks))
        self.norm = nn.LayerNorm(config.width, elementwise_affine=False, eps=1e-6)
        self.modulation = nn.Linear(config.width, 2 * config.width)
        self.patch_out = nn.Linear(config.width, patch_size)
        for layer in (self.modulation, self.patch_out):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def patchify(self, x: Tensor) -> Tensor:
        """(B, R, PHI, Z) -> (B, tokens, cells of a patch)."""
        (nr, np_, nz), (pr, pp, pz) = self.config.grid, self.config.patch
        x = x.view(-1, nr, pr, np_, pp, nz, pz).permute(0, 1, 3, 5, 2, 4, 6)
        return x.reshape(-1, nr * np_ * nz, pr * pp * pz)

    def unpatchify(self, tokens: Tensor) -> Tensor:
        """Inverse of :meth:`patchify`."""
        (nr, np_, nz), (pr, pp, pz) = self.config.grid, self.config.patch
        x = tokens.view(-1, nr, np_, nz, pr, pp, pz).permute(0, 1, 4, 2, 5, 3, 6)
        return x.reshape(-1, *self.config.mesh)

    def forward(self, x: Tensor, c_noise: Tensor, conditions: Tensor) -> Tensor:
        """Evaluate the network once.

        Args:
            x: noisy showers, (B, R, PHI, Z), already scaled by c_in.
            c_noise: ln(sigma)/4, (B,).
            conditions: (B, condition_size), see ``preprocessing.encode_conditions``.
        """
        condition = self.noise_embedding(timestep_embedding(c_noise))
        condition = F.silu(condition + self.condition_embedding(conditions))
        tokens = self.patch_in(self.patchify(x)) + self.positions
        for block in self.blocks:
            tokens = block(tokens, condition)
        shift, scale = self.modulation(condition).chunk(2, dim=1)
        return self.unpatchify(self.patch_out(_modulate(self.norm(tokens), shift, scale)))
