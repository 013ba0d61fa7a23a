// TorchScript files, with LibTorch.
#include <ATen/Parallel.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <stdexcept>

#include "shower_model.h"

namespace calobench {

namespace {

class TorchScriptModel : public ShowerModel {
 public:
  TorchScriptModel(const std::string& path, int threads) : path_(path) {
    at::set_num_threads(threads);
    try {
      module_ = torch::jit::load(path, at::kCPU);
    } catch (const std::exception&) {
      throw std::runtime_error(path + " is no TorchScript file, or is damaged; export it again");
    }
    module_.eval();
  }

  int NoiseSize() const override {
    return module_.hasattr("noise_size") ? static_cast<int>(module_.attr("noise_size").toInt()) : 0;
  }

  void RunInference(const std::vector<float>& condition, std::vector<double>& energies, int size,
                    const std::vector<float>* noise) override {
    const c10::InferenceMode no_gradients;
    std::vector<c10::IValue> inputs{Row(condition)};
    if (noise != nullptr) {
      inputs.emplace_back(Row(*noise));
    }
    at::Tensor cells;
    try {
      cells = module_.forward(inputs).toTensor().contiguous().to(at::kFloat);
    } catch (const std::exception&) {
      throw std::runtime_error(path_ + " refuses its input; files of --noise input need --noise, others must not have it");
    }
    if (cells.numel() != size) {
      throw std::runtime_error(path_ + " makes " + std::to_string(cells.numel()) + " cells, expected are " +
                               std::to_string(size));
    }
    const float* first = cells.data_ptr<float>();
    energies.assign(first, first + size);
  }

 private:
  static at::Tensor Row(const std::vector<float>& values) {
    return at::tensor(values, at::kFloat).view({1, static_cast<std::int64_t>(values.size())});
  }

  std::string path_;
  torch::jit::Module module_;
};

}  // namespace

std::unique_ptr<ShowerModel> OpenTorchScript(const std::string& path, int threads) {
  return std::make_unique<TorchScriptModel>(path, threads);
}

void SeedNoise(std::uint64_t seed) { at::manual_seed(seed); }

}  // namespace calobench
