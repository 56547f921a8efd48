"""What a worker sets up before its first task and puts away after its last."""

from __future__ import annotations

from collections.abc import Callable
from types import GeneratorType
from typing import Any

from . import _failures


class _Opened:
    """Keeps what puts the value away."""

    __slots__ = ("value", "end")

    def __init__(self, value: Any, end: Callable[[], None] | None) -> None:
        self.value = value
        self.end = end


def _open(worker: Callable[[], Any]) -> _Opened:
    made = worker()
    if isinstance(made, GeneratorType):
        try:
            value = next(made)
        except StopIteration:
            raise TypeError(f"the worker {worker.__name__}() yields nothing") from None

        def end() -> None:
            try:
                next(made)
            except StopIteration:
                return
            raise TypeError(f"the worker {worker.__name__}() yields more than once")

        return _Opened(value, end)
    if hasattr(made, "__enter__") and hasattr(made, "__exit__"):
        def leave() -> None:
            made.__exit__(None, None, None)

        return _Opened(made.__enter__(), leave)
    return _Opened(made, None)


def opener(worker: Callable[[], Any]) -> Callable[[], _Opened]:
    """For the host: called once per worker."""
    return lambda: _open(worker)


def close(opened: _Opened) -> None:
    """For the host, after the last task. No task is left that could fail."""
    if opened.end is None:
        return
    try:
        opened.end()
    except BaseException as error:
        _failures.print_unraised(error, "a worker could not be closed")
