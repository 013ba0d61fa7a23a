// A detector's layers, mesh and readout cells, as `python -m reference_models geometry` writes them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace calobench {

/// What of a bin's width counts as being on its edge; see calobench/_util/edges.py.
inline constexpr double kTolerance = 1e-6;

/// Number of the cell of a regular grid that a place lies in; a cell owns its lower edge.
std::int64_t CellNumber(double place);

/// A place on the face, mm: across the beam and along it.
struct Entrance {
  double y = 0, z = 0;
};

/// A point of the stack frame, mm: x in depth, y across the beam, z along it.
struct Point {
  double x = 0, y = 0, z = 0;
};

/// A cell; inside is false where there is none.
struct Cell {
  std::int64_t layer = 0, i = 0, j = 0;
  bool inside = false;
};

/// Where a particle from the middle of the detector meets it.
struct Located {
  Entrance entrance;
  std::int64_t stave = 0;
  double turn = 0;  ///< of that part of the barrel about the beam, rad
};

/// One detector; the formulas are those of calobench/placement/square.py and theta_module.py.
struct Detector {
  std::string name;
  int rings = 0, sectors = 0, layers = 0;
  double dr_mm = 0, dz_mm = 0, inner_radius_mm = 0, half_length_mm = 0, inclination_rad = 0;
  int staves = 0;
  std::vector<double> edges_mm, sheets_mm;
  // Square cells: their size. Cells of plates: all of the rest.
  double size_mm = 0;
  int plates = 0;
  double theta_grid = 0, theta_offset = 0;
  std::vector<double> radial_edges_mm;
  std::vector<std::int64_t> merged_theta, merged_plates;

  /// @throws std::runtime_error missing, of another version, or incomplete.
  static Detector Read(const std::string& path);

  bool square() const { return plates == 0; }
  /// Azimuth of a particle relative to the normal of the layers that it meets, rad.
  double Azimuth(double phi) const;
  Located Locate(double theta, double phi) const;
  /// @param point relative to the entrance.
  Cell CellOf(const Point& point, const Entrance& entrance) const;
  /// Centre of a cell in the frame of the whole detector, mm.
  Point Centre(const Cell& cell, double turn) const;
  /// First index as the whole detector counts it.
  std::int64_t Numbered(const Cell& cell, std::int64_t stave) const;

  /// Period at a depth; -1 and periods() lie outside.
  std::int64_t PeriodAt(double depth) const;
  /// Number of sheets before a depth.
  std::int64_t SheetsFrom(double depth) const;
  /// The sheet nearest to a depth.
  std::int64_t Nearest(double depth) const;
  std::int64_t periods() const { return static_cast<std::int64_t>(sheets_mm.size()); }
  double Width(std::int64_t period) const { return edges_mm[period + 1] - edges_mm[period]; }

 private:
  double PlateMm() const;
};

}  // namespace calobench
