#include "c_api.h"

#include <cstdio>
#include <exception>
#include <vector>

#include "shower_model.h"

namespace {

void Tell(const std::exception& error, char* message, int size) {
  std::snprintf(message, static_cast<std::size_t>(size), "%s", error.what());
}

}  // namespace

extern "C" {

void* calobench_open(const char* path, int threads, char* message, int message_size) {
  try {
    return calobench::OpenModel(path, threads).release();
  } catch (const std::exception& error) {
    Tell(error, message, message_size);
    return nullptr;
  }
}

int calobench_noise_size(void* model) { return static_cast<calobench::ShowerModel*>(model)->NoiseSize(); }

int calobench_generate(void* model, const float* condition, const float* noise, int noise_size, float* cells, int size,
                       char* message, int message_size) {
  try {
    std::vector<double> energies;
    const std::vector<float> drawn(noise, noise + (noise == nullptr ? 0 : noise_size));
    static_cast<calobench::ShowerModel*>(model)->RunInference(
        {condition, condition + calobench::kConditions}, energies, size, noise == nullptr ? nullptr : &drawn);
    for (int k = 0; k < size; ++k) {
      cells[k] = static_cast<float>(energies[static_cast<std::size_t>(k)]);
    }
    return 0;
  } catch (const std::exception& error) {
    Tell(error, message, message_size);
    return 1;
  }
}

void calobench_seed(std::uint64_t seed) { calobench::SeedNoise(seed); }

void calobench_close(void* model) { delete static_cast<calobench::ShowerModel*>(model); }

}
