"""What the futures of the executors raise, beside the exceptions of the functions themselves."""

from __future__ import annotations

from concurrent.futures.process import BrokenProcessPool, _RemoteTraceback
import signal as _signal


class TaskCrashed(BrokenProcessPool):
    """The process of the task ended while it ran. The task alone has failed: the executor goes on.

    It is a BrokenProcessPool, so that handlers for ProcessPoolExecutor apply.
    """

    def __init__(self, message: str, task: str = "", signal: _signal.Signals | None = None,
                 exit_code: int | None = None, evidence: str = "", attempts: int = 1, output: str = "") -> None:
        super().__init__(message)
        self.task = task
        """The function, with the number of the task: "work.py's name/17"."""
        self.signal = signal
        """That ended the process; None: none did."""
        self.exit_code = exit_code
        """Of a process that exited; else None."""
        self.evidence = evidence
        """The line of Python, the address and the stack, as far as they are known."""
        self.attempts = attempts
        """How often it was tried."""
        self.output = output
        """What the task had printed."""

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (str(self), self.task, self.signal, self.exit_code, self.evidence, self.attempts,
                            self.output)


class TaskLost(TaskCrashed):
    """Another task ended the process in which the task ran, and it must not be repeated."""


class _TaskEnded(Exception):
    """A task that was ended because it exceeded a limit."""

    def __init__(self, message: str, task: str = "", attempts: int = 1, output: str = "") -> None:
        super().__init__(message)
        self.task = task
        self.attempts = attempts
        self.output = output

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (str(self), self.task, self.attempts, self.output)


class TaskTimedOut(_TaskEnded, TimeoutError):
    """The task took longer than its ``timeout``, and was ended. The executor goes on."""


class TaskOutOfMemory(_TaskEnded, MemoryError):
    """The process of the task exceeded ``memory``, or no memory was left, and was ended. The executor goes on."""


class TaskFailed(RuntimeError):
    """The task failed, and there is no exception of its own to raise: the text says why."""


class TaskNotRead(BrokenProcessPool):
    """What was sent between the program and a worker cannot be unpickled there. ``__cause__`` says why."""


def remote(error: BaseException, traceback: str) -> BaseException:
    """An exception of a worker, with its traceback as the cause, as ProcessPoolExecutor does it."""
    error.__cause__ = _RemoteTraceback(f'\n"""\n{traceback}"""')  # type: ignore[arg-type]
    return error


def exception_of(task: str, failure: tuple[str, int, int, str, str, str, int]) -> BaseException:
    """Of a task that has no result."""
    outcome, detail, attempts, message, evidence, output, _pid = failure
    tried = f" at attempt {attempts}" if attempts > 1 else ""
    if outcome in ("crashed", "exited", "lost"):
        signal = _signal.Signals(detail) if outcome == "crashed" and detail in _signal.valid_signals() else None
        kind = TaskLost if outcome == "lost" else TaskCrashed
        shown = f"task {task} crashed{tried}: {message}" + (f"\n{evidence.rstrip()}" if evidence else "")
        return kind(shown, task, signal, detail if outcome == "exited" else None, evidence, attempts, output)
    if outcome == "timed_out":
        return TaskTimedOut(f"task {task} timed out{tried}: {message}", task, attempts, output)
    if outcome == "out_of_memory":
        return TaskOutOfMemory(f"task {task} ran out of memory{tried}: {message}", task, attempts, output)
    return TaskFailed(f"task {task} failed{tried}: {message}")


def broken_by_initializer(error: BaseException, traceback: str) -> BrokenProcessPool:
    broken = BrokenProcessPool(
        "A child process terminated abruptly, the process pool is not usable anymore: its initializer raised "
        f"{type(error).__name__}: {error}"
    )
    broken.__cause__ = remote(error, traceback)
    return broken


def not_read(task: object, what: str, error: BaseException, traceback: str) -> TaskNotRead:
    unread = TaskNotRead(f"task {task}: {what} cannot be unpickled: {type(error).__name__}: {error}")
    unread.__cause__ = remote(error, traceback) if traceback else error
    return unread
