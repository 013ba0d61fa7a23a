"""A made-up detector for tests that need cells but no physics."""

from __future__ import annotations

from calobench.detectors.spec import DetectorSpec, Layer, MeshSpec


def toy_detector(n_z: int = 45) -> DetectorSpec:
    """One active sheet a period; a mesh of 9 x 16 x n_z cells of 10 mm x 4 mm."""
    return DetectorSpec(
        name="Toy",
        description="a toy",
        inner_radius_mm=2000,
        periods=n_z,
        layers=(Layer(material="G4_W", thickness_mm=2, active=True),),
        mesh=MeshSpec(dr_mm=10, dz_mm=4, n_z=n_z),
        energy_range_mev=(1e3, 1e5),
        theta_range=(0.9, 2.2),
        sampling_fraction=0.1,
        one_hot_slot=4,
        sources={"mesh": "made up"},
    )
