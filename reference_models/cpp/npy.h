// Tables of float32 in numpy's format, version 1.
#pragma once

#include <string>
#include <vector>

namespace calobench {

struct Table {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<float> values;  ///< row by row

  std::vector<float> Row(std::size_t k) const {
    return {values.begin() + static_cast<std::ptrdiff_t>(k * columns),
            values.begin() + static_cast<std::ptrdiff_t>((k + 1) * columns)};
  }
};

/// @throws std::runtime_error missing, damaged, or not a two-dimensional table of little-endian float32.
Table ReadNpy(const std::string& path);

/// Writes under a temporary name and moves the file into place.
/// @throws std::runtime_error the place cannot be written.
void WriteNpy(const std::string& path, const Table& table);

/// The same for float64.
/// @param values row by row.
void WriteNpy(const std::string& path, std::size_t columns, const std::vector<double>& values);

}  // namespace calobench
