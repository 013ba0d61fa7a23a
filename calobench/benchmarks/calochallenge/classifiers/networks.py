"""The two networks of the CaloChallenge. Importing this module imports torch.

Their shapes are those of code/evaluate.py and code/resnet.py of github.com/CaloChallenge/homepage at
commit 9b41df7.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

__all__ = ["ResidualNetwork", "dense_network"]

HIDDEN = 2048
HIDDEN_LAYERS = 3

# Channels of the four stages of the residual network, with two blocks each.
STAGES = (32, 64, 64, 128)
FIRST_KERNEL = 7


def dense_network(columns: int) -> nn.Module:
    """Three hidden layers of 2,048 nodes with leaky rectifiers, one logit.

    Args:
        columns: of the input.
    """
    widths = (columns, *(HIDDEN,) * HIDDEN_LAYERS)
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs), nn.LeakyReLU()]
    return nn.Sequential(*layers, nn.Linear(HIDDEN, 1))


class ResidualNetwork(nn.Module):
    """ResNet-18 in three dimensions (He et al., arXiv:1512.03385): (layer, azimuth, radius) as an image.

    The incident energy joins behind the last pooling, after a batch normalisation of its own.

    Args:
        shape: layers, sectors and rings of a shower.
    """

    def __init__(self, shape: tuple[int, int, int]) -> None:
        super().__init__()
        self._shape = shape
        first = nn.Conv3d(
            1, STAGES[0], FIRST_KERNEL, stride=2, padding=FIRST_KERNEL // 2, bias=False
        )
        parts: list[nn.Module] = [
            first,
            nn.BatchNorm3d(STAGES[0]),
            nn.ReLU(),
            nn.MaxPool3d(3, 2, 1),
        ]
        inputs = STAGES[0]
        for stage, outputs in enumerate(STAGES):
            parts += [_Block(inputs, outputs, 2 if stage else 1), _Block(outputs, outputs, 1)]
            inputs = outputs
        self._image = nn.Sequential(*parts, nn.AdaptiveAvgPool3d(1), nn.Flatten())
        self._energy = nn.BatchNorm1d(1)
        self._head = nn.Linear(inputs + 1, 1)
        for module in self.modules():
            if isinstance(module, nn.Conv3d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, seen: Tensor) -> Tensor:
        """Logits, (n, 1), of (n, 1 + voxels) as of :class:`.inputs.LowInputs`."""
        image = self._image(seen[:, 1:].reshape(-1, 1, *self._shape))
        logit: Tensor = self._head(torch.cat([image, self._energy(seen[:, :1])], dim=1))
        return logit


class _Block(nn.Module):
    """Two convolutions beside a shortcut, which is one of width 1 where the shape changes."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self._path = nn.Sequential(
            nn.Conv3d(inputs, outputs, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm3d(outputs),
            nn.ReLU(),
            nn.Conv3d(outputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm3d(outputs),
        )
        self._shortcut: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            self._shortcut = nn.Sequential(
                nn.Conv3d(inputs, outputs, 1, stride=stride, bias=False), nn.BatchNorm3d(outputs)
            )

    def forward(self, image: Tensor) -> Tensor:
        return torch.relu(self._path(image) + self._shortcut(image))
