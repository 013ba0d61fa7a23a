// Our models behind the inference interface of Geant4's example Par04.
#pragma once

#include <memory>
#include <vector>

#include "Par04InferenceInterface.hh"
#include "shower_model.h"

class CalobenchInference : public Par04InferenceInterface {
 public:
  explicit CalobenchInference(const G4String& path) : model_(calobench::OpenModel(path)) {}

  /// In the unit of the file; Par04 takes it for GeV.
  void RunInference(std::vector<float> condition, std::vector<G4double>& energies, int size) override {
    model_->RunInference(condition, energies, size);
  }

 private:
  std::unique_ptr<calobench::ShowerModel> model_;
};
