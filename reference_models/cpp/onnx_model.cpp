// ONNX files, with ONNX Runtime's C++ API.
#include <onnxruntime_cxx_api.h>

#include <array>
#include <stdexcept>

#include "shower_model.h"

namespace calobench {

namespace {

class OnnxModel : public ShowerModel {
 public:
  OnnxModel(const std::string& path, int threads) : environment_(ORT_LOGGING_LEVEL_ERROR, "calobench") {
    Ort::SessionOptions options;
    options.SetIntraOpNumThreads(threads);
    options.SetInterOpNumThreads(1);
    try {
      session_ = Ort::Session(environment_, path.c_str(), options);
    } catch (const Ort::Exception& error) {
      throw std::runtime_error(path + " cannot be loaded: " + error.what());
    }
    Ort::AllocatorWithDefaultOptions allocator;
    for (std::size_t k = 0; k < session_.GetInputCount(); ++k) {
      inputs_.emplace_back(session_.GetInputNameAllocated(k, allocator).get());
    }
    output_ = session_.GetOutputNameAllocated(0, allocator).get();
    path_ = path;
  }

  int NoiseSize() const override {
    if (inputs_.size() < 2) {
      return 0;
    }
    return static_cast<int>(session_.GetInputTypeInfo(1).GetTensorTypeAndShapeInfo().GetElementCount());
  }

  void RunInference(const std::vector<float>& condition, std::vector<double>& energies, int size,
                    const std::vector<float>* noise) override {
    std::vector<Ort::Value> values;
    values.push_back(Row(condition));
    if (noise != nullptr) {
      values.push_back(Row(*noise));
    }
    if (values.size() != inputs_.size()) {
      throw std::runtime_error(path_ + " has " + std::to_string(inputs_.size()) +
                               " inputs; files of --noise input need --noise, others must not have it");
    }
    std::vector<const char*> names;
    for (const std::string& name : inputs_) {
      names.push_back(name.c_str());
    }
    const std::array<const char*, 1> outputs{output_.c_str()};
    auto cells = session_.Run(Ort::RunOptions{nullptr}, names.data(), values.data(), values.size(), outputs.data(), 1);
    const auto count = cells[0].GetTensorTypeAndShapeInfo().GetElementCount();
    if (count != static_cast<std::size_t>(size)) {
      throw std::runtime_error(path_ + " makes " + std::to_string(count) + " cells, expected are " +
                               std::to_string(size));
    }
    const float* first = cells[0].GetTensorData<float>();
    energies.assign(first, first + size);
  }

 private:
  static Ort::Value Row(const std::vector<float>& values) {
    const std::array<std::int64_t, 2> shape{1, static_cast<std::int64_t>(values.size())};
    static const Ort::MemoryInfo memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
    return Ort::Value::CreateTensor<float>(memory, const_cast<float*>(values.data()), values.size(), shape.data(),
                                           shape.size());
  }

  Ort::Env environment_;
  Ort::Session session_{nullptr};
  std::vector<std::string> inputs_;
  std::string output_, path_;
};

}  // namespace

std::unique_ptr<ShowerModel> OpenOnnx(const std::string& path, int threads) {
  return std::make_unique<OnnxModel>(path, threads);
}

}  // namespace calobench
