#pragma once
struct G4ParticleDefinition {};
struct G4Gamma {
  static G4ParticleDefinition* Definition() {
    static G4ParticleDefinition gamma;
    return &gamma;
  }
};
