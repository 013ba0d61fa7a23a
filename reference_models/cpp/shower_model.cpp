#include "shower_model.h"

#include <stdexcept>

namespace calobench {

namespace {

bool EndsWith(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

}  // namespace

std::unique_ptr<ShowerModel> OpenModel(const std::string& path, int threads) {
  if (EndsWith(path, ".pt")) {
    return OpenTorchScript(path, threads);
  }
  if (EndsWith(path, ".onnx")) {
    return OpenOnnx(path, threads);
  }
  throw std::runtime_error(path + " is neither a .pt nor an .onnx file; export it with "
                           "'python -m reference_models export'");
}

#ifndef CALOBENCH_WITH_ONNX
std::unique_ptr<ShowerModel> OpenOnnx(const std::string& path, int) {
  throw std::runtime_error(path + " needs ONNX Runtime, which this program was built without; "
                           "build it with -DONNXRUNTIME_ROOT, or export a TorchScript file");
}
#endif

}  // namespace calobench
