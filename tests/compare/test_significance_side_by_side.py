"""The section "Significance" of a validation: every test, its convention, and where they part."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import coloc_bridge as cb
from coloc_bridge.compare import Validation, validate_set
from coloc_bridge.engines.registry import described
from coloc_bridge.report import names
from coloc_bridge.report.write import write_report


@pytest.fixture(scope="module")
def result() -> Validation:
    return validate_set(cases=["independent-8bit", "constant-b-8bit", "ihc-stains-8bit", "stack-16bit-masked"])


def test_every_case_has_every_test_with_its_convention(result: Validation) -> None:
    for case in result.cases:
        tests = {names.of_test(found): found for found in case.significance}
        engines = {f"{names.engine(run.engine)}’s own test" for run in case.runs if described(run.engine).needs_fiji}
        assert set(tests) == {"number of pixels", "effective pixels", "random shifts", *engines}
        for found in case.significance:
            assert found.convention.endswith(".")
            assert (found.significant is None) == math.isnan(found.p)


def test_the_numbers_are_those_of_the_tests_themselves(result: Validation) -> None:
    case = result.cases[0]
    p = {names.of_test(found): found.p for found in case.significance}
    a, b = case.case.a, case.case.b
    assert p["number of pixels"] == cb.pearson(a, b)[1]
    assert p["effective pixels"] == cb.correlation_test(a, b)["p_value"]
    assert p["random shifts"] == cb.shift_test(a, b, n_shifts=99, seed=0)["p_value"]


def test_an_engine_that_prints_near_1_for_a_real_correlation_is_read_so(result: Validation) -> None:
    for case in result.cases:
        for found in case.significance:
            if found.engine and found.significant is not None:
                assert found.significant == (found.p >= 0.95), names.of_test(found)


def test_a_sentence_says_where_the_tests_part(result: Validation) -> None:
    stains = names.who_parts(result.cases[2].significance)
    assert stains.startswith("The tests part: significant at 5 % by number of pixels, Coloc 2’s own test")
    assert stains.endswith("not by effective pixels, random shifts.")
    assert names.who_parts(result.cases[3].significance).startswith(
        "All tests that give a p-value agree: significant"
    )
    assert names.who_parts([]) == "No test gives a p-value."


def test_the_report_has_the_section(result: Validation, tmp_path: Path) -> None:
    page = write_report(result, tmp_path).read_text("utf-8")
    assert page.count("<summary>Significance: ") == 4
    document = json.loads((tmp_path / "report.json").read_text("utf-8"))
    for case, written in zip(result.cases, document["cases"], strict=True):
        section = written["significance"]
        assert section["sentence"] == names.who_parts(case.significance)
        assert section["sentence"].replace("'", "’") in page
        assert [test["test"] for test in section["tests"]] == [found.test for found in case.significance]


def test_a_pair_of_ones_own_without_engines() -> None:
    a, b = np.random.default_rng(0).poisson(9, (2, 48, 48)).astype(np.uint8)
    (case,) = cb.validate(a, b, engines=()).cases
    assert [found.test for found in case.significance] == ["number of pixels", "effective pixels", "random shifts"]
