"""The runs of engines that a validation judges: recorded ones, and live ones where an engine can run."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from coloc_bridge.engines import recorded, registry
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.engines.recorded import Case
from coloc_bridge.errors import EngineError, EngineTimeout


class Runs(NamedTuple):
    """The runs on one case."""

    now: list[EngineRun]
    """What is judged."""
    repeated: list[tuple[EngineRun, EngineRun]]
    """Recorded runs, each with the live one that repeats it."""
    live: frozenset[str] = frozenset()
    """Engines that ran now."""


class Runner:
    """Runs engines on cases; one that took longer than its limit is not waited for again, nor any other of Fiji if
    all that were tried there did."""

    def __init__(self, fiji: str | Path | None, timeout: float | None) -> None:
        self._fiji, self._timeout = fiji, timeout
        self._late: dict[str, str] = {}
        self._answered = False

    def of_pair(self, engine: str, case: Case) -> list[EngineRun]:
        """Run an engine in all the ways in which a user's pair is validated."""
        planned = registry.described(engine).validated(case.a.dtype)
        return [self._run(engine, case, settings, variant) for variant, settings in planned]

    @contextmanager
    def of_set(
        self, folder: Path, engines: Sequence[str], cases: Sequence[str]
    ) -> Iterator[list[Callable[[], tuple[Case, Runs]]]]:
        """Give, for each case, what waits for it and its runs: cases are read, and live engines asked, in this order
        while others are judged."""
        # Those of Fiji one after the other: where the first of them hangs, the others are not waited for.
        in_fiji = [engine for engine in engines if registry.described(engine).needs_fiji]
        groups = [group for group in (in_fiji, *([engine] for engine in engines if engine not in in_fiji)) if group]
        with ExitStack() as ends:
            reader, *askers = (ThreadPoolExecutor(1) for _ in range(1 + len(groups)))
            for pool in (reader, *askers):
                ends.callback(pool.shutdown, cancel_futures=True)
            read = [reader.submit(recorded.read_case, folder, case) for case in cases]
            asked = [
                [pool.submit(self._of_group, folder, group, case) for pool, group in zip(askers, groups, strict=True)]
                for case in read
            ]
            yield [partial(_gathered, engines, *of) for of in zip(read, asked, strict=True)]

    def _of_group(self, folder: Path, engines: Sequence[str], case: Future[Case]) -> dict[str, Runs]:
        return {engine: self._of_case(folder, engine, case.result()) for engine in engines}

    def _of_case(self, folder: Path, engine: str, case: Case) -> Runs:
        before = recorded.read_runs(folder, engine, case)
        if not self._is_live(engine):
            return Runs(before, [])
        if not before:
            return Runs(self.of_pair(engine, case), [], frozenset({engine}))
        now = [self._run(engine, case, run.settings, run.variant) if run.values else run for run in before]
        return Runs(now, list(zip(before, now, strict=True)), frozenset({engine}))

    def _is_live(self, engine: str) -> bool:
        """Those of Fiji where one is named, the others where they are installed."""
        spec = registry.described(engine)
        if spec.live is None:
            return False
        return self._fiji is not None if spec.needs_fiji else registry.engine(engine).available() is None

    def _run(self, engine: str, case: Case, settings: Mapping[str, Any], variant: str) -> EngineRun:
        in_fiji = registry.described(engine).needs_fiji
        reason = self._late.get(engine, "")
        if in_fiji and not self._answered:
            reason = reason or next(iter(self._late.values()), "")
        if not reason:
            try:
                run = self._measured(engine, case, settings)
                self._answered |= in_fiji
                return replace(run, variant=variant) if variant else run
            except EngineTimeout as error:
                reason = self._late[engine] = str(error)
            except EngineError as error:
                reason = str(error)
        return EngineRun(engine, variant, settings, values={}, exceptions={"run": reason})

    def _measured(self, engine: str, case: Case, settings: Mapping[str, Any]) -> EngineRun:
        from coloc_bridge import engines

        titles = {role: f"{role.upper()} of {case.id}" for role in "ab"}
        titles |= {role: file.name for role, file in case.files.items()}
        return engines.run(
            engine,
            case.a,
            case.b,
            mask=case.mask,
            fiji=self._fiji,
            timeout=self._timeout,
            titles=(titles["a"], titles["b"]),
            **settings,
        )


def _gathered(
    engines: Sequence[str], case: Future[Case], asked: Iterable[Future[dict[str, Runs]]]
) -> tuple[Case, Runs]:
    found: dict[str, Runs] = {}
    read = case.result()
    for future in asked:
        found |= future.result()
    in_order = [found[engine] for engine in engines]
    return read, Runs(
        [run for runs in in_order for run in runs.now],
        [pair for runs in in_order for pair in runs.repeated],
        frozenset().union(*(runs.live for runs in in_order)),
    )
