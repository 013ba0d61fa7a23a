// The library for other languages: plain functions, no exceptions.
#pragma once

#include <cstdint>

extern "C" {

/// Opens a file as calobench::OpenModel does; nullptr and a message where it cannot.
void* calobench_open(const char* path, int threads, char* message, int message_size);

/// Numbers of the noise that the graph takes; 0 where it draws it.
int calobench_noise_size(void* model);

/// Makes one shower.
/// @param condition eight numbers.
/// @param noise of a file whose noise is an input; nullptr where the graph draws it.
/// @param cells gets `size` energies in the unit of the file.
/// @return 0, or 1 and a message.
int calobench_generate(void* model, const float* condition, const float* noise, int noise_size, float* cells, int size,
                       char* message, int message_size);

/// Seeds the noise that TorchScript files draw.
void calobench_seed(std::uint64_t seed);

void calobench_close(void* model);

}
