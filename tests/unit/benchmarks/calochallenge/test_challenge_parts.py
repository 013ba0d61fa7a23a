"""Parts of --with: classifiers, PRDC; and FPD and KPD for samples of any size."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from calobench.benchmarks.calochallenge.classifiers import networks, training
from calobench.benchmarks.calochallenge.datasets import load_dataset
from calobench.benchmarks.calochallenge.distances import unbiased_distances
from calobench.benchmarks.calochallenge.diversity import diversity_scores
from calobench.benchmarks.calochallenge.parts import Parts, PartsRequest
from calobench.cli import main
from calobench.errors import CalobenchError, ConditionsError, UnknownNameError

Make = Callable[..., Path]


def _parts(*words: str, n: int = 500, dataset: str = "2", showers: int | None = None) -> Parts:
    request = PartsRequest(words, showers, 20, 1)
    return Parts(request, load_dataset(dataset).binning, n, n + 1)


@pytest.mark.parametrize(
    ("words", "n", "dataset", "error", "message"),
    [
        (("lo",), 500, "2", UnknownNameError, "did you mean 'low'"),
        (("high",), 99, "2", ConditionsError, "classifiers need 100 showers of each sample"),
        (("prdc",), 39, "2", ConditionsError, "prdc needs 40 showers of each sample"),
        (("cnn",), 500, "1-pions", ConditionsError, "make no image for the cnn"),
    ],
)
def test_what_cannot_be_added_is_refused_before_anything_is_read(
    words: tuple[str, ...], n: int, dataset: str, error: type[CalobenchError], message: str
) -> None:
    with pytest.raises(error, match=message):
        _parts(*words, n=n, dataset=dataset)


def test_what_is_left_out_or_reduced_is_said() -> None:
    assert _parts(n=10).remarks == []
    assert "no cnn" in _parts("classifiers", dataset="1-photons").remarks[0]
    parts = _parts("classifiers", "prdc", showers=200)
    assert parts.n == 200
    assert parts.remarks == ["classifiers and prdc use 200 showers of each sample, drawn at random"]


def test_prdc_is_that_of_its_definition() -> None:
    """By the definitions of arXiv:2002.09797 with all distances written out, empty cells as 0.1 MeV."""
    rng = np.random.default_rng(1)
    real, generated = (np.exp(rng.normal(0, s, (n, 7))) for n, s in ((60, 1.0), (50, 1.2)))
    real[rng.random(real.shape) < 0.3] = 0
    generated[rng.random(generated.shape) < 0.3] = 0
    scores = diversity_scores(
        sparse.csr_array(real), sparse.csr_array(generated), 20, np.random.default_rng(1)
    )
    x, y = (np.log10(np.where(cells == 0, 0.1, cells)) for cells in (real, generated))
    across = np.linalg.norm(x[:, None] - y[None], axis=-1)
    x_ball, y_ball = (
        np.sort(np.linalg.norm(z[:, None] - z[None], axis=-1), axis=1)[:, 5] for z in (x, y)
    )
    inside = across < x_ball[:, None]
    expected = {
        "precision": inside.any(axis=0).mean(),
        "recall": (across < y_ball).any(axis=1).mean(),
        "density": inside.sum(axis=0).mean() / 5,
        "coverage": inside.any(axis=1).mean(),
    }
    assert {score.name: pytest.approx(score.value) for score in scores} == expected
    assert all(score.error > 0 for score in scores)
    assert all(score.null_interval[0] < score.null_interval[1] for score in scores)


@pytest.mark.parametrize("n", [60, 1000])
def test_distances_without_bias_see_a_wider_sample_of_any_size(n: int) -> None:
    """False-alarm rates are in tests/statistical."""
    rng = np.random.default_rng(n)
    mix = rng.normal(size=(8, 8))
    x, same, wider = (s * rng.normal(size=(n, 8)) @ mix for s in (1, 1, 2))
    for score in unbiased_distances(x, same, 60, np.random.default_rng(1)):
        assert abs(score.value) < 4 * score.error
        assert score.null_interval[0] < 0 < score.null_interval[1]
    for score in unbiased_distances(x, wider, 60, np.random.default_rng(1)):
        assert score.p_value < 0.05
        assert score.value > score.null_interval[1]
    assert unbiased_distances(x[:39], same, 60, np.random.default_rng(1)) == ()


@pytest.fixture
def small_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "HIDDEN", 16)
    monkeypatch.setattr(networks, "STAGES", (2, 2, 2, 2))
    monkeypatch.setattr(training, "EPOCHS", 1)


@pytest.mark.usefixtures("small_networks")
def test_all_parts_from_the_command_to_the_page(
    challenge_file: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [challenge_file(f"{salt}.h5", n=110, salt=salt) for salt in (1, 2)]
    out = tmp_path / "out"
    arguments = [
        "run", "--protocol", "calochallenge", "--dataset", "2", "--replicas", "20",
        "--reference", str(files[0]), "--model", str(files[1]), "--out", str(out),
        "--with", "low,cnn", "--with", "high", "--with", "prdc", "--part-showers", "100",
    ]  # fmt: skip
    with pytest.raises(SystemExit) as exit_info:
        main(arguments)
    assert exit_info.value.code == 0
    printed = capsys.readouterr().out
    for quantity in ("AUC low", "AUC high", "AUC cnn", "JSD cnn", "FPD", "KPD", "coverage"):
        assert quantity in printed
    assert "use 100 showers of each sample" in " ".join(printed.split())
    assert sorted(path.name for path in out.iterdir()) == ["report.html", "results.json"]
    page = (out / "report.html").read_text(encoding="utf-8")
    for section in ("unbiased", "classifiers", "prdc"):
        assert f'<section id="{section}"' in page
    # Published values beside them: Geant4's and the best submission's.
    for published in ("0.4996", "0.5308", "0.239", "0.253"):
        assert published in page


def test_a_wrong_part_is_one_line_and_exit_code_2(
    challenge_file: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(challenge_file("a.h5", n=20))
    with pytest.raises(SystemExit) as exit_info:
        main(["run", "--protocol", "calochallenge", "--dataset", "2", "--reference", path,
              "--model", path, "--out", str(tmp_path / "out"), "--with", "classifiers"])  # fmt: skip
    assert exit_info.value.code == 2
    error = capsys.readouterr().err
    assert "classifiers need 100 showers" in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()
