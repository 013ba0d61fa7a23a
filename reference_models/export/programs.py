"""Settings of Par04 and DDML for an exported file: macro lines and steering lines.

Sources: the macros of the Geant4 11.4 example Par04 (path, type, library in this order: the library command
loads the file) and the steering files and plug-in names of DDML's branch for CLD.
"""

from __future__ import annotations

from calobench.detectors import DetectorSpec

__all__ = ["ddml_lines", "par04_lines"]

_TYPE = "CaloDiT-2"


def par04_lines(file: str, library: str, detector: DetectorSpec) -> tuple[str, ...]:
    """Lines of a macro, in the order that they must have.

    Args:
        file: name of the file.
        library: ``TORCH`` or ``ONNX``.
        detector: gives the mesh.
    """
    mesh = detector.mesh
    numbers = (("Rho", mesh.n_r), ("Phi", mesh.n_phi), ("Z", mesh.n_z))
    sizes = [
        f"setSizeOfRhoCells {mesh.dr_mm:g} mm",
        f"setSizeOfZCells {mesh.dz_mm:g} mm",
        *(f"setNbOf{axis}Cells {n}" for axis, n in numbers),
    ]
    onnx = ["/Par04/inference/setOptimizationFlag 0"] if library == "ONNX" else []
    return (
        "# before /run/initialize",
        *(f"/Par04/mesh/{line}" for line in sizes),
        "# after /run/initialize",
        f"/Par04/inference/setModelPathName {file}",
        f"/Par04/inference/setModelType {_TYPE}",
        *onnx,
        f"/Par04/inference/setInferenceLibrary {library}",
        *(f"/Par04/inference/{line}" for line in sizes),
        "/param/ActivateModel defineMesh",
        "/param/ActivateModel inferenceModel",
    )


def ddml_lines(file: str, library: str, detector: DetectorSpec) -> tuple[str, ...]:
    """Lines of a steering file of ddsim.

    Args:
        file: name of the file.
        library: ``TORCH`` or ``ONNX``.
        detector: gives the mesh.
    """
    mesh, kind = detector.mesh, {"TORCH": "Torch", "ONNX": "ONNX"}[library]
    allegro = "ALLEGRO" if detector.name == "FCCeeALLEGRO" else ""
    plugin = f"ParallelWorld{allegro}CaloDiTModelBarrelParallel{kind}Model"
    return (
        "def fast_simulation(kernel):",
        "    from DDG4 import DetectorConstruction, Geant4, PhysicsList",
        "    from g4units import GeV",
        "",
        "    sequence = Geant4(kernel).detectorConstruction()",
        "    model = DetectorConstruction(",
        f'        kernel, "{plugin}/BarrelModel{kind}"',
        "    )",
        '    model.RegionName = "ECalBarrelRegion"',
        '    model.Detector = "ECalBarrel"',
        "    model.Symmetry = 12",
        "    model.Enable = True",
        "    model.CorrectForAngles = False",
        '    model.ApplicableParticles = {"e+", "e-", "gamma"}',
        '    model.Etrigger = {"e+": 10.0 * GeV, "e-": 10.0 * GeV, "gamma": 10.0 * GeV}',
        f'    model.ModelPath = "{file}"',
        "    model.OptimizeFlag = 0",
        "    model.IntraOpNumThreads = 1",
        "    model.LatentVectorSize = 8",
        f"    model.NCellsRho, model.NCellsPhi, model.NCellsZ = {mesh.n_r}, {mesh.n_phi}, {mesh.n_z}",
        f"    model.CellSizeRho, model.CellSizeZ = {mesh.dr_mm:g}, {mesh.dz_mm:g}",
        "    model.enableUI()",
        "    sequence.adopt(model)",
        '    physics = PhysicsList(kernel, "Geant4FastPhysics/FastPhysicsList")',
        '    physics.EnabledParticles = ["e+", "e-", "gamma"]',
        "    physics.enableUI()",
        "    kernel.physicsList().adopt(physics)",
        "",
        "",
        "SIM.physics.setupUserPhysics(fast_simulation)",
    )
