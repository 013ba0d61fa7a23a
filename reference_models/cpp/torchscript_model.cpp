// TorchScript files, with LibTorch.
#include <ATen/Parallel.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <torch/csrc/jit/serialization/import.h>

#include <set>
#include <stdexcept>
#include <string>

#include "shower_model.h"

namespace calobench {

namespace {

/// Refuses operators that are not PyTorch's own, and those that read or write files.
void RequireOwn(const torch::jit::Block& block, const std::string& path) {
  static const std::set<std::string> own{"aten", "prim", "quantized"}, refused{"aten::save", "aten::from_file"};
  for (const torch::jit::Node* node : block.nodes()) {
    const std::string name = node->kind().toQualString();
    if (own.count(name.substr(0, name.find(':'))) == 0) {
      throw std::runtime_error(path + " uses the custom operator '" + name + "'; export it with PyTorch's own");
    }
    if (refused.count(name) > 0) {
      throw std::runtime_error(path + " uses '" + name + "', which reads or writes files; export it without");
    }
    for (const torch::jit::Block* inner : node->blocks()) {
      RequireOwn(*inner, path);
    }
  }
}

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
    const auto forward = module_.find_method("forward");
    if (!forward) {
      throw std::runtime_error(path + " holds no graph to run; export it again");
    }
    const auto graph = forward->graph()->copy();
    torch::jit::Inline(*graph);
    RequireOwn(*graph->block(), path);
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
