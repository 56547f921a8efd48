"""The running task's own view of its attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from . import _host
from ._failures import encodable

if TYPE_CHECKING:
    from datetime import timedelta

DEBUG, INFO, WARNING, ERROR = 0, 1, 2, 3


class Call(Protocol):
    """One attempt of one task. Any thread may use ``cancelled``, ``wait``, ``progress`` and ``log`` until the task
    ends; the rest is for the task's own thread."""

    @property
    def index(self) -> int:
        """Of the task in its stage, from 0."""

    @property
    def attempt(self) -> int:
        """From 1."""

    @property
    def stage(self) -> str:
        """The name of the stage."""

    @property
    def run_id(self) -> str:
        """The identity of the run."""

    @property
    def deadline(self) -> float | None:
        """When the task times out, on the clock of time.monotonic(). None: the stage has no ``timeout``. It moves
        while the run is suspended."""

    def cancelled(self) -> bool:
        """Whether the task was requested to stop, or has ended."""

    def wait(self, seconds: float | timedelta) -> bool:
        """Sleeps. True: it ended early because the task was requested to stop."""

    def progress(self, fraction: float, note: str = "") -> None:
        """``fraction`` from 0 to 1. The latest is shown while the task runs."""

    def log(self, message: str, level: int = INFO) -> None:
        """A line of the task's log. Levels are those of this module or of ``logging``."""

    def charge_cpu(self, seconds: float) -> None:
        """Adds the CPU time of processes that this task has started."""

    def buffer(self, field: str, size: int) -> memoryview:
        """Memory for a result that is declared as ``ropewalk.Buffer``, to be filled and given to it."""

    def output(self, piece: bytes, stream: int = 1) -> None:
        """Adds output of a process that the task runs: 1 standard output, 2 standard error."""


class _HostCall:
    """Of a task that runs in a host. Holds a handle, which names this attempt alone."""

    __slots__ = ("_handle",)

    def __init__(self, handle: int) -> None:
        self._handle = handle

    @property
    def index(self) -> int:
        return _host.index(self._handle)

    @property
    def attempt(self) -> int:
        return _host.attempt(self._handle)

    @property
    def stage(self) -> str:
        return _host.stage(self._handle)

    @property
    def run_id(self) -> str:
        return _host.run_id(self._handle)

    @property
    def deadline(self) -> float | None:
        return _host.deadline(self._handle)

    def cancelled(self) -> bool:
        return _host.cancelled(self._handle)

    def wait(self, seconds: float | timedelta) -> bool:
        return _host.wait(self._handle, seconds if isinstance(seconds, (int, float)) else seconds.total_seconds())

    def progress(self, fraction: float, note: str = "") -> None:
        _host.progress(self._handle, fraction, encodable(note))

    def log(self, message: str, level: int = INFO) -> None:
        _host.log(self._handle, abi_level(level), encodable(message))

    def charge_cpu(self, seconds: float) -> None:
        _host.charge_cpu(self._handle, seconds)

    def buffer(self, field: str, size: int) -> memoryview:
        return _host.buffer(self._handle, field, size)

    def output(self, piece: bytes, stream: int = 1) -> None:
        _host.output(self._handle, stream, piece)


def abi_level(level: int) -> int:
    """Those of ``logging`` are 10 for DEBUG, 20 for INFO, 30 for WARNING and 40 for ERROR."""
    return max(DEBUG, min(level if level < 10 else level // 10 - 1, ERROR))


_fakes: list[Call] = []


def call() -> Call:
    """The call of the task that runs on this thread."""
    handle = _host.current()
    if handle:
        return _HostCall(handle)
    if _fakes:
        return _fakes[-1]
    raise RuntimeError(
        "ropewalk.call() is for a running task, on its own thread; pass what it returns to other threads, and use "
        "ropewalk.fake_call() in tests"
    )
