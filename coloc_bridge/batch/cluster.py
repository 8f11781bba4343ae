"""Images measured on the machines of a dask cluster, which read the files themselves."""

from __future__ import annotations

import os
import platform
import uuid
from collections.abc import Iterator
from typing import Any

from coloc_bridge import __version__
from coloc_bridge.batch.work import Outcome, Task, measure
from coloc_bridge.errors import ColocBridgeError
from coloc_bridge.extras import pip_install

_AHEAD = 3
"""Images for each thread of the cluster that have been handed over."""


def measured_on_cluster(tasks: Iterator[tuple[int, Task]], address: str) -> Iterator[tuple[int, Outcome]]:
    """Measure images where the workers of a scheduler are; yield each with its number, in the order they are done.

    Parameters
    ----------
    tasks : iterator
        Taken when the cluster has few left, not before. Names of files are those that the workers see.
    address : str
        Of the scheduler: ``tcp://host:8786``.

    Raises
    ------
    ColocBridgeError
        If dask's distributed is not installed here, or no scheduler answers.
    """
    try:
        import distributed
    except ImportError as error:
        raise ColocBridgeError(
            f"--scheduler {address}: dask's distributed is not installed, which talks to a cluster; "
            f"{pip_install('cluster')}"
        ) from error
    try:
        client: Any = distributed.Client(address, set_as_default=False)  # type: ignore[no-untyped-call]
    # Each transport has errors of its own.
    except Exception as error:
        raise ColocBridgeError(
            f"--scheduler {address}: no scheduler of dask answers there ({' '.join(str(error).split())}); check the "
            "address, which `dask scheduler` prints when it starts"
        ) from error
    with client:
        yield from _shared_out(tasks, client, distributed)


def _shared_out(tasks: Iterator[tuple[int, Task]], client: Any, distributed: Any) -> Iterator[tuple[int, Outcome]]:
    numbers: dict[str, int] = {}
    run = uuid.uuid4().hex
    done = distributed.as_completed(loop=client.loop)
    while True:
        while len(numbers) < _AHEAD * max(1, sum(client.nthreads().values())):
            task = next(tasks, None)
            if task is None:
                break
            future = client.submit(_measure_there, task[1], key=f"coloc-bridge-{run}-{task[0]}", pure=False)
            numbers[future.key] = task[0]
            done.add(future)
        if not numbers:
            return
        future = next(done)
        number = numbers.pop(future.key)
        try:
            outcome = future.result()
        except Exception as error:  # its worker died, or could not do it at all
            outcome = Outcome(failure=f"the cluster could not measure it: {' '.join(str(error).split())}")
        future.release()
        yield number, _checked(outcome)


def _measure_there(task: Task) -> Outcome:
    import distributed

    os.environ.setdefault("COLOC_BRIDGE_THREADS", str(distributed.get_worker().state.nthreads))
    unseen = [path for path in task.images if not os.path.lexists(path)]
    if unseen:
        return Outcome(
            failure=f"{unseen[0]}: is not there on {platform.node()}, a worker of the cluster; every worker has to "
            "see the files under the names they have here"
        )
    return measure(task, {})


def _checked(outcome: Outcome) -> Outcome:
    if outcome.version == __version__:
        return outcome
    return Outcome(
        failure=f"the worker of the cluster has coloc_bridge {outcome.version}, here it is {__version__}: rows of "
        "two versions do not go into one table; install one version on both sides"
    )
