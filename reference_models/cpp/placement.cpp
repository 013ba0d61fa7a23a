#include "placement.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <tuple>

#include "random.h"

namespace calobench {

namespace {

// See calobench/placement/sampling.py for what these are.
constexpr int kDepthParts = 5;
constexpr double kFlat = 2.0, kSteepestCore = 0.15, kSteepest = -10.0, kRising = 4.0;
constexpr double kPi = 3.141592653589793;

using Exponents = std::vector<std::array<double, kDepthParts>>;

/// How the energy within radius r grows inside each ring, as a power of r, by ring and part of the depth.
Exponents RingExponents(const Detector& d, const std::vector<float>& cells) {
  Exponents found(d.rings);
  for (auto& of_ring : found) {
    of_ring.fill(kFlat);
  }
  if (d.rings < 4) {
    return found;
  }
  for (int part = 0; part < kDepthParts; ++part) {
    std::vector<double> rings(d.rings, 0.0), middle(d.rings), density(d.rings);
    double whole = 0;
    for (int ring = 0; ring < d.rings; ++ring) {
      for (int sector = 0; sector < d.sectors; ++sector) {
        for (int layer = 0; layer < d.layers; ++layer) {
          if (layer * kDepthParts / d.layers == part) {
            rings[ring] += cells[(ring * d.sectors + sector) * d.layers + layer];
          }
        }
      }
      whole += rings[ring];
    }
    for (int ring = 0; ring < d.rings; ++ring) {
      rings[ring] += 1e-9 * (whole > 0 ? whole : 1.0);
      middle[ring] = std::log(ring + 0.5);
      density[ring] = std::log(rings[ring] / (2 * ring + 1));
    }
    for (int ring = 1; ring < d.rings; ++ring) {
      double slope = 0;
      if (ring + 1 == d.rings) {
        slope = (density[ring] - density[ring - 1]) / (middle[ring] - middle[ring - 1]);
      } else {
        const double before = middle[ring] - middle[ring - 1], behind = middle[ring + 1] - middle[ring];
        slope = -behind / (before * (before + behind)) * density[ring - 1] +
                (behind - before) / (before * behind) * density[ring] +
                before / (behind * (before + behind)) * density[ring + 1];
      }
      found[ring][part] = kFlat + std::clamp(slope, kSteepest - kFlat, kRising - kFlat);
    }
    const double first = std::log2(rings[0]), second = std::log2(rings[0] + rings[1]);
    const double fourth = std::log2(rings[0] + rings[1] + rings[2] + rings[3]);
    const double inner = second - first, outer = fourth - second;
    found[0][part] = std::clamp(inner * inner / outer, kSteepestCore, kFlat);
  }
  return found;
}

/// Radius inside a ring, in units of its width, within which `fraction` of its energy lies.
double RadiusAt(double fraction, int ring, double exponent) {
  const double power = std::abs(exponent) < 1e-6 ? 1e-6 : exponent;
  if (ring == 0) {
    return std::pow(1 - fraction, 1 / std::max(power, kSteepestCore));
  }
  const double grown = std::expm1(power * std::log((ring + 1.0) / ring));
  return ring * std::exp(std::log1p(fraction * grown) / power);
}

/// The mesh frame: z' along the particle, y' horizontal, x' = y' x z'.
struct Axes {
  Point x, y, z;

  Axes(double theta, double azimuth)
      : y{-std::sin(azimuth), std::cos(azimuth), 0},
        z{std::sin(theta) * std::cos(azimuth), std::sin(theta) * std::sin(azimuth), std::cos(theta)} {
    x = {y.y * z.z - y.z * z.y, y.z * z.x - y.x * z.z, y.x * z.y - y.y * z.x};
  }

  Point Turned(double a, double b, double c) const {
    return {a * x.x + b * y.x + c * z.x, a * x.y + b * y.y + c * z.y, a * x.z + b * y.z + c * z.z};
  }
};

/// Moves a point along the particle to the active sheet that its energy must come from.
Point OntoSheet(const Detector& d, const Point& point, const Point& along, double to_middle) {
  const double half = along.x * d.dz_mm / 2, middle = point.x + to_middle * along.x;
  const std::int64_t low = d.SheetsFrom(middle - half), high = d.SheetsFrom(middle + half);
  const std::int64_t number =
      high > low ? std::clamp(d.Nearest(point.x), low, high - 1) : d.Nearest(middle);
  const double sheet = d.sheets_mm[number];
  if (!(std::abs(sheet - middle) < half + d.Width(number) * (0.5 - kTolerance))) {
    return point;
  }
  const double distance = (sheet - point.x) / along.x;
  return {point.x + distance * along.x, point.y + distance * along.y, point.z + distance * along.z};
}

}  // namespace

Method MethodOf(const std::string& name) {
  const std::map<std::string, Method> known{
      {"centre", Method::kCentre}, {"uniform", Method::kUniform}, {"radial", Method::kRadial}};
  const auto found = known.find(name);
  if (found == known.end()) {
    throw std::runtime_error("--method " + name + " is none; give centre, uniform or radial");
  }
  return found->second;
}

std::vector<Hit> Placer::Place(std::uint64_t event, double theta, double phi, const std::vector<float>& cells) const {
  const Detector& d = detector_;
  if (cells.size() != static_cast<std::size_t>(d.rings) * d.sectors * d.layers) {
    throw std::runtime_error("showers of " + std::to_string(cells.size()) + " cells are not on the mesh of " + d.name);
  }
  const Located located = d.Locate(theta, phi);
  if (std::abs(located.entrance.z) > d.half_length_mm) {
    throw std::runtime_error("shower " + std::to_string(event) + " enters beyond the end of the readout of " + d.name);
  }
  const Axes axes(theta, d.Azimuth(phi));
  const bool centre = placing_.method == Method::kCentre;
  const Exponents exponents = placing_.method == Method::kRadial
                                  ? RingExponents(d, cells)
                                  : Exponents(d.rings, {kFlat, kFlat, kFlat, kFlat, kFlat});
  NumpyRandom random(placing_.seed, event);
  const int points = centre ? 1 : placing_.points;
  std::map<std::tuple<std::int64_t, std::int64_t, std::int64_t>, double> sums;
  for (std::size_t index = 0; index < cells.size(); ++index) {
    if (cells[index] == 0) {
      continue;
    }
    const int layer = static_cast<int>(index % d.layers), sector = static_cast<int>(index / d.layers % d.sectors);
    const int ring = static_cast<int>(index / d.layers / d.sectors);
    const double energy = static_cast<double>(cells[index]) / points;
    for (int k = 0; k < points; ++k) {
      double radius = ring + 0.5, across = 0.5, deep = 0.5;
      if (!centre) {
        const double fraction = random();
        across = random(), deep = random();
        radius = RadiusAt(fraction, ring, exponents[ring][layer * kDepthParts / d.layers]);
      }
      radius *= d.dr_mm;
      const double azimuth = (sector + across) * (2 * kPi / d.sectors) - kPi, depth = (layer + deep) * d.dz_mm;
      const Point free = axes.Turned(radius * std::cos(azimuth), radius * std::sin(azimuth), depth);
      const double to_middle = (static_cast<double>(CellNumber(depth / d.dz_mm)) + 0.5) * d.dz_mm - depth;
      const Cell cell = d.CellOf(OntoSheet(d, free, axes.z, to_middle), located.entrance);
      if (cell.inside) {
        sums[{cell.layer, cell.i, cell.j}] += energy;
      }
    }
  }
  std::vector<Hit> hits;
  hits.reserve(sums.size());
  for (const auto& [key, energy] : sums) {
    const Cell cell{std::get<0>(key), std::get<1>(key), std::get<2>(key), true};
    const Point at = d.Centre(cell, located.turn);
    const auto stave = d.square() ? located.stave : 0;
    const auto i = d.Numbered(cell, located.stave);
    hits.push_back({static_cast<double>(event), static_cast<double>(stave), static_cast<double>(cell.layer),
                    static_cast<double>(i), static_cast<double>(cell.j), at.x, at.y, at.z, energy});
  }
  return hits;
}

}  // namespace calobench
