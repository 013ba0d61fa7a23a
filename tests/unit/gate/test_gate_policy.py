from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from calobench.benchmarks.diphoton.gate import DiphotonSettings
from calobench.errors import PolicyError
from calobench.gate import Policy, read_policy

NAMES = ["response.bias", "response.width", "cell_spectrum_02_03.bias", "timing.m.cpu"]


@pytest.fixture
def policy(tmp_path: Path) -> Any:
    def read(text: Any) -> Policy:
        path = tmp_path / "policy.toml"
        path.write_text(text)
        return read_policy(path)

    return read


def test_empty_policy_is_the_default(policy: Any) -> None:
    assert policy("") == Policy()


def test_everything_can_be_set(policy: Any) -> None:
    changed = policy(
        """
        alpha = 0.05
        min_showers = 1000
        headline = ["response.*"]
        headline_share = 0.3

        [benchmark.timing]
        judge = "required"

        [floors.bias]
        absolute = 0.2
        relative = 0.0

        [[metric]]
        match = "response.*"
        relative = 0.5

        [[metric]]
        match = "response.width"
        absolute = 0.01
        ignore = true
        """
    )
    assert changed.floor("cell_spectrum_02_03.bias", "bias").absolute == 0.2
    assert changed.floor("response.bias", "bias").relative == 0.5
    assert changed.floor("response.width", "width") == (0.01, 0.5)
    assert changed.ignores("response.width")
    assert not changed.ignores("response.bias")
    assert changed.is_headline("response.shape")
    assert changed.settings_of("timing").judge == "required"
    assert changed.settings_of("diphoton") == DiphotonSettings()
    # Kinds that are not named keep their floors.
    assert changed.floor("x", "slope") == Policy().floor("x", "slope")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("absolute = 0.3", (0.3, 0.1)), ("relative = 0.3", (0.05, 0.3)), ("", (0.05, 0.1))],
)
def test_either_part_of_a_floor_can_stand_alone(
    policy: Any, text: str, expected: tuple[float, float]
) -> None:
    assert policy(f"[floors.width]\n{text}").floor("response.width", "width") == expected


def test_whole_numbers_are_numbers(policy: Any) -> None:
    assert policy("[floors.bias]\nabsolute = 1").floor("response.bias", "bias").absolute == 1.0


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("alpha = 2", "alpha"),
        ("headline_share = 0", "headline_share"),
        ("alfa = 0.01", "alfa: unknown key: did you mean 'alpha'? there are alpha, min_showers"),
        ("min_shower = 600", "did you mean 'min_showers'?"),
        (
            '[[metric]]\nmatch = "x"\nignor = true',
            "metric.0.ignor: unknown key: did you mean 'ignore'",
        ),
        ("[floors.bias]\nabsolut = 1", "floors.bias.absolut: unknown key: did you mean 'absolute'"),
        ("headline = 'response.bias'", "headline: must be a list: [...]"),
        ('[metric]\nmatch = "x"', "metric: must be a list: write [[metric]]"),
        ("[floors]\nbias = 0.3", "floors.bias: must be a mapping of keys"),
        ("alpha = true", "alpha: Input should be a valid number"),
        ('alpha = "0.01"', "alpha: Input should be a valid number"),
        ("min_showers = 600.0", "min_showers: Input should be a valid integer"),
        (
            '[[metric]]\nmatch = "x"\nignore = "yes"',
            "metric.0.ignore: Input should be a valid boolean",
        ),
        (f"alpha = {'1' * 5000}", "too many digits"),
        (
            f"[benchmark.timing]\njudge = 0x{'f' * 5000}",
            "benchmark: timing: judge: must be 'optional', 'required' or 'ignore'",
        ),
        ('[benchmark.timings]\njudge = "ignore"', "no benchmark 'timings': did you mean 'timing'"),
        ("[benchmark.diphoton]\nmin_pairs = 3", "diphoton: min_pairs: "),
        ("[benchmark.diphoton]\nmin_pair = 3", "diphoton: min_pair: unknown key"),
        ("[benchmark]\ntiming = 3", "benchmark: timing: "),
        ("benchmark = 3", "benchmark"),
        (f"alpha = {'[' * 5000}", "nested too deeply"),
        ('"a\\nb" = 3', "a b: unknown key"),
        ("[floors.size]\nabsolute = 1\nrelative = 1", "no kind of metric 'size'"),
        ("[floors.bias]\nabsolute = -1\nrelative = 0", "greater than or equal"),
        ("[floors.bias]\nabsolute = nan\nrelative = 0", "floors.bias.absolute"),
        ('[benchmark.timing]\njudge = "maybe"', "timing"),
        ("[[metric]]\nabsolute = 1", "match"),
        ("alpha =", "not TOML"),
    ],
)
def test_wrong_policy_is_one_line_that_says_where(policy: Any, text: str, word: str) -> None:
    with pytest.raises(PolicyError) as error:
        policy(text)
    assert word in str(error.value)
    assert "\n" not in str(error.value)


def test_missing_policy_and_one_that_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="cannot read"):
        read_policy(tmp_path / "none.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PolicyError, match="cannot read"):
        read_policy(tmp_path / "binary.toml")


def test_unknown_metric_is_refused_with_the_nearest() -> None:
    policy = Policy.model_validate({"metric": [{"match": "respnse.bias"}]})
    with pytest.raises(PolicyError, match=r"respnse\.bias.*did you mean 'response\.bias'"):
        policy.check_names(NAMES)
    headline = Policy(headline=("depth.*",))
    with pytest.raises(PolicyError, match=r"depth\.\*"):
        headline.check_names(NAMES)


def test_the_nearest_is_of_the_same_part() -> None:
    known = [*NAMES, "foo.bias", "timing.solver.cpu.b1"]
    for pattern, near in [
        ("timing.foo.*", "timing.m.cpu"),
        ("timing.solvr.*", "timing.solver.cpu.b1"),
    ]:
        with pytest.raises(PolicyError, match=f"did you mean '{near}'"):
            Policy(headline=(pattern,)).check_names(known)
    # With a slip in the name of the part itself it may be any.
    with pytest.raises(PolicyError, match=r"did you mean 'timing\.solver\.cpu\.b1'"):
        Policy(headline=("timng.solver.cpu.b1",)).check_names(known)


def test_known_and_default_names_are_accepted() -> None:
    Policy.model_validate({"metric": [{"match": "cell_spectrum_*"}]}).check_names(NAMES)
    Policy().check_names(NAMES)


def test_rule_for_timing_waits_until_there_are_times() -> None:
    policy = Policy.model_validate({"metric": [{"match": "timing.other.*"}]})
    policy.check_names(NAMES[:3])
    with pytest.raises(PolicyError):
        policy.check_names(NAMES)
