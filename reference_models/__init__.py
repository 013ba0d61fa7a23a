"""The EDM diffusion transformer as calobench models, with its training and weights."""
