// Our models in any Geant4 program: photons above 1 GeV that enter a region are replaced by a shower.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "G4FastHit.hh"
#include "G4FastSimHitMaker.hh"
#include "G4FastStep.hh"
#include "G4FastTrack.hh"
#include "G4Gamma.hh"
#include "G4SystemOfUnits.hh"
#include "G4VFastSimulationModel.hh"
#include "geometry.h"
#include "shower_model.h"

/// One for each thread, made in ConstructSDandField.
class CalobenchFastModel : public G4VFastSimulationModel {
 public:
  /// @param path of a file in GeV.
  /// @param detector gives the mesh.
  /// @param slot of the one-hot, 0 to 4.
  CalobenchFastModel(const G4String& name, G4Region* region, const std::string& path, calobench::Detector detector,
                     int slot)
      : G4VFastSimulationModel(name, region),
        model_(calobench::OpenModel(path)),
        detector_(std::move(detector)),
        slot_(slot) {}

  G4bool IsApplicable(const G4ParticleDefinition& particle) override { return &particle == G4Gamma::Definition(); }

  G4bool ModelTrigger(const G4FastTrack& track) override {
    return track.GetPrimaryTrack()->GetKineticEnergy() > 1 * CLHEP::GeV;
  }

  void DoIt(const G4FastTrack& track, G4FastStep& step) override {
    step.KillPrimaryTrack();
    step.ProposePrimaryTrackPathLength(0);
    const G4Track& photon = *track.GetPrimaryTrack();
    const G4ThreeVector along = photon.GetMomentumDirection(), entrance = photon.GetPosition();
    std::vector<float> condition(calobench::kConditions, 0.0f);
    condition[0] = static_cast<float>(photon.GetKineticEnergy() / CLHEP::GeV);
    condition[1] = static_cast<float>(along.phi());
    condition[2] = static_cast<float>(along.theta());
    condition[static_cast<std::size_t>(3 + slot_)] = 1.0f;
    model_->RunInference(condition, energies_, detector_.rings * detector_.sectors * detector_.layers);
    // z' along the photon, y' horizontal, x' = y' x z'.
    const G4ThreeVector sideways(-std::sin(along.phi()), std::cos(along.phi()), 0), up = sideways.cross(along);
    std::size_t index = 0;
    for (int ring = 0; ring < detector_.rings; ++ring) {
      for (int sector = 0; sector < detector_.sectors; ++sector) {
        for (int layer = 0; layer < detector_.layers; ++layer, ++index) {
          if (energies_[index] <= 0) {
            continue;
          }
          const double radius = (ring + 0.5) * detector_.dr_mm;
          const double azimuth = (sector + 0.5) * CLHEP::twopi / detector_.sectors - CLHEP::pi;
          const G4ThreeVector at = entrance + radius * std::cos(azimuth) * up + radius * std::sin(azimuth) * sideways +
                                   (layer + 0.5) * detector_.dz_mm * along;
          hits_.make(G4FastHit(at, energies_[index] * CLHEP::GeV), track);
        }
      }
    }
  }

 private:
  std::unique_ptr<calobench::ShowerModel> model_;
  calobench::Detector detector_;
  int slot_;
  std::vector<double> energies_;
  G4FastSimHitMaker hits_;
};
