#pragma once
#include <vector>
#include "globals.hh"
class Par04InferenceInterface {
 public:
  virtual ~Par04InferenceInterface() = default;
  virtual void RunInference(std::vector<float> aGenVector, std::vector<G4double>& aEnergies, int aSize) = 0;
};
