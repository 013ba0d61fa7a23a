#pragma once
#include <concepts>
#include "DDML/DDML.h"
namespace ddml {
template <typename T>
concept InferenceInterface = requires(T t, const InputVecs& in, const TensorDimVecs& dims, std::vector<float>& out) {
  { t.runInference(in, dims, out) } -> std::same_as<void>;
  { t.initialize() } -> std::same_as<void>;
};
}  // namespace ddml
