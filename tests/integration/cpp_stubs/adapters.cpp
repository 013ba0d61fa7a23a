// Runs the adapters against the stubs, with a model of one filled cell; ADAPTER picks one.
#include <cmath>
#include <cstdio>

#include "shower_model.h"
#if ADAPTER == 1
#include "par04_inference.h"
#elif ADAPTER == 2
#include "ddml_inference.h"
#else
#include "geant4_fast_model.h"
#endif

namespace calobench {
// One tenth of the energy in ring 1, sector 12, layer 4 of (2, 16, 5) cells, in GeV.
struct OneCell : ShowerModel {
  void RunInference(const std::vector<float>& condition, std::vector<double>& energies, int size,
                    const std::vector<float>*) override {
    energies.assign(static_cast<std::size_t>(size), 0.0);
    energies[static_cast<std::size_t>((1 * 16 + 12) * 5 + 4)] = condition[0] / 10 * condition[6];
  }
};
std::unique_ptr<ShowerModel> OpenModel(const std::string&, int) { return std::make_unique<OneCell>(); }
}  // namespace calobench

int main() {
  const std::vector<float> condition{20, 0, 1.5, 0, 0, 0, 1, 0};
#if ADAPTER == 1
  std::unique_ptr<Par04InferenceInterface> inference = std::make_unique<CalobenchInference>("model.pt");
  std::vector<double> energies;
  inference->RunInference(condition, energies, 160);
  std::printf("%zu %g\n", energies.size(), energies[144]);
#elif ADAPTER == 2
  dd4hep::sim::Geant4Action plugin{"model.pt"};
  CalobenchInference inference;
  inference.declareProperties(&plugin);
  std::vector<float> energies(160);
  inference.runInference({condition}, {{1, 8}}, energies);
  std::printf("%zu %g\n", energies.size(), energies[144]);
#else
  calobench::Detector detector;
  detector.rings = 2, detector.sectors = 16, detector.layers = 5, detector.dr_mm = 4, detector.dz_mm = 5;
  CalobenchFastModel model("fast", nullptr, "model.pt", detector, 3);
  // Along y, so that up is -z and sideways is -x: ring 1 at 6 mm, sector 12 at 101.25 degrees, layer 4 at 22.5 mm.
  const G4FastTrack track{{20000, {0, 1, 0}, {1, 2, 3}}}, slow{{900, {0, 1, 0}, {}}};
  G4FastStep step;
  model.DoIt(track, step);
  const G4FastHit& hit = G4FastSimHitMaker::made.at(0);
  std::printf("%d %d %d %zu %.4f %.4f %.4f %g\n", model.IsApplicable(*G4Gamma::Definition()), model.ModelTrigger(track),
              model.ModelTrigger(slow), G4FastSimHitMaker::made.size(), hit.position.x(), hit.position.y(),
              hit.position.z(), hit.energy);
#endif
}
