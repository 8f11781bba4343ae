"""Coloc 2's two searches for Costes' threshold.

A `Line` says how a working threshold t becomes the pair (T_A, T_B): (walks_a, slope, intercept, low, high, single).
The walked channel gets t, the other one its value on the line; both are rounded to whole numbers and clamped to
[low, high], the range of the pixel type, and `single` makes them 32-bit floats (coloc2-costes-integer-steps).
"""

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.engines.coloc2.loops import fast_pearson, pearson_below
from coloc_bridge.engines.coloc2.loops_order import by_row, forget, sums_in_order, sums_one_by_one, trees
from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.room import empty, zeros

Pixels = NDArray[np.float64]
Steps = NDArray[np.int64]
Line = tuple[bool, float, float, float, float, bool]

# Longest walk whose steps are marked in an array; a longer one sorts the steps at which pixels change sides.
_LONGEST_ARRAY = 1 << 22
_STOP = 0.0001


@njit(cache=True, nogil=True, error_model="numpy")
def as_level(x: float, line: Line) -> float:
    """Math.round, then the clamp to the pixel type; NaN gives 0, and there is no -0."""
    _, _, _, low, high, single = line
    if np.isnan(x):
        x = 0.0
    below = np.floor(x)
    rounded = below + 1.0 if x - below >= 0.5 else below
    rounded = min(max(rounded, -(2.0**63)), 2.0**63)
    level = min(max(rounded, low), high) + 0.0
    return np.float64(np.float32(level)) if single else level


@njit(cache=True, nogil=True, error_model="numpy")
def threshold_pair(t: float, line: Line) -> tuple[float, float]:
    """(T_A, T_B) at working threshold t."""
    walks_a, slope, intercept = line[0], line[1], line[2]
    if walks_a:
        return as_level(t, line), as_level(slope * t + intercept, line)
    return as_level((t - intercept) / slope, line), as_level(t, line)


@njit(cache=True, nogil=True, error_model="numpy")
def _on_line(level: float, of_a: bool, line: Line) -> float:
    """The working threshold at which channel A's (or B's) threshold has the height `level`."""
    walks_a, slope, intercept = line[0], line[1], line[2]
    if walks_a == of_a:
        return level
    return slope * level + intercept if of_a else (level - intercept) / slope


@njit(cache=True, nogil=True, error_model="numpy")
def _changed(value: float, step: int, of_a: bool, rises: bool, start: float, line: Line) -> bool:
    """Whether at `step` the pixel is where it ends up: below a rising threshold, not below a falling one."""
    pair = threshold_pair(start - step, line)
    return (value < (pair[0] if of_a else pair[1])) == rises


@njit(cache=True, nogil=True, error_model="numpy")
def _change_step(value: float, of_a: bool, rises: bool, start: float, steps: int, line: Line) -> int:
    """First step at which `_changed`, else `steps`: a bisection that starts from the line's own answer."""
    guess = np.ceil(start - _on_line(np.floor(value) + 0.5, of_a, line))
    middle = steps // 2 if np.isnan(guess) else int(min(max(guess, 0.0), steps - 1.0))
    low, high, reach = 0, steps, 1
    while low < high:
        if _changed(value, middle, of_a, rises, start, line):
            high = middle
            middle = max(middle - reach, low)
        else:
            low = middle + 1
            middle = min(middle + reach, high - 1)
        reach *= 2
        if reach > 4:
            middle = (low + high) // 2
    return low


@njit(cache=True, nogil=True)
def _steps_of_levels(count: int, of_a: bool, rises: bool, start: float, steps: int, line: Line) -> Steps:
    found = empty(count, np.int64)
    for value in range(count):
        found[value] = _change_step(float(value), of_a, rises, start, steps, line)
    return found


@njit(cache=True, nogil=True)
def change_steps(a: Pixels, b: Pixels, start: float, steps: int, line: Line, levels: int) -> tuple[Steps, Steps]:
    """For each pixel the step at which it stops to be below, and the one at which it is below again.

    A threshold of the walked channel falls, the other one falls with it or, on a falling line, rises. So a pixel
    leaves once, and only then may it come back; both are `steps` if it never does. The second array is empty if no
    pixel can come back. `levels` is 0, or all pixels are whole numbers from 0 to `levels` - 1.
    """
    rises = line[1] < 0
    a_rises, b_rises = rises and not line[0], rises and line[0]
    levels_a = _steps_of_levels(levels, True, a_rises, start, steps, line)
    levels_b = _steps_of_levels(levels, False, b_rises, start, steps, line)
    leave = empty(a.size, np.int64)
    back = empty(a.size if rises else 0, np.int64)
    for i in range(a.size):
        if levels:
            step_a, step_b = levels_a[np.intp(a[i])], levels_b[np.intp(b[i])]
        else:
            step_a = _change_step(a[i], True, a_rises, start, steps, line)
            step_b = _change_step(b[i], False, b_rises, start, steps, line)
        if not rises:
            leave[i] = max(step_a, step_b)
        else:
            gone, again = (step_a, step_b) if b_rises else (step_b, step_a)
            leave[i] = gone if gone < again else steps
            back[i] = again if gone < again else steps
    return leave, back


def rows_of_steps(leave: Steps, back: Steps, steps: int) -> tuple[Steps, Steps, Steps]:
    """The steps at which a pixel changes sides, and the first, and `leave` and `back` as rows of a table of those."""
    if steps > _LONGEST_ARRAY:
        walk = np.unique(np.concatenate([[0], leave, back]))
        leave, back = np.searchsorted(walk, leave), np.searchsorted(walk, back)
    else:
        walk = _number_steps(leave, back, steps)
    rows = int(np.searchsorted(walk, steps))
    return walk[:rows], leave, back


@njit(cache=True, nogil=True)
def _number_steps(leave: Steps, back: Steps, steps: int) -> Steps:
    """The steps that occur, and 0; each one in `leave` and `back` becomes its place among them."""
    place = zeros(steps + 1, np.int64)
    place[0] = 1
    for used in (leave, back):
        for step in used:
            place[step] = 1
    walk = empty(steps + 1, np.int64)
    rows = 0
    for step in range(steps + 1):
        if place[step]:
            place[step], walk[rows] = rows, step
            rows += 1
    for used in (leave, back):
        for i in range(used.size):
            used[i] = place[used[i]]
    return walk[:rows]


@njit(cache=True, nogil=True)
def _add(row: NDArray[np.float64], x: float, y: float) -> None:
    row[0] += 1.0
    row[1] += x
    row[2] += y
    row[3] += x * x
    row[4] += y * y
    row[5] += x * y


@njit(cache=True, nogil=True)
def sums_below(a: Pixels, b: Pixels, leave: Steps, back: Steps, rows: int) -> NDArray[np.float64]:
    """n and the sums of a, b, a², b², ab over the pixels below, for every row of the walk, by one pass."""
    table = zeros((rows + 1, 6), np.float64)
    returned = zeros((rows + 1, 6), np.float64)
    for i in range(a.size):
        _add(table[leave[i]], a[i], b[i])
        if back.size and back[i] < rows:
            _add(returned[back[i]], a[i], b[i])
    # Sums are only ever added to, never taken apart, so small ones keep their digits.
    for row in range(rows - 1, -1, -1):
        for j in range(6):
            table[row, j] += table[row + 1, j]
    for row in range(rows):
        for j in range(6):
            returned[row + 1, j] += returned[row, j]
            table[row, j] = table[row + 1, j] + returned[row, j]
    return table


@njit(cache=True, nogil=True, error_model="numpy")
def _doubt(sums: NDArray[np.float64], exact: bool) -> float:
    """How far apart two orders of adding may leave r.

    Rounding errors of n additions wander, sqrt(n) of them on the whole; 16 times that leaves room for those that all
    point one way. The bound that is always right, n, would have every step of a large bright image looked at twice.
    """
    if exact:
        return 0.0
    n = sums[0]
    var_a, var_b = sums[3] - sums[1] * sums[1] / n, sums[4] - sums[2] * sums[2] / n
    if not (var_a > 0 and var_b > 0):
        return np.inf
    loss_a, loss_b = sums[3] / var_a, sums[4] / var_b
    return float(min(n, 16 * np.sqrt(n)) * 2.0**-51 * (loss_a + loss_b + np.sqrt(loss_a * loss_b)))


@njit(cache=True, nogil=True)
def _same(sums: NDArray[np.float64], others: NDArray[np.float64]) -> bool:
    for j in range(6):  # noqa: SIM110 (numba knows no generators)
        if sums[j] != others[j]:
            return False
    return True


@njit(cache=True, nogil=True)
def _is_negative(pixels: Pixels) -> bool:
    """Whether there is one below 0."""
    for pixel in pixels:  # noqa: SIM110 (numba knows no generators)
        if pixel < 0:
            return True
    return False


@njit(cache=True, nogil=True, error_model="numpy")
def last_evaluation(
    a: Pixels, b: Pixels, leave: Steps, back: Steps, table: NDArray[np.float64], rows: int, whole: bool
) -> tuple[int, bool]:
    """Row at which Coloc 2's stepper stops because r fell under 0.0001 or rose; False if it walks to the end.

    Where a decision is too close to call by sums in another order, r is computed again in scan order. `whole` says
    that all pixels are whole numbers, whose sums are exact below 2^53.
    """
    previous, previous_doubt = 1.0, 0.0
    previous_row = looked_at = -1
    known, gains = trees(0)
    left, came = by_row(back, 0), by_row(back, 0)
    ready = signed = False
    for row in range(rows):
        sums = table[row]
        if row > 0 and _same(sums, table[row - 1]):
            continue
        r = fast_pearson(sums[0], sums[1], sums[2], sums[3], sums[4], sums[5])
        doubt = _doubt(sums, whole and max(sums[3], sums[4]) < 2.0**53)
        if doubt + previous_doubt > 0 and not (abs(r - _STOP) > doubt and abs(r - previous) > doubt + previous_doubt):
            if not ready:
                known, gains = trees(a.size)
                left, came = by_row(leave, rows), by_row(back, rows)
                ready, signed = True, _is_negative(a) or _is_negative(b)
            for again in (previous_row, row):
                if (previous_doubt if again < row else doubt) > 0:
                    for starts, pixels in (left, came):
                        forget(known, pixels[starts[looked_at + 1] : starts[again + 1]])
                    looked_at = again
                    if signed:
                        sums = sums_one_by_one(a, b, leave, back, again)
                    else:
                        sums = sums_in_order(a, b, leave, back, again, table[again, 0], known, gains)
                    exact = fast_pearson(sums[0], sums[1], sums[2], sums[3], sums[4], sums[5])
                    if again < row:
                        previous = exact
                    else:
                        r, doubt = exact, 0.0
        if r < _STOP or r > previous:
            return row, True
        previous, previous_doubt, previous_row = r, doubt, row
    return rows - 1, False


@njit(cache=True, nogil=True, error_model="numpy")
def bisection(a: Pixels, b: Pixels, low: float, high: float, line: Line) -> tuple[int, float]:
    """How often Coloc 2's bisection evaluates, and its last working threshold (coloc2-costes-bisection).

    It halves its way, so at most some 17 passes on 16 bits, each in scan order.
    """
    t, last = abs(high + low) * 0.5, high
    distance = abs(t - high)
    evaluations = 0
    while distance >= 1 and evaluations <= 100:
        pair = threshold_pair(t, line)
        r = pearson_below(a, b, pair[0], pair[1])
        last = t
        if r < 0:
            t += distance * 0.5
        elif r > 0:
            t -= distance * 0.5
        distance = abs(t - last)
        evaluations += 1
    return evaluations, last
