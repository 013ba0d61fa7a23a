// Our models behind the inference interface of DDML: a concept in its newest version. In versions in which it is an
// abstract class, derive from ddml::InferenceInterface.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "DDG4/Geant4Action.h"
#include "DDML/InferenceInterface.h"
#include "shower_model.h"

class CalobenchInference {
 public:
  void declareProperties(dd4hep::sim::Geant4Action* plugin) {
    plugin->declareProperty("ModelPath", path_);
    plugin->declareProperty("IntraOpNumThreads", threads_);
  }

  void initialize() { model_ = calobench::OpenModel(path_, threads_); }

  /// DDML's models give one input, the eight numbers, and an output of as many numbers as the mesh has cells.
  void runInference(const ddml::InputVecs& inputs, const ddml::TensorDimVecs&, std::vector<float>& output) {
    if (model_ == nullptr) {
      initialize();
    }
    std::vector<double> energies;
    model_->RunInference(inputs.front(), energies, static_cast<int>(output.size()));
    output.assign(energies.begin(), energies.end());
  }

 private:
  std::string path_;
  int threads_ = 1;
  std::unique_ptr<calobench::ShowerModel> model_;
};

static_assert(ddml::InferenceInterface<CalobenchInference>);
