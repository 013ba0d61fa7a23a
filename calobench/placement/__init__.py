"""Where the hits go: from cells of the mesh to positions and readout cells of the detector."""
