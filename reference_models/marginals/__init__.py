"""The facts about a shower beside the network: energies, fractions of layers and rings, quantile maps."""
