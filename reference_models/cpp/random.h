// The random numbers of numpy: SeedSequence and PCG64, so that points fall where Python's do.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace calobench {

/// numpy.random.default_rng(numpy.random.SeedSequence(seed, spawn_key=(key,))).random(), one number at a time.
class NumpyRandom {
 public:
  NumpyRandom(std::uint64_t seed, std::uint64_t key);

  /// A number in [0, 1).
  double operator()();

 private:
  void Step();

  unsigned __int128 state_ = 0, increment_ = 0;
};

}  // namespace calobench
