"""Two models on the same conditions and seeds: which is nearer to Geant4, and how sure that is."""
