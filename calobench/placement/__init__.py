"""Placement of hits: from cells of the mesh to positions and readout cells of the detector."""
