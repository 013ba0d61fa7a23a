#pragma once
#include <cmath>
struct G4ThreeVector {
  double a = 0, b = 0, c = 0;
  G4ThreeVector(double x = 0, double y = 0, double z = 0) : a(x), b(y), c(z) {}
  double x() const { return a; }
  double y() const { return b; }
  double z() const { return c; }
  double phi() const { return std::atan2(b, a); }
  double theta() const { return std::atan2(std::hypot(a, b), c); }
  G4ThreeVector cross(const G4ThreeVector& o) const { return {b * o.c - c * o.b, c * o.a - a * o.c, a * o.b - b * o.a}; }
};
inline G4ThreeVector operator+(const G4ThreeVector& p, const G4ThreeVector& q) { return {p.a + q.a, p.b + q.b, p.c + q.c}; }
inline G4ThreeVector operator*(double f, const G4ThreeVector& p) { return {f * p.a, f * p.b, f * p.c}; }
