"""The di-photon benchmark: two photons close together, and whether they can be told apart."""
