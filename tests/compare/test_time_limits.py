"""Engines that hang: each is waited for once, and none after that if no engine ever answered."""

import numpy as np
import pytest

import coloc_bridge as cb
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.errors import EngineTimeout

ENGINES = ["coloc2", "jacop", "biop"]


@pytest.fixture
def asked(monkeypatch):
    """Stands in for the engines, which cannot be had here: those in `late` run out of time."""
    calls, late = [], set(ENGINES)

    def run(engine, a, b, *, timeout, **others):
        calls.append(engine)
        if engine in late:
            raise EngineTimeout(f"{engine} gave nothing within {timeout:g} s")
        return EngineRun(engine, "", {}, values={"pearson": 0.5})

    monkeypatch.setattr("coloc_bridge.engines.run", run)
    return calls, late


def validated():
    a = np.arange(64, dtype=np.uint8).reshape(8, 8)
    return cb.validate(a, a[::-1].copy(), engines=ENGINES, fiji="anywhere", timeout=7).cases[0].runs


def test_where_none_answers_the_first_is_waited_for_alone(asked):
    calls, _ = asked
    runs = validated()
    assert calls == ["coloc2"]
    assert {run.engine for run in runs} == set(ENGINES)
    assert {run.missing for run in runs} == {"coloc2 gave nothing within 7 s"}


def test_where_one_answers_each_of_the_others_is_waited_for_once(asked):
    calls, late = asked
    late.discard("coloc2")
    runs = validated()
    assert calls.count("jacop") == calls.count("biop") == 1
    assert {run.engine for run in runs if not run.missing} == {"coloc2"}
