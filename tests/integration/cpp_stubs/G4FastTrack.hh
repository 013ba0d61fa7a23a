#pragma once
#include "G4ThreeVector.hh"
struct G4Track {
  double energy = 0;
  G4ThreeVector direction, position;
  double GetKineticEnergy() const { return energy; }
  const G4ThreeVector& GetMomentumDirection() const { return direction; }
  const G4ThreeVector& GetPosition() const { return position; }
};
struct G4FastTrack {
  G4Track track;
  const G4Track* GetPrimaryTrack() const { return &track; }
};
