// From showers on the mesh to readout cells, exactly as `calobench place` does.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "geometry.h"

namespace calobench {

/// One row a cell with energy: event, stave, layer, i, j, x, y, z (mm, whole detector), energy (MeV).
using Hit = std::array<double, 9>;

/// Where in a cell of the mesh its energy is put; see calobench/placement/sampling.py.
enum class Method { kCentre, kUniform, kRadial };

/// @throws std::runtime_error there is no such method.
Method MethodOf(const std::string& name);

/// How showers are placed.
struct Placing {
  Method method = Method::kRadial;
  int points = 1;           ///< random points in a cell of the mesh, which share its energy
  std::uint64_t seed = 1;   ///< of the random points
};

/// Places showers of one detector.
class Placer {
 public:
  Placer(Detector detector, Placing placing) : detector_(std::move(detector)), placing_(placing) {}

  /// The cells of one shower, sorted by layer and indices; energy outside of the readout is in none.
  ///
  /// @param event number of the shower, which picks its random points.
  /// @param theta polar angle of the particle, which comes from the middle of the detector, rad.
  /// @param phi its azimuth, rad.
  /// @param cells MeV, in the order ring, azimuth, depth.
  /// @throws std::runtime_error another number of cells, or the particle misses the readout.
  std::vector<Hit> Place(std::uint64_t event, double theta, double phi, const std::vector<float>& cells) const;

 private:
  Detector detector_;
  Placing placing_;
};

}  // namespace calobench
