#pragma once
#include <vector>
#include "G4FastHit.hh"
#include "G4FastTrack.hh"
struct G4FastSimHitMaker {
  inline static std::vector<G4FastHit> made;
  void make(const G4FastHit& hit, const G4FastTrack&) { made.push_back(hit); }
};
