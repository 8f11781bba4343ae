"""validation/differences.toml: every example shows its difference, and every entry is there for a recorded number."""

import math
import re
from pathlib import Path

import numpy as np
import pytest

import coloc_bridge
from coloc_bridge import diagnostics, shipped, twins
from coloc_bridge.compare import Verdict, validate_set
from coloc_bridge.compare.conditions import CONDITIONS
from coloc_bridge.compare.differences import Difference, load_differences
from coloc_bridge.compare.standard import Standard
from coloc_bridge.compare.verdicts import Twin, compare_run
from coloc_bridge.engines import registry
from coloc_bridge.engines.coloc2.twin import warnings as coloc2_warnings
from coloc_bridge.engines.protocol import EngineRun

pytestmark = pytest.mark.filterwarnings(
    "ignore::coloc_bridge.errors.EngineMisreads", "ignore::coloc_bridge.errors.EngineWouldThrow"
)
DIFFERENCES = load_differences()
DETERMINISTIC = [entry for entry in DIFFERENCES if entry.example.quantity not in ("costes_p_value", "warnings")]
RANDOM = [entry for entry in DIFFERENCES if entry.example.quantity == "costes_p_value"]


@pytest.fixture(scope="module")
def shipped_validation():
    return validate_set()


def name(entry: Difference) -> str:
    return entry.id


def example_row(entry: Difference):
    """The row that a validation gives for an example, the engine's place taken by what the entry says it gives."""
    example = entry.example
    values = twins.run(entry.engine, example.a, example.b, mask=example.mask, **example.settings)
    printed = twins.printed(entry.engine, values) if registry.spec_of(entry.engine).twin.printed else {}
    told = isinstance(example.engine, str)
    run = EngineRun(
        entry.engine,
        "",
        example.settings,
        # A full double hides what an engine that only prints shows; the thresholds it ended at are always known.
        values={key: value for key, value in values.items() if not (told and key == example.quantity)}
        | ({} if told else {example.quantity: example.engine}),
        printed={example.quantity: example.engine} if told else {},
    )
    pixels = Standard(*registry.spec_of(entry.engine).pixels(example.a, example.b, example.mask))
    rows = [
        row
        for row in compare_run(run, pixels, Twin(values, printed), DIFFERENCES)
        if row.quantity == example.quantity
    ]
    return next(row for row in rows if example.thresholds in ("", row.thresholds))


@pytest.mark.parametrize("entry", DETERMINISTIC, ids=name)
def test_example(entry: Difference) -> None:
    row = example_row(entry)
    assert entry.example.quantity in entry.quantities
    shown = row.twin.text if isinstance(entry.example.engine, str) else row.twin.value
    wanted = entry.example.engine
    assert shown == (wanted if isinstance(wanted, str) else pytest.approx(wanted, rel=1e-9, nan_ok=True))
    standard = math.nan if row.standard.value is None else row.standard.value
    assert standard == pytest.approx(entry.example.standard, rel=1e-9, nan_ok=True)
    assert row.verdict in (Verdict.EXPLAINED, Verdict.REPRODUCED)
    assert entry.id in row.reasons


@pytest.mark.parametrize("entry", RANDOM, ids=name)
def test_example_of_a_random_quantity(entry: Difference) -> None:
    example = entry.example
    block = next(iter(example.settings.values()))
    null = twins.randomize(entry.engine, example.a, example.b, rounds=100, seed=0, **example.settings)
    ours = diagnostics.costes_randomization(example.a, example.b, n_iter=100, block_size=block, seed=0)
    assert ours["p_value"] == pytest.approx(example.standard)
    if isinstance(example.engine, str):
        assert f"{100 * null['fitted_p_value']:.1f}%" == example.engine
    else:
        assert null["p_value"] == pytest.approx(example.engine)


def test_example_of_the_warnings() -> None:
    entry = next(entry for entry in DIFFERENCES if entry.example.quantity == "warnings")
    values = twins.run("coloc2", entry.example.a, entry.example.b)
    assert "; ".join(coloc2_warnings(entry.example.a, entry.example.b)) == entry.example.engine
    assert values["saturated_b_percent"] == 100
    assert values["saturated_a_percent"] < 10


def test_nothing_is_unaccounted_for(shipped_validation) -> None:
    assert len(shipped_validation.cases) == 24
    assert shipped_validation.failures == []
    assert {tally.engine for tally in shipped_validation.tallies()} == set(registry.BUILT_IN)
    assert sum(tally.values + tally.texts for tally in shipped_validation.tallies()) > 5000


# No shipped picture lies so far from zero; test_unseen_pairs.py makes some that do.
NOT_IN_THE_SET = {"coloc2-digits-cancel", "napari-colocalization-bisection"}


@pytest.mark.parametrize("entry", [entry for entry in DIFFERENCES if entry.id not in NOT_IN_THE_SET], ids=name)
def test_entry_is_needed_by_a_recorded_number(entry: Difference, shipped_validation) -> None:
    assert shipped_validation.explained_by(entry.id) > 0


def test_no_explained_verdict_lacks_an_entry_that_applies(shipped_validation) -> None:
    known = {entry.id: entry for entry in DIFFERENCES}
    for row in shipped_validation.comparisons:
        assert bool(row.reasons) or row.verdict is not Verdict.EXPLAINED
        for reason in row.reasons:
            assert known[reason].engine == row.engine
            assert row.quantity in known[reason].quantities


def test_every_condition_is_used() -> None:
    assert {condition for entry in DIFFERENCES for condition in entry.when} == set(CONDITIONS)


def test_ids_named_in_the_code_exist() -> None:
    """Where a twin diverges it says so with the id of the entry, in brackets."""
    package = Path(coloc_bridge.__file__).parent
    text = "\n".join(path.read_text("utf-8") for path in package.rglob("*.py"))
    named = set(
        re.findall(r"\(((?:coloc2|jacop|biop|cellprofiler|skimage|napari-colocalization)(?:-[a-z0-9]+)+)\)", text)
    )
    assert named <= {entry.id for entry in DIFFERENCES}
    assert len(named) > 10


def test_an_entry_is_found_by_its_alias(shipped_validation) -> None:
    by_id, by_alias = map(shipped_validation.explained_by, ("coloc2-tm-denominator-and-ge", "coloc2-tm-at-threshold"))
    assert by_id == by_alias > 0


ENTRY = """
[[difference]]
id = "x-y"
engine = "coloc2"
title = "t"
quantities = ["icq"]
cause = "c"
right = "standard"
why = "w"
[difference.example]
a = [1]
b = [2]
quantity = "icq"
standard = 1.0
engine = 2.0
"""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[difference", "is not valid TOML"),
        (ENTRY.replace('id = "x-y"', ""), "entry '(without id)': 'id' must be a str, got None"),
        (ENTRY.replace('"standard"', '"we are"'), "right = 'we are' must be one of standard, engine, neither, both"),
        (ENTRY.replace('["icq"]', '"icq"', 1), "'quantities' must be a list, got 'icq'"),
        (ENTRY.replace("cause", 'when = ["full moon"]\ncause'), "unknown condition 'full moon'; known: "),
        (ENTRY.replace("b = [2]", "b = [2, 3]"), "a has shape (1, 1), b has (1, 2)"),
        (ENTRY.replace("standard = 1.0", 'standard = "1"'), "'standard' must be a number, got '1'"),
        (ENTRY.replace("engine = 2.0", "engine = [2]"), "'engine' must be a number or a text, got [2]"),
        (ENTRY + ENTRY, "two entries have the id 'x-y'"),
    ],
)
def test_schema_errors_are_readable(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "differences.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ValueError, match=re.escape(message)):
        load_differences(path)


def test_shipped_file_is_the_default() -> None:
    assert load_differences(shipped.validation_folder() / "differences.toml")[0].id == DIFFERENCES[0].id
    assert np.array_equal(DIFFERENCES[0].example.a, [[0, 0, 2, 2, 1, 1]])
