#pragma once
#include <string>
namespace dd4hep::sim {
struct Geant4Action {
  std::string path;
  void declareProperty(const std::string&, std::string& value) { value = path; }
  void declareProperty(const std::string&, int&) {}
};
}  // namespace dd4hep::sim
