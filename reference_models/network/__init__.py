"""The network: a diffusion transformer, its preconditioning, and showers as it sees them."""
