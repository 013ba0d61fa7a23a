"""Training of the network: data, configuration, checkpoints, recipes."""
