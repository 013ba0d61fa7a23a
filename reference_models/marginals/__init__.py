"""The facts about a shower beside the network: energies, shares of layers and rings, quantile maps."""
