"""The one place that decides whether model and Geant4 differ: terminal, page and gate take it from here."""
