"""Threads over pieces of work: order, failure, interruption, nesting. Events, not times, decide who is where."""

import itertools
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from coloc_bridge.pixels import threads

PATIENCE = 60


@pytest.fixture(autouse=True)
def two_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLOC_BRIDGE_THREADS", "2")


def test_results_come_in_the_order_of_the_items() -> None:
    assert threads.run(lambda i: i * i, range(100)) == [i * i for i in range(100)]
    assert list(threads.stream(lambda i: i * i, range(100))) == [i * i for i in range(100)]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_item_that_fails_stops_the_others(error: type[BaseException]) -> None:
    begun: list[int] = []
    both_at_work = threading.Barrier(2)

    def work(item: int) -> None:
        begun.append(item)
        if item < 2:
            both_at_work.wait(PATIENCE)
        if threading.current_thread() is threading.main_thread():
            raise error(f"item {item}")
        time.sleep(0.05)  # all of them would take five seconds: no machine takes so long from raise to except

    with pytest.raises(error, match="item"):
        threads.run(work, range(100))
    assert len(begun) < 50


def test_an_error_in_another_thread_is_raised_here() -> None:
    both_at_work = threading.Barrier(2)

    def work(item: int) -> int:
        both_at_work.wait(PATIENCE)
        if threading.current_thread() is not threading.main_thread():
            raise ValueError("in the other thread")
        return item

    with pytest.raises(ValueError, match="in the other thread"):
        threads.run(work, range(2))


def test_a_stream_that_fails_or_is_left_cancels_what_waits() -> None:
    begun: list[int] = []
    let_go = threading.Event()

    def work(item: int) -> int:
        begun.append(item)
        if item > 1:
            assert let_go.wait(PATIENCE)
        return item

    results = threads.stream(work, itertools.count())
    assert next(results) == 0
    results.close()  # type: ignore[attr-defined]
    let_go.set()
    # Two workers have one item each and cancelled ones are never begun.
    assert threads.run(lambda i: i, range(4)) == [0, 1, 2, 3]
    assert len(begun) <= 6

    def fail(item: int) -> int:
        raise ValueError(f"item {item}")

    with pytest.raises(ValueError, match="item 0"):
        list(threads.stream(fail, itertools.count()))


def test_inside_a_worker_there_is_one_thread() -> None:
    both_at_work = threading.Barrier(2)

    def count(_: int) -> tuple[bool, int]:
        both_at_work.wait(PATIENCE)
        return threading.current_thread() is threading.main_thread(), threads.worker_count()

    assert sorted(threads.run(count, range(2))) == [(False, 1), (True, 2)]
    assert threads.run(lambda i: sum(threads.run(lambda j: i * j, range(3))), range(4)) == [0, 3, 6, 9]


def test_a_thread_of_somebody_else_with_our_name_is_none_of_ours() -> None:
    found: list[int] = []
    other = threading.Thread(target=lambda: found.append(threads.worker_count()), name="coloc_bridge_0")
    other.start()
    other.join()
    assert found == [2]


def numbers() -> Iterator[Any]:
    yield from range(3)


def test_one_worker_runs_in_the_thread_of_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLOC_BRIDGE_THREADS", "1")
    here = threading.current_thread()
    assert threads.run(lambda _: threading.current_thread(), range(3)) == [here] * 3
    assert list(threads.stream(lambda _: threading.current_thread(), numbers())) == [here] * 3
