#pragma once
#include <cstdint>
#include <vector>
namespace ddml {
using InputVecs = std::vector<std::vector<float>>;
using TensorDimVecs = std::vector<std::vector<std::int64_t>>;
}  // namespace ddml
