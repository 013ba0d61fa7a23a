// calobench-shower: a table of conditions in, a table of showers out.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "npy.h"
#include "placement.h"
#include "shower_model.h"

namespace {

constexpr char kUsage[] =
    "usage: calobench-shower MODEL --conditions FILE.npy --out FILE.npy [--noise FILE.npy] [--seed N]\n"
    "                        [--threads N] [--cells N] [--hits FILE.npy --geometry FILE [--unit GeV|MeV]\n"
    "                        [--method NAME] [--points N] [--place-seed N]]\n"
    "\n"
    "  MODEL         .pt or .onnx, from 'python -m reference_models export'\n"
    "  --conditions  float32 (N, 8): E in GeV, phi, theta, one-hot of five detectors\n"
    "  --noise       float32 (N, K), for a file that was exported with --noise input\n"
    "  --out         float32 (N, cells), in the unit of the file\n"
    "  --hits        float64 (hits, 9): event, stave, layer, i, j, x, y, z (mm), energy (MeV) of the readout cells\n"
    "  --geometry    from 'python -m reference_models geometry'\n"
    "  --unit        of the file's output, GeV unless given\n"
    "  --method, --points, --place-seed  as --method, --points and --seed of 'calobench place'\n";

struct Options {
  std::string model, conditions, noise, out, hits, geometry, unit = "GeV", method = "radial";
  std::optional<unsigned long long> seed;
  int threads = 1;
  int cells = 9 * 16 * 45;
  int points = 1;
  unsigned long long place_seed = 1;
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
        {"--conditions", &options.conditions}, {"--noise", &options.noise}, {"--out", &options.out},
        {"--hits", &options.hits}, {"--geometry", &options.geometry}, {"--unit", &options.unit},
        {"--method", &options.method}};
    if (const auto text = texts.find(word); text != texts.end()) {
      *text->second = value;
    } else if (word == "--seed") {
      options.seed = static_cast<unsigned long long>(Number(word, value, 0));
    } else if (word == "--threads") {
      options.threads = static_cast<int>(Number(word, value, 1));
    } else if (word == "--points") {
      options.points = static_cast<int>(Number(word, value, 1));
    } else if (word == "--place-seed") {
      options.place_seed = static_cast<unsigned long long>(Number(word, value, 0));
    } else if (word == "--cells") {
      options.cells = static_cast<int>(Number(word, value, 1));
    } else {
      throw std::runtime_error("unknown option " + word + "; see calobench-shower --help");
    }
  }
  if (options.model.empty() || options.conditions.empty() || options.out.empty()) {
    throw std::runtime_error("MODEL, --conditions and --out are needed; see calobench-shower --help");
  }
  if (options.hits.empty() != options.geometry.empty()) {
    throw std::runtime_error("--hits and --geometry belong together; see calobench-shower --help");
  }
  if (options.unit != "GeV" && options.unit != "MeV") {
    throw std::runtime_error("--unit " + options.unit + " is none; give GeV or MeV");
  }
  return options;
}

std::vector<double> Hits(const Options& options, const calobench::Placer& placer, const calobench::Table& conditions,
                         const calobench::Table& showers) {
  const float to_mev = options.unit == "GeV" ? 1000.0f : 1.0f;
  std::vector<double> rows;
  for (std::size_t k = 0; k < showers.rows; ++k) {
    std::vector<float> cells = showers.Row(k);
    for (float& cell : cells) {
      cell *= to_mev;
    }
    const std::vector<float> particle = conditions.Row(k);
    for (const calobench::Hit& hit : placer.Place(k, particle[2], particle[1], cells)) {
      rows.insert(rows.end(), hit.begin(), hit.end());
    }
  }
  return rows;
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
  std::optional<calobench::Placer> placer;
  if (!options.hits.empty()) {
    placer.emplace(calobench::Detector::Read(options.geometry),
                   calobench::Placing{calobench::MethodOf(options.method), options.points, options.place_seed});
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
  const std::vector<double> hits = placer ? Hits(options, *placer, conditions, showers) : std::vector<double>();
  calobench::WriteNpy(options.out, showers);
  if (placer) {
    calobench::WriteNpy(options.hits, std::tuple_size_v<calobench::Hit>, hits);
  }
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
