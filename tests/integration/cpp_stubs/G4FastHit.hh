#pragma once
#include "G4ThreeVector.hh"
struct G4FastHit {
  G4ThreeVector position;
  double energy;
  G4FastHit(const G4ThreeVector& at, double e) : position(at), energy(e) {}
};
