// calobench-shower: a table of conditions in, a table of showers out.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>

#include "npy.h"
#include "shower_model.h"

namespace {

constexpr char kUsage[] =
    "usage: calobench-shower MODEL --conditions FILE.npy --out FILE.npy [--noise FILE.npy] [--seed N]\n"
    "                        [--threads N] [--cells N]\n"
    "\n"
    "  MODEL         .pt or .onnx, from 'python -m reference_models export'\n"
    "  --conditions  float32 (N, 8): E in GeV, phi, theta, one-hot of five detectors\n"
    "  --noise       float32 (N, K), for a file that was exported with --noise input\n"
    "  --out         float32 (N, cells), in the unit of the file\n";

struct Options {
  std::string model, conditions, noise, out;
  std::optional<unsigned long long> seed;
  int threads = 1;
  int cells = 9 * 16 * 45;
};

long long Number(const std::string& name, const std::string& text, long long low) {
  std::size_t used = 0;
  long long value = low - 1;
  try {
    value = std::stoll(text, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  if (used != text.size() || value < low) {
    throw std::runtime_error(name + " " + text + " is no number from " + std::to_string(low) + " on");
  }
  return value;
}

Options Parse(int count, char** words) {
  Options options;
  for (int k = 1; k < count; ++k) {
    const std::string word = words[k];
    if (word.rfind("--", 0) != 0) {
      options.model = word;
      continue;
    }
    if (k + 1 == count) {
      throw std::runtime_error(word + " needs a value");
    }
    const std::string value = words[++k];
    const std::map<std::string, std::string*> texts{
        {"--conditions", &options.conditions}, {"--noise", &options.noise}, {"--out", &options.out}};
    if (const auto text = texts.find(word); text != texts.end()) {
      *text->second = value;
    } else if (word == "--seed") {
      options.seed = static_cast<unsigned long long>(Number(word, value, 0));
    } else if (word == "--threads") {
      options.threads = static_cast<int>(Number(word, value, 1));
    } else if (word == "--cells") {
      options.cells = static_cast<int>(Number(word, value, 1));
    } else {
      throw std::runtime_error("unknown option " + word + "; see calobench-shower --help");
    }
  }
  if (options.model.empty() || options.conditions.empty() || options.out.empty()) {
    throw std::runtime_error("MODEL, --conditions and --out are needed; see calobench-shower --help");
  }
  return options;
}

void Run(const Options& options) {
  const calobench::Table conditions = calobench::ReadNpy(options.conditions);
  if (conditions.columns != calobench::kConditions) {
    throw std::runtime_error(options.conditions + " has " + std::to_string(conditions.columns) +
                             " columns; a particle is 8 numbers");
  }
  std::optional<calobench::Table> noise;
  if (!options.noise.empty()) {
    noise = calobench::ReadNpy(options.noise);
    if (noise->rows != conditions.rows) {
      throw std::runtime_error(options.noise + " has another number of rows than " + options.conditions);
    }
  }
  const auto model = calobench::OpenModel(options.model, options.threads);
  if (options.seed) {
    calobench::SeedNoise(*options.seed);
  }
  calobench::Table showers{conditions.rows, static_cast<std::size_t>(options.cells), {}};
  showers.values.reserve(showers.rows * showers.columns);
  std::vector<double> energies;
  double first_ms = 0, rest_ms = 0;
  for (std::size_t k = 0; k < conditions.rows; ++k) {
    const auto begin = std::chrono::steady_clock::now();
    const std::vector<float> drawn = noise ? noise->Row(k) : std::vector<float>();
    model->RunInference(conditions.Row(k), energies, options.cells, noise ? &drawn : nullptr);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    (k == 0 ? first_ms : rest_ms) += took.count();
    for (const double energy : energies) {
      if (!std::isfinite(energy)) {
        throw std::runtime_error(options.model + " returns NaN or infinite energies in shower " + std::to_string(k));
      }
      showers.values.push_back(static_cast<float>(energy));
    }
  }
  calobench::WriteNpy(options.out, showers);
  std::fprintf(stderr, "%zu showers, first %.2f ms", showers.rows, first_ms);
  if (showers.rows > 1) {
    std::fprintf(stderr, ", then %.2f ms per shower", rest_ms / static_cast<double>(showers.rows - 1));
  }
  std::fprintf(stderr, ", %d thread%s\n", options.threads, options.threads == 1 ? "" : "s");
}

}  // namespace

int main(int count, char** words) {
  if (count == 2 && std::string(words[1]) == "--help") {
    std::fputs(kUsage, stdout);
    return 0;
  }
  try {
    Run(Parse(count, words));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "calobench-shower: error: %s\n", error.what());
    return 2;
  }
  return 0;
}
