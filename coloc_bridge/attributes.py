"""Attributes that are computed when first asked for."""

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

Value = TypeVar("Value")


class once(Generic[Value]):
    """`functools.cached_property` without the lock that it has before Python 3.12.

    One lock for all objects: threads that compute those of different ones wait for each other, and the child of a
    process that forks meanwhile waits for ever.

    Examples
    --------
    >>> class Square:
    ...     @once
    ...     def area(self) -> int:
    ...         print("computed")
    ...         return 4
    >>> square = Square()
    >>> square.area + square.area
    computed
    8
    """

    def __init__(self, function: Callable[[Any], Value]) -> None:
        self._function = function
        self._name = function.__name__
        self.__doc__ = function.__doc__

    @overload
    def __get__(self, instance: None, owner: Any) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: Any) -> Value: ...
    def __get__(self, instance: object | None, owner: Any) -> Self | Value:
        if instance is None:
            return self
        # From now on the object's own attribute is found first.
        return instance.__dict__.setdefault(self._name, self._function(instance))  # type: ignore[no-any-return]
