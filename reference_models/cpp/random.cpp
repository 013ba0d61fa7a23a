// SeedSequence: M. E. O'Neill's seed_seq alternative as numpy has it; PCG64: XSL-RR 128/64, O'Neill, HMC-CS-2014-0905.
#include "random.h"

namespace calobench {

namespace {

constexpr std::size_t kPool = 4;

constexpr unsigned __int128 Wide(std::uint64_t high, std::uint64_t low) {
  return (static_cast<unsigned __int128>(high) << 64) | low;
}

std::vector<std::uint32_t> Words(std::uint64_t value) {
  std::vector<std::uint32_t> words{static_cast<std::uint32_t>(value)};
  if (value >> 32) {
    words.push_back(static_cast<std::uint32_t>(value >> 32));
  }
  return words;
}

std::array<std::uint64_t, 4> SeedState(std::uint64_t seed, std::uint64_t key) {
  std::vector<std::uint32_t> entropy = Words(seed);
  entropy.resize(kPool, 0);  // a spawn key begins behind the pool
  for (const std::uint32_t word : Words(key)) {
    entropy.push_back(word);
  }
  std::uint32_t constant = 0x43b0d7e5u;
  const auto hashed = [&constant](std::uint32_t value) {
    value ^= constant;
    constant *= 0x931e8875u;
    value *= constant;
    return value ^ (value >> 16);
  };
  const auto mixed = [](std::uint32_t x, std::uint32_t y) {
    const std::uint32_t result = 0xca01f9ddu * x - 0x4973f715u * y;
    return result ^ (result >> 16);
  };
  std::array<std::uint32_t, kPool> pool;
  for (std::size_t k = 0; k < kPool; ++k) {
    pool[k] = hashed(entropy[k]);
  }
  for (std::size_t from = 0; from < kPool; ++from) {
    for (std::size_t to = 0; to < kPool; ++to) {
      if (from != to) {
        pool[to] = mixed(pool[to], hashed(pool[from]));
      }
    }
  }
  for (std::size_t from = kPool; from < entropy.size(); ++from) {
    for (std::uint32_t& word : pool) {
      word = mixed(word, hashed(entropy[from]));
    }
  }
  constant = 0x8b51f9ddu;
  std::array<std::uint64_t, 4> state{};
  for (std::size_t k = 0; k < 8; ++k) {
    std::uint32_t word = pool[k % kPool] ^ constant;
    constant *= 0x58f38dedu;
    word *= constant;
    word ^= word >> 16;
    state[k / 2] |= static_cast<std::uint64_t>(word) << (32 * (k % 2));
  }
  return state;
}

}  // namespace

NumpyRandom::NumpyRandom(std::uint64_t seed, std::uint64_t key) {
  const auto words = SeedState(seed, key);
  increment_ = (Wide(words[2], words[3]) << 1) | 1;
  Step();
  state_ += Wide(words[0], words[1]);
  Step();
}

void NumpyRandom::Step() { state_ = state_ * Wide(0x2360ed051fc65da4u, 0x4385df649fccf645u) + increment_; }

double NumpyRandom::operator()() {
  Step();
  const auto folded = static_cast<std::uint64_t>(state_ >> 64) ^ static_cast<std::uint64_t>(state_);
  const auto turn = static_cast<unsigned>(state_ >> 122);
  const std::uint64_t number = (folded >> turn) | (folded << ((64 - turn) & 63));
  return static_cast<double>(number >> 11) * (1.0 / 9007199254740992.0);
}

}  // namespace calobench
