#include "geometry.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <numeric>
#include <sstream>
#include <stdexcept>

namespace calobench {

namespace {

constexpr char kFormat[] = "calobench geometry 1";
constexpr double kPi = 3.141592653589793;

std::int64_t FloorDivide(std::int64_t a, std::int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

std::int64_t Modulo(std::int64_t a, std::int64_t b) { return a - b * FloorDivide(a, b); }

Point Turned(const Point& p, double angle) {
  const double cosine = std::cos(angle), sine = std::sin(angle);
  return {p.x * cosine - p.y * sine, p.x * sine + p.y * cosine, p.z};
}

class Entries {
 public:
  explicit Entries(const std::string& path) : path_(path) {
    std::ifstream stream(path);
    std::string line;
    if (!std::getline(stream, line) || line != kFormat) {
      throw std::runtime_error(path + " is no geometry; write it with 'python -m reference_models geometry'");
    }
    while (std::getline(stream, line)) {
      std::istringstream words(line);
      std::string key, word;
      words >> key;
      while (words >> word) {
        values_[key].push_back(word);
      }
    }
  }

  bool Has(const std::string& key) const { return values_.count(key) > 0; }

  const std::vector<std::string>& Words(const std::string& key) const {
    const auto entry = values_.find(key);
    if (entry == values_.end()) {
      throw std::runtime_error(path_ + " has no '" + key + "'; write it again");
    }
    return entry->second;
  }

  std::vector<double> Numbers(const std::string& key) const {
    std::vector<double> numbers;
    for (const std::string& word : Words(key)) {
      std::size_t used = 0;
      try {
        numbers.push_back(std::stod(word, &used));
      } catch (const std::exception&) {
        used = 0;
      }
      if (used != word.size()) {
        throw std::runtime_error(path_ + ": '" + key + "' has '" + word + "', which is no number; write it again");
      }
    }
    return numbers;
  }

  double Number(const std::string& key) const { return Numbers(key).front(); }

  std::vector<std::int64_t> Integers(const std::string& key) const {
    std::vector<std::int64_t> integers;
    for (const double number : Numbers(key)) {
      integers.push_back(static_cast<std::int64_t>(number));
    }
    return integers;
  }

 private:
  std::string path_;
  std::map<std::string, std::vector<std::string>> values_;
};

}  // namespace

std::int64_t CellNumber(double place) { return static_cast<std::int64_t>(std::floor(place + kTolerance)); }

Detector Detector::Read(const std::string& path) {
  const Entries entries(path);
  Detector d;
  d.name = entries.Words("name").front();
  const auto mesh = entries.Integers("mesh");
  if (mesh.size() != 3 || *std::min_element(mesh.begin(), mesh.end()) < 1) {
    throw std::runtime_error(path + ": 'mesh' is no three numbers of cells; write it again");
  }
  d.rings = static_cast<int>(mesh[0]), d.sectors = static_cast<int>(mesh[1]), d.layers = static_cast<int>(mesh[2]);
  d.dr_mm = entries.Number("dr_mm"), d.dz_mm = entries.Number("dz_mm");
  d.inner_radius_mm = entries.Number("inner_radius_mm"), d.half_length_mm = entries.Number("half_length_mm");
  d.staves = static_cast<int>(entries.Number("staves")), d.inclination_rad = entries.Number("inclination_rad");
  d.edges_mm = entries.Numbers("edges_mm"), d.sheets_mm = entries.Numbers("sheets_mm");
  if (d.edges_mm.size() != d.sheets_mm.size() + 1 || d.sheets_mm.empty()) {
    throw std::runtime_error(path + ": 'edges_mm' and 'sheets_mm' do not fit together; write it again");
  }
  if (entries.Has("size_mm")) {
    d.size_mm = entries.Number("size_mm");
    return d;
  }
  d.plates = static_cast<int>(entries.Number("plates"));
  d.theta_grid = entries.Number("theta_grid"), d.theta_offset = entries.Number("theta_offset");
  d.radial_edges_mm = entries.Numbers("radial_edges_mm");
  d.merged_theta = entries.Integers("merged_theta"), d.merged_plates = entries.Integers("merged_plates");
  if (d.merged_theta.size() + 1 != d.radial_edges_mm.size() || d.merged_plates.size() != d.merged_theta.size()) {
    throw std::runtime_error(path + ": the layers of the cells do not fit together; write it again");
  }
  return d;
}

double Detector::Azimuth(double phi) const {
  if (staves == 0) {
    return inclination_rad;
  }
  const double half = kPi / staves;
  double azimuth = std::fmod(phi + half, 2 * half);
  azimuth += azimuth < 0 ? 2 * half : 0;
  azimuth -= half;
  return azimuth > half * (1 - kTolerance) ? azimuth - 2 * half : azimuth;
}

double Detector::PlateMm() const { return 2 * kPi * inner_radius_mm / plates; }

Located Detector::Locate(double theta, double phi) const {
  if (!square()) {
    const auto group = std::accumulate(merged_plates.begin(), merged_plates.end(), std::int64_t{1},
                                       [](std::int64_t a, std::int64_t b) { return std::lcm(a, b); });
    const double width = 2 * kPi * static_cast<double>(group) / plates;
    const std::int64_t module = CellNumber(phi / width + 0.5);
    return {{0, inner_radius_mm / std::tan(theta)}, module * group, static_cast<double>(module) * width};
  }
  const double azimuth = Azimuth(phi), turn = phi - azimuth;
  const int count = std::max(staves, 1);
  const std::int64_t stave = Modulo(CellNumber(turn / (2 * kPi / count) + 0.5), count);
  return {{inner_radius_mm * std::tan(azimuth), inner_radius_mm / (std::cos(azimuth) * std::tan(theta))}, stave, turn};
}

Cell Detector::CellOf(const Point& point, const Entrance& entrance) const {
  const std::int64_t period = PeriodAt(point.x);
  const double z = point.z + entrance.z;
  const bool in_stack = period >= 0 && period < periods() && std::abs(z) <= half_length_mm;
  if (square()) {
    const double y = point.y + entrance.y;
    return {period, CellNumber(y / size_mm + 0.5), CellNumber(z / size_mm + 0.5), in_stack};
  }
  const double cosine = std::cos(inclination_rad), sine = std::sin(inclination_rad);
  const double radius = std::hypot(inner_radius_mm + point.x * cosine + point.y * sine,
                                   point.y * cosine - point.x * sine);
  const double depth = radius - inner_radius_mm;
  std::int64_t layer = -1;
  const std::int64_t count = static_cast<std::int64_t>(merged_theta.size());
  for (std::int64_t k = 0; k <= count; ++k) {
    const double before = radial_edges_mm[std::max<std::int64_t>(k, 1)] - radial_edges_mm[std::max<std::int64_t>(k, 1) - 1];
    const double behind = radial_edges_mm[std::min(k + 1, count)] - radial_edges_mm[std::min(k + 1, count) - 1];
    layer += depth >= radial_edges_mm[k] - kTolerance * std::min(before, behind);
  }
  if (layer < 0 || layer >= count) {
    return {};
  }
  const std::int64_t plate = period - CellNumber(entrance.y / PlateMm() + 0.5);
  const std::int64_t step = CellNumber((std::atan2(radius, z) - theta_offset) / theta_grid + 0.5);
  return {layer, FloorDivide(plate, merged_plates[layer]), FloorDivide(step, merged_theta[layer]), in_stack};
}

Point Detector::Centre(const Cell& cell, double turn) const {
  if (square()) {
    return Turned({sheets_mm[cell.layer] + inner_radius_mm, static_cast<double>(cell.i) * size_mm,
                   static_cast<double>(cell.j) * size_mm}, turn);
  }
  const double cosine = std::cos(inclination_rad), sine = std::sin(inclination_rad);
  const auto plates_of = static_cast<double>(merged_plates[cell.layer]);
  const auto steps_of = static_cast<double>(merged_theta[cell.layer]);
  const double depth = (static_cast<double>(cell.i) * plates_of + (plates_of - 1) / 2) * Width(0) + sheets_mm[0];
  const double radius =
      inner_radius_mm + (radial_edges_mm[cell.layer + 1] + radial_edges_mm[cell.layer]) / 2;
  const double x = inner_radius_mm * cosine + depth;
  const double y = std::sqrt(radius * radius - x * x) - inner_radius_mm * sine;
  const double theta = theta_offset + theta_grid * (steps_of * static_cast<double>(cell.j) + (steps_of - 1) / 2);
  const double radial = inner_radius_mm + depth * cosine + y * sine;
  return Turned({radial, y * cosine - depth * sine, radius / std::tan(theta)}, turn);
}

std::int64_t Detector::Numbered(const Cell& cell, std::int64_t stave) const {
  if (square()) {
    return cell.i;
  }
  const std::int64_t merged = merged_plates[cell.layer];
  return Modulo(cell.i - FloorDivide(stave, merged), plates / merged);
}

std::int64_t Detector::PeriodAt(double depth) const {
  std::int64_t low = 0, high = periods() + 1;  // the number of cuts at or before the depth
  while (low < high) {
    const std::int64_t k = (low + high) / 2;
    const double cut = edges_mm[k] - kTolerance * Width(std::min(k, periods() - 1));
    cut <= depth ? low = k + 1 : high = k;
  }
  return low - 1;
}

std::int64_t Detector::SheetsFrom(double depth) const {
  std::int64_t k = 0;
  while (k < periods() && sheets_mm[k] + kTolerance * Width(k) < depth) {
    ++k;
  }
  return k;
}

std::int64_t Detector::Nearest(double depth) const {
  std::int64_t k = 0;
  while (k + 1 < periods() && (sheets_mm[k + 1] + sheets_mm[k]) / 2 - kTolerance * Width(k + 1) <= depth) {
    ++k;
  }
  return k;
}

}  // namespace calobench
