"""Average ranks for ties, doubled and about their mean, so that they are integers: 2·rank - (n + 1)."""


def squares_of_ranks(n: int, cubes: int) -> int:
    """Sum of the squares of n ranks, from the sum of t³ over groups of t equal values.

    It is (n³ - n)/3 less (t³ - t)/3 for every group.

    >>> squares_of_ranks(4, 1 + 1 + 8)  # ranks -3, -1, 2, 2
    18
    """
    return (n**3 - cubes) // 3
