"""A call for unit tests: tasks are plain functions, and run in the test's own process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from ._call import INFO, _fakes


class FakeCall:
    """Keeps what a task reports. Waits take no time."""

    def __init__(self, index: int = 0, attempt: int = 1, stage: str = "stage", run_id: str = "run",
                 deadline: float | None = None, cancel_at_check: int | None = None) -> None:
        self.index = index
        self.attempt = attempt
        self.stage = stage
        self.run_id = run_id
        self.deadline = deadline
        self.progresses: list[tuple[float, str]] = []
        self.logged: list[tuple[int, str]] = []
        self.charged_cpu = 0.0
        self.outputs: dict[int, bytes] = {1: b"", 2: b""}
        self._checks = 0
        self._cancel_at_check = cancel_at_check

    def cancelled(self) -> bool:
        self._checks += 1
        return self._cancel_at_check is not None and self._checks >= self._cancel_at_check

    def wait(self, seconds: float | timedelta) -> bool:
        return self.cancelled()

    def progress(self, fraction: float, note: str = "") -> None:
        self.progresses.append((fraction, note))

    def log(self, message: str, level: int = INFO) -> None:
        self.logged.append((level, message))

    def charge_cpu(self, seconds: float) -> None:
        self.charged_cpu += seconds

    def buffer(self, field: str, size: int) -> memoryview:
        return memoryview(bytearray(size))

    def output(self, piece: bytes, stream: int = 1) -> None:
        self.outputs[stream] += piece


@contextmanager
def fake_call(index: int = 0, attempt: int = 1, stage: str = "stage", run_id: str = "run",
              deadline: float | None = None, cancel_at_check: int | None = None) -> Iterator[FakeCall]:
    """Within it, ``call()`` returns a FakeCall. ``cancel_at_check``: the check from which on the task is requested to
    stop, counted from 1."""
    fake = FakeCall(index, attempt, stage, run_id, deadline, cancel_at_check)
    _fakes.append(fake)
    try:
        yield fake
    finally:
        _fakes.remove(fake)
