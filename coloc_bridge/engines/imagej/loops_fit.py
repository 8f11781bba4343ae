"""ImageJ's downhill simplex (Nelder and Mead 1965) on the two non-linear parameters of a Gaussian.

y = offset + factor * exp(-(x - c)^2 / (2 d^2)): for a given (c, d) the other two follow by linear regression. A
vertex is the array [c, d, sum of squared residuals, offset, factor]. Start simplexes are drawn from
``java.util.Random`` with ImageJ's seeds: where the curve is no Gaussian, the local minimum found depends on them.
"""

import math

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.room import empty, zeros

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]
Data = tuple[Float64, Float64, float, float]
"""x, y, the sum of y and the sum of its squares."""

SUCCESS, NO_START, NO_RESTART, TOO_MANY_STEPS = 0, 1, 2, 3

_PARAMETERS = 2
_VERTICES = _PARAMETERS + 1
_COST = _PARAMETERS
_VERTEX_SIZE = _PARAMETERS + 3
MAX_STEPS = 2 * 750 * _PARAMETERS * _PARAMETERS
RELATIVE_ERROR = 1e-10
_MASK = (1 << 48) - 1


@njit(cache=True, nogil=True)
def _seeded(seed: int) -> Int64:
    state = empty(1, np.int64)
    state[0] = (seed ^ 0x5DEECE66D) & _MASK
    return state


@njit(cache=True, nogil=True)
def _bits(state: Int64, count: int) -> int:
    state[0] = (state[0] * 0x5DEECE66D + 0xB) & _MASK
    return int(state[0] >> (48 - count))


@njit(cache=True, nogil=True)
def next_float(state: Int64) -> float:
    """``Random.nextFloat``."""
    return _bits(state, 24) / 16777216.0


@njit(cache=True, nogil=True)
def next_double(state: Int64) -> float:
    """``Random.nextDouble``."""
    high = _bits(state, 26) << 27
    return (high + _bits(state, 27)) * 2.0**-53


@njit(cache=True, nogil=True, error_model="numpy")
def _evaluate(vertex: Float64, data: Data) -> None:
    centre, width = vertex[0], vertex[1]
    offset, factor = 0.0, 1.0
    x, y, sum_y, sum_yy = data
    n = float(x.size)
    sum_f = sum_ff = sum_fy = 0.0
    for i in range(x.size):
        value = math.exp(-(x[i] - centre) * (x[i] - centre) / (2.0 * width * width))
        sum_f += value
        sum_ff += value * value
        sum_fy += value * y[i]
    if math.isnan(sum_f):
        cost = np.nan
    else:
        factor = (sum_fy - sum_f * sum_y / n) / (sum_ff - sum_f * sum_f / n)
        if not math.isfinite(factor):
            factor = 0.0
        offset = (sum_y - factor * sum_f) / n
        scale = factor * factor * sum_ff + n * (offset * offset) + sum_yy
        cost = scale + 2 * factor * offset * sum_f - 2 * factor * sum_fy - 2 * offset * sum_y
        # Below this it is rounding, which may be negative.
        cost = max(cost, 2e-15 * scale)
    vertex[_COST], vertex[_COST + 1], vertex[_COST + 2] = cost, offset, factor


@njit(cache=True, nogil=True, error_model="numpy")
def converged(one: float, other: float, sensitivity: float, absolute_error: float) -> bool:
    difference = sensitivity * abs(one - other)
    relative = difference / (max(abs(one), abs(other)) + 1e-100)
    return relative < RELATIVE_ERROR or difference < absolute_error


@njit(cache=True, nogil=True, error_model="numpy")
def _find_valid_start(vertex: Float64, variations: Float64, state: Int64, data: Data) -> None:
    attempts = 50 * _PARAMETERS * _PARAMETERS
    growth = math.log(1e20) / (attempts - 1)
    start, spread = empty(_PARAMETERS, np.float64), empty(_PARAMETERS, np.float64)
    for i in range(_PARAMETERS):
        start[i] = 0.0 if math.isnan(vertex[i]) else vertex[i]
        usable = 1e-10 <= abs(variations[i]) <= 1e10
        spread[i] = variations[i] if usable else 0.1
    for attempt in range(attempts):
        for i in range(_PARAMETERS):
            multiplier = 1.0
            if attempt >= attempts // 10:
                multiplier = math.exp(growth * attempt * 2 * (next_double(state) - 0.5))
            vertex[i] = multiplier * (start[i] + 2 * (next_double(state) - 0.5) * spread[i])
        _evaluate(vertex, data)
        if not math.isnan(vertex[_COST]):
            return


@njit(cache=True, nogil=True, error_model="numpy")
def _spread_vertices(simplex: Float64, variations: Float64, state: Int64, data: Data) -> bool:
    """Draw the other vertices round the first, at right angles to each other in units of `variations`."""
    scale = empty(_PARAMETERS, np.float64)
    for i in range(_PARAMETERS):
        size = variations[i]
        if size < 1e-100 or math.isnan(size):
            size = 0.01
        if abs(size / simplex[0, i]) < 1e-10:
            size = abs(simplex[0, i] * 1e-10)
        scale[i] = size
    attempts = 100 * _PARAMETERS
    for v in range(1, _VERTICES):
        tries = 0
        while True:
            if tries > attempts:
                return False
            tries += 1
            for i in range(_PARAMETERS):
                simplex[v, i] = 2 * next_float(state) - 1.0
            if tries < attempts // 3:
                for other in range(1, v):
                    length = inner = 0.0
                    for i in range(_PARAMETERS):
                        step = (simplex[other, i] - simplex[0, i]) / scale[i]
                        length += step * step
                        inner += step * simplex[v, i]
                    for i in range(_PARAMETERS):
                        simplex[v, i] -= ((simplex[other, i] - simplex[0, i]) / scale[i]) * (inner / length)
            norm = 0.0
            for i in range(_PARAMETERS):
                norm += simplex[v, i] * simplex[v, i]
            # Too short a vector is not evaluated: the cost of the vertex that stood here decides.
            if norm >= 1e-14:
                if tries > 2 and norm > 1e-6:
                    norm = 1.0
                for i in range(_PARAMETERS):
                    simplex[v, i] = simplex[0, i] + simplex[v, i] / math.sqrt(norm) * scale[i]
                _evaluate(simplex[v], data)
            if not math.isnan(simplex[v, _COST]):
                break
    return True


@njit(cache=True, nogil=True)
def _order(simplex: Float64) -> tuple[int, int, int]:
    worst = best = 0
    for v in range(_VERTICES):
        if simplex[v, _COST] < simplex[best, _COST]:
            best = v
        if simplex[v, _COST] > simplex[worst, _COST]:
            worst = v
    second_worst = best
    for v in range(_VERTICES):
        if v != worst and simplex[v, _COST] > simplex[second_worst, _COST]:
            second_worst = v
    return worst, second_worst, best


@njit(cache=True, nogil=True)
def _centre(simplex: Float64, excluded: int, centre: Float64) -> None:
    count = 0
    centre[:] = 0.0
    for v in range(_VERTICES):
        if v != excluded:
            count += 1
            for i in range(_PARAMETERS):
                centre[i] += simplex[v, i]
    for i in range(_PARAMETERS):
        centre[i] *= 1.0 / count


@njit(cache=True, nogil=True)
def _copy(of: Float64, to: Float64) -> None:
    for i in range(of.size):
        to[i] = of[i]


@njit(cache=True, nogil=True)
def _move(centre: Float64, worst_vertex: Float64, how_far: float, new: Float64, data: Data) -> None:
    for i in range(_PARAMETERS):
        new[i] = (1.0 - how_far) * centre[i] + how_far * worst_vertex[i]
    _evaluate(new, data)


@njit(cache=True, nogil=True)
def _replace_worst(simplex: Float64, worst: int, second_worst: int, best: int, data: Data) -> None:
    """One step: reflect, expand, contract, or else shrink towards the best."""
    centre, reflected = empty(_VERTEX_SIZE, np.float64), empty(_VERTEX_SIZE, np.float64)
    second = empty(_VERTEX_SIZE, np.float64)
    _centre(simplex, worst, centre)
    _move(centre, simplex[worst], -1.0, reflected, data)
    if reflected[_COST] <= simplex[best, _COST]:
        _move(centre, simplex[worst], -2.0, second, data)
        if second[_COST] <= reflected[_COST]:
            _copy(second, simplex[worst])
            return
    if reflected[_COST] < simplex[second_worst, _COST]:
        _copy(reflected, simplex[worst])
        return
    if reflected[_COST] < simplex[worst, _COST]:
        _move(centre, simplex[worst], -0.5, second, data)
        if second[_COST] <= reflected[_COST]:
            _copy(second, simplex[worst])
            return
    elif reflected[_COST] > simplex[worst, _COST] or math.isnan(reflected[_COST]):
        _move(centre, simplex[worst], 0.5, second, data)
        if second[_COST] < simplex[worst, _COST]:
            _copy(second, simplex[worst])
            return
    for v in range(_VERTICES):
        if v != best:
            for i in range(_PARAMETERS):
                simplex[v, i] = 0.5 * simplex[v, i] + 0.5 * simplex[best, i]
            _evaluate(simplex[v], data)


@njit(cache=True, nogil=True)
def _descend(simplex: Float64, steps: int, absolute_error: float, hurried: bool, data: Data) -> tuple[int, int, int]:
    """Move the simplex until its costs agree. Returns its best vertex, the steps made in all, and a status."""
    worst, second_worst, best = _order(simplex)
    own_steps = 0
    middle = empty(_VERTEX_SIZE, np.float64)
    while True:
        steps += 1
        own_steps += 1
        _replace_worst(simplex, worst, second_worst, best, data)
        worst, second_worst, best = _order(simplex)
        if converged(simplex[best, _COST], simplex[worst, _COST], 4.0, absolute_error):
            _centre(simplex, -1, middle)
            _evaluate(middle, data)
            if middle[_COST] < simplex[best, _COST]:
                _copy(middle, simplex[best])
        if converged(simplex[best, _COST], simplex[worst, _COST], 4.0, absolute_error):
            return best, steps, SUCCESS
        if hurried or steps > MAX_STEPS or own_steps > 4 * (MAX_STEPS // 10):
            return best, steps, TOO_MANY_STEPS


@njit(cache=True, nogil=True, error_model="numpy")
def _restart_variations(simplex: Float64, best: int, variations: Float64) -> Float64:
    """Ranges for a new simplex: ten times the old one's, none much smaller than the others."""
    new = zeros(_PARAMETERS, np.float64)
    typical = 0.0
    for i in range(_PARAMETERS):
        for v in range(_VERTICES):
            if v != best:
                delta = abs(simplex[v, i] - simplex[best, i])
                new[i] += delta * delta
        new[i] = 10 * math.sqrt(new[i])
        if not new[i] > variations[i]:
            typical += np.log(new[i] / variations[i])
    typical = math.exp(typical / _PARAMETERS)
    for i in range(_PARAMETERS):
        if new[i] < variations[i] and new[i] / variations[i] < typical * 1e-3:
            new[i] = variations[i] * typical * 1e-3
    return new


@njit(cache=True, nogil=True)
def minimize_once(
    start: Float64,
    variations: Float64,
    seed: int,
    steps: int,
    absolute_error: float,
    hurried: bool,
    data: Data,
) -> tuple[Float64, int, int]:
    """Descend, and again from a fresh simplex round the best vertex, until twice the same.

    A hurried run makes one step: ImageJ never forgets that an earlier one took too many.
    Returns vertex, steps, status.
    """
    state = _seeded(seed)
    simplex = zeros((_VERTICES, _VERTEX_SIZE), np.float64)
    _copy(start, simplex[0])
    _evaluate(simplex[0], data)
    if math.isnan(simplex[0, _COST]):
        _find_valid_start(simplex[0], variations, state, data)
    if math.isnan(simplex[0, _COST]) or not _spread_vertices(simplex, variations, state, data):
        return simplex[0], steps, NO_START
    best, steps, status = _descend(simplex, steps, absolute_error, hurried, data)
    lowest = simplex[best, _COST]
    while status == SUCCESS:
        ranges = _restart_variations(simplex, best, variations)
        if best != 0:
            for i in range(_VERTEX_SIZE):
                simplex[0, i], simplex[best, i] = simplex[best, i], simplex[0, i]
        if not _spread_vertices(simplex, ranges, state, data):
            return simplex[0], steps, NO_RESTART
        best, steps, status = _descend(simplex, steps, absolute_error, hurried, data)
        if converged(simplex[best, _COST], lowest, 2.0, absolute_error):
            break
        lowest = simplex[best, _COST]
    return simplex[best], steps, status
