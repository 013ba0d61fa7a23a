// Showers of a file that `python -m reference_models export` wrote, or of any file with the interface of Par04.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace calobench {

/// The eight numbers that Par04 and DDML give: E in GeV, azimuth and polar angle in rad, one-hot of the detector.
inline constexpr int kConditions = 8;

/// A trained graph. One shower at a time, as Geant4 asks for them.
///
/// The call has the shape of Par04InferenceInterface::RunInference: condition in, `size` energies out, in the unit
/// of the file, in the order ring, azimuth, depth.
class ShowerModel {
 public:
  virtual ~ShowerModel() = default;

  /// Numbers of the noise that the graph takes; 0 where it draws it.
  virtual int NoiseSize() const { return 0; }

  /// @param condition the eight numbers.
  /// @param energies gets the energies.
  /// @param size number of cells that are expected.
  /// @param noise for a file whose noise is an input; nullptr where the graph draws it.
  /// @throws std::runtime_error the graph refuses its input or has another output.
  virtual void RunInference(const std::vector<float>& condition, std::vector<double>& energies, int size,
                            const std::vector<float>* noise = nullptr) = 0;
};

/// Opens a file by the end of its name: .pt with LibTorch, .onnx with ONNX Runtime.
///
/// @param path of the file.
/// @param threads of one operation.
/// @throws std::runtime_error it cannot be read, or this program was built without what reads it.
std::unique_ptr<ShowerModel> OpenModel(const std::string& path, int threads = 1);

/// Seeds the noise that TorchScript files draw; ONNX Runtime has no such call.
void SeedNoise(std::uint64_t seed);

std::unique_ptr<ShowerModel> OpenTorchScript(const std::string& path, int threads);
std::unique_ptr<ShowerModel> OpenOnnx(const std::string& path, int threads);

}  // namespace calobench
