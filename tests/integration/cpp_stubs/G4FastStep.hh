#pragma once
struct G4FastStep {
  bool killed = false;
  void KillPrimaryTrack() { killed = true; }
  void ProposePrimaryTrackPathLength(double) {}
};
