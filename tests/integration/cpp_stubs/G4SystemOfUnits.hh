#pragma once
namespace CLHEP {
inline constexpr double GeV = 1000.0, pi = 3.14159265358979323846, twopi = 2 * pi;
}
