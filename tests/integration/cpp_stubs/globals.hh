#pragma once
#include <string>
using G4double = double;
using G4bool = bool;
using G4String = std::string;
