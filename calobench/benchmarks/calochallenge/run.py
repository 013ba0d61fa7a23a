"""``--protocol calochallenge``: two files of showers in, the published table's numbers out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench._util.digest import sha256_of_file
from calobench._util.progress import Progress, SilentProgress
from calobench.benchmarks.calochallenge.binning import Binning
from calobench.benchmarks.calochallenge.binning_xml import read_binning_xml
from calobench.benchmarks.calochallenge.datasets import ChallengeDataset, load_dataset
from calobench.benchmarks.calochallenge.distances import distances, unbiased_distances
from calobench.benchmarks.calochallenge.features import FeatureExtractor, classifier_features
from calobench.benchmarks.calochallenge.histograms import Samples, all_quantities, cell_edges
from calobench.benchmarks.calochallenge.parts import Parts, PartsRequest
from calobench.benchmarks.calochallenge.record import (
    CaloChallengeResults,
    ChallengeSample,
    SeparationRow,
    read_calochallenge_results,
)
from calobench.benchmarks.calochallenge.remarks import protocol_remarks
from calobench.benchmarks.calochallenge.resampling import BlockPlan, Draws
from calobench.benchmarks.calochallenge.rows import cell_row, quantity_rows
from calobench.benchmarks.calochallenge.sample import (
    Counts,
    Sample,
    count_cells,
    scan,
    scan_with_cells,
)
from calobench.benchmarks.calochallenge.showers import ChallengeFiles
from calobench.errors import ConditionsError, SpecError
from calobench.harness.conditions import check_same_spectrum
from calobench.harness.output import RunFolder
from calobench.harness.provenance import provenance
from calobench.harness.stages import Stages
from calobench.results.seal import seal
from calobench.showers import Conditions

__all__ = ["ProtocolOutcome", "ProtocolRequest", "run_protocol"]


@dataclass(frozen=True)
class ProtocolRequest:
    """Request: what to compare.

    Attributes:
        generated: files of the model's showers.
        reference: files of Geant4 showers.
        dataset: ``1-photons``, ``1-pions``, ``2`` or ``3``.
        out: folder for ``results.json`` and ``report.html``.
        binning: the data set's XML; None for the binning that ships with calobench.
        replicas: of the bootstrap, and as many permutations.
        seed: of their draws.
        parts: what to add, of :data:`calobench.benchmarks.calochallenge.parts.PARTS`.
        part_showers: of each sample that the parts use at most; None for all.
        force: replace a run that is already in ``out``.
        command: the command line, for the record.
    """

    generated: tuple[Path, ...]
    reference: tuple[Path, ...]
    dataset: str
    out: Path
    binning: Path | None = None
    replicas: int = 200
    seed: int = 1
    parts: tuple[str, ...] = ()
    part_showers: int | None = None
    force: bool = False
    command: str = ""


@dataclass(frozen=True)
class ProtocolOutcome:
    """Results and where they lie.

    Attributes:
        completed: they are of an earlier call, the same, which had been killed while it wrote them.
    """

    results: CaloChallengeResults
    results_path: Path
    report_path: Path
    completed: bool = False


def run_protocol(request: ProtocolRequest, progress: Progress | None = None) -> ProtocolOutcome:
    """Evaluate as the CaloChallenge does, with errors and nulls, and write results and a page.

    Files are read in chunks: memory grows by 2.9 kB per shower (data sets 2 and 3) and by a row of their
    bins per core, not by voxels. The largest cell of the reference ends the bins of the cell spectrum: up to
    a gigabyte of its filled cells is kept until it is known, a larger reference is read twice.

    Raises:
        CalobenchError: anything wrong with the request or the files.
    """
    # The page draws; nothing else here needs matplotlib.
    from calobench.benchmarks.calochallenge.page import render_page

    dataset = load_dataset(request.dataset)
    binning = _binning(dataset, request.binning)
    folder = RunFolder(request.out, force=request.force, call=request.command)
    if folder.completed:
        earlier = read_calochallenge_results(folder.results)
        return ProtocolOutcome(earlier, folder.results, folder.page, completed=True)
    stages = Stages(progress or SilentProgress())
    extractor = FeatureExtractor(binning)
    with (
        ChallengeFiles(request.reference, dataset) as reference,
        ChallengeFiles(request.generated, dataset) as generated,
    ):
        added = PartsRequest(request.parts, request.part_showers, request.replicas, request.seed)
        parts = Parts(added, binning, len(reference), len(generated))
        samples = _read(reference, generated, dataset, extractor, stages)
        rows = _rows(request, dataset, extractor, samples, stages)
        # From here on the tables hold the classifier's vectors.
        vectors = (
            classifier_features(samples.reference.table, extractor.layout),
            classifier_features(samples.generated.table, extractor.layout),
        )
        with stages.stage("FPD and KPD", 4) as advance:
            published = distances(*vectors, np.random.default_rng((request.seed, 2)), advance)
            rng = np.random.default_rng((request.seed, 4))
            unbiased = unbiased_distances(*vectors, request.replicas, rng, advance)
        measured = parts.measure((reference, generated), vectors, folder.path, stages)
    records = (
        _record(request.reference, samples.reference),
        _record(request.generated, samples.generated),
    )
    remarks = protocol_remarks(dataset, binning, *records, rows, extractor.layout.columns)
    results = seal(
        CaloChallengeResults(
            dataset=dataset.name,
            title=dataset.title,
            threshold_mev=dataset.threshold_mev,
            binning=binning.source,
            features=extractor.layout.columns,
            reference=records[0],
            generated=records[1],
            replicas=request.replicas,
            seed=request.seed,
            command=request.command,
            rows=rows,
            distances=published,
            unbiased=unbiased,
            prdc=measured.prdc,
            classifiers=measured.classifiers,
            provenance=provenance(),
            stages=stages.timings,
            warnings=(*remarks, *parts.remarks),
        )
    )
    folder.write(results.model_dump_json(indent=1) + "\n", render_page(results))
    return ProtocolOutcome(results, folder.results, folder.page)


class _Samples(NamedTuple):
    reference: Sample
    generated: Sample
    reference_cells: Counts
    generated_cells: Counts
    cell_edges: NDArray[np.float64]


def _read(
    of_reference: ChallengeFiles,
    of_generated: ChallengeFiles,
    dataset: ChallengeDataset,
    extractor: FeatureExtractor,
    stages: Stages,
) -> _Samples:
    name = ", ".join(path.name for path in of_generated.paths)
    check_same_spectrum(_conditions(of_generated), _conditions(of_reference), name)
    with stages.stage("read reference", len(of_reference)) as advance:
        reference = scan(of_reference, extractor, advance)
    edges = cell_edges(dataset, reference.largest_cell)
    if edges is None:
        raise ConditionsError(
            f"no cell of the reference is above the threshold of {dataset.threshold_mev:.4g} MeV;"
            " check that its energies are in MeV"
        )
    with stages.stage("read generated", len(of_generated)) as advance:
        generated, cells = scan_with_cells(of_generated, extractor, advance, edges)
    with stages.stage("cells of reference", len(of_reference)) as advance:
        counts = count_cells(of_reference, edges, advance, reference.filled)
    return _Samples(reference, generated, counts, cells, edges)


def _binning(dataset: ChallengeDataset, path: Path | None) -> Binning:
    if path is None:
        return dataset.binning
    binning = read_binning_xml(path, dataset.particle)
    if binning.voxels != dataset.voxels:
        raise SpecError(
            f"binning {path} has {binning.voxels} voxels, {dataset.title} has {dataset.voxels}; "
            "give the XML of this data set"
        )
    return binning


def _rows(
    request: ProtocolRequest,
    dataset: ChallengeDataset,
    extractor: FeatureExtractor,
    samples: _Samples,
    stages: Stages,
) -> tuple[SeparationRow, ...]:
    layout = extractor.layout
    tables = samples.reference.table, samples.generated.table
    largest = tables[0][:, layout.blocks["E_layer"]].max(axis=0)
    quantities = all_quantities(Samples(layout, dataset, largest))
    plan = BlockPlan.of(len(tables[0]), len(tables[1]), np.random.default_rng((request.seed, 0)))
    rng = np.random.default_rng((request.seed, 1))
    draws = Draws.of(plan.sizes, request.replicas, rng)
    with stages.stage("separation", len(quantities) + 1) as advance:
        rows = list(quantity_rows(quantities, *tables, plan, draws, advance))
        cells = samples.reference_cells, samples.generated_cells
        rows.insert(2, cell_row(*cells, samples.cell_edges, plan, draws))
        advance()
    return tuple(rows)


def _conditions(files: ChallengeFiles) -> Conditions:
    n = len(files)
    return Conditions(files.energy, np.full(n, np.pi / 2), np.zeros(n))


def _record(paths: tuple[Path, ...], sample: Sample) -> ChallengeSample:
    return ChallengeSample(
        files={path.name: sha256_of_file(path) for path in paths},
        n=len(sample.table),
        mean_energy_mev=float(sample.table[:, 0].mean()),
        largest_cell_mev=sample.largest_cell,
        negative_cells=sample.negative_cells,
    )
