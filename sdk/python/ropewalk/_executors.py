"""Python's executors on Ropewalk's engine."""

from __future__ import annotations

import collections
import itertools
import os
import pickle
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import CancelledError, Executor, Future, InvalidStateError
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from . import _engine, _worker
from ._pickling import Payload, dumps_call, end, name_of
from ._programs import programs_folder
from ._setup import Setup

if TYPE_CHECKING:
    from datetime import timedelta  # a program that has one has imported it

_T = TypeVar("_T")
_P = TypeVar("_P")
_Output = Callable[["Future[Any] | None", str], object]

TASK = "python.apply"
_HORIZON_S = 0.02  # so much work the engine has ahead
_MOST_AHEAD = 8192

_lock = threading.Lock()
_collectors: dict[threading.Thread, _Collector] = {}
_interpreter_ends = False


class _Item:
    """One submitted call, until its future is done."""

    __slots__ = ("future", "payload", "keeps", "name", "id")

    def __init__(self, future: Future[Any], payload: Payload, name: str) -> None:
        self.future = future
        self.payload: bytes | None
        self.payload, self.keeps = payload  # empty: it cannot be pickled; None: it was sent
        self.name = name
        self.id = 0

    def __str__(self) -> str:
        return f"{self.name}/{self.id}"

    def end(self) -> None:
        """It is not sent any more."""
        if self.keeps is not None:
            end(self.keeps)
            self.keeps = None


def _print_output(future: Future[Any] | None, text: str) -> None:
    stream = sys.stdout
    if stream is not None:
        stream.write(text)
        stream.flush()


def _outcomes() -> Any:
    """The exceptions, which need modules that take long to import. None: the interpreter ends, and can import none of
    them any more."""
    try:
        from . import _outcomes
    except RuntimeError:
        return None
    return _outcomes


def _cancelled(item: _Item) -> BaseException:
    return CancelledError(f"task {item} was cancelled")


def _failure_of(item: _Item, failure: Any) -> BaseException:
    if failure[0] in ("cancelled", "not_started"):
        return _cancelled(item)
    outcomes = _outcomes()
    if outcomes is None:
        return RuntimeError(failure[3])
    made: BaseException = outcomes.exception_of(str(item), failure)
    return made


class _Collector:
    """What an executor and its thread share. The thread owns the engine: it takes calls from here, and sets futures in
    batches. It does not know the executor, so that an executor nobody uses can end."""

    def __init__(self, workers: int, options: dict[str, Any], setup: Setup, on_output: _Output) -> None:
        self.lock = threading.RLock()  # an executor may be collected on a thread that has it
        self.pid = os.getpid()
        self.workers = workers
        self.options = options
        self.setup = setup
        self.retries: int = options["retries"]
        self.on_output = on_output
        self.pool: _engine.TaskPool | None = None
        self.thread: threading.Thread | None = None
        self.over = threading.Event()  # the thread has done its work
        self.pending: collections.deque[_Item] = collections.deque()  # not with the engine yet
        self.running: dict[int, _Item] = {}
        self.ids = itertools.count()
        self.ahead = workers + 1
        self.ends = False
        self.stopping = False
        self.broken: BaseException | None = None
        self.collected_at = time.monotonic()

    # --- any thread ---

    def submit(self, item: _Item) -> None:
        with self.lock:
            if self.broken is not None:
                raise self.broken.with_traceback(None)
            if _interpreter_ends:
                raise RuntimeError("cannot schedule new futures after interpreter shutdown")
            if self.ends:
                raise RuntimeError("cannot schedule new futures after shutdown")
            item.id = next(self.ids)
            if not item.payload:
                return
            if self.thread is None:
                self._start()
            if len(self.running) < self.ahead:
                item.future.set_running_or_notify_cancel()
                self._post(item)
            else:
                self.pending.append(item)

    def _start(self) -> None:
        self.options["env"] = {**self.options["env"], _worker.VARIABLE: self.setup.share()}
        self.pool = _engine.TaskPool(TASK, self.options)
        self.thread = threading.Thread(target=self._collect, name="ropewalk-collector")
        with _lock:
            _collectors[self.thread] = self
        self.thread.start()

    def _post(self, item: _Item) -> None:
        assert self.pool is not None
        self.running[item.id] = item
        self.pool.post(item.id, {"payload": item.payload, "retries": self.retries})
        item.payload = None

    def end(self, cancel_pending: bool = False) -> None:
        """Takes no further calls; the thread ends when all have ended."""
        cancelled: list[_Item] = []
        with self.lock:
            self.ends = True
            if cancel_pending:
                cancelled = list(self.pending)
                self.pending.clear()
            self._close_if_idle()
        for item in cancelled:
            item.end()
            item.future.cancel()

    def _close_if_idle(self) -> None:
        if self.ends and self.pool is not None and not self.pending and not self.running:
            self.pool.close()

    def stop(self, kill: bool = False) -> None:
        """Cancels what is pending, and ends what runs before its time."""
        self.end(cancel_pending=True)
        with self.lock:
            if self.pool is None or self.thread is None or self.over.is_set():
                return
            self.stopping = True
            if kill:
                self.pool.kill()
            else:
                self.pool.cancel_all()

    def stop_one(self, future: Future[Any]) -> bool:
        with self.lock:
            for item in self.running.values():
                if item.future is future and self.pool is not None:
                    self.pool.cancel(item.id)
                    return True
        return False

    def join(self) -> None:
        """Waits for the thread. Ctrl-C stops the tasks, a second one kills them.

        Thread.join() alone will not do: if Ctrl-C interrupts it, Python takes the thread for ended.
        """
        if self.thread is None or self.thread is threading.current_thread():
            return
        interrupt: KeyboardInterrupt | None = None
        while not self.over.is_set():
            try:
                self.over.wait()
            except KeyboardInterrupt as error:
                self.stop(kill=self.stopping)
                interrupt = error
        if interrupt is not None:
            raise interrupt
        self.thread.join()

    # --- the thread ---

    def _collect(self) -> None:
        pool = self.pool
        assert pool is not None
        try:
            closed = False
            while not closed:
                tasks, outputs, _warnings, closed = pool.wait()
                for number, text in outputs:
                    self._print(number, text)
                if tasks:
                    self._take(tasks)
                del tasks
        except BaseException as error:
            self._break(error)
        finally:
            pool.end()
            self.setup.close()
            with _lock:
                _collectors.pop(threading.current_thread(), None)
            with self.lock:
                self.pool = None
            self.over.set()

    def _print(self, number: int | None, text: str) -> None:
        item = None if number is None else self.running.get(number)
        try:
            self.on_output(None if item is None else item.future, text)
        except Exception:
            sys.excepthook(*sys.exc_info())

    def _take(self, tasks: list[tuple[int, Any, Any]]) -> None:
        with self.lock:
            items = [self.running.pop(number) for number, _, _ in tasks]
            self._refill(len(items))
        for item, (_, value, failure) in zip(items, tasks):
            self._resolve(item, value, failure)
        with self.lock:
            self._close_if_idle()

    def _refill(self, ended: int) -> None:
        """The engine has work for a while ahead, and no more, so that futures can be cancelled."""
        now = time.monotonic()
        elapsed, self.collected_at = now - self.collected_at, now
        wanted = int(ended / elapsed * _HORIZON_S) if elapsed > 0 else _MOST_AHEAD
        self.ahead = max(self.workers + 1, min(wanted, 4 * self.ahead, _MOST_AHEAD))
        pending, running = self.pending, self.running
        while pending and len(running) < self.ahead:
            item = pending.popleft()
            if item.future.set_running_or_notify_cancel():
                self._post(item)
            else:
                item.end()

    def _resolve(self, item: _Item, value: Any, failure: Any) -> None:
        item.end()
        if item.future.done():  # the executor broke meanwhile
            return
        if failure is not None:
            ended = failure[0] == "refused" and self.stopping
            item.future.set_exception(_cancelled(item) if ended else _failure_of(item, failure))
            return
        if value["outcome"] != "returned":
            item.future.set_exception(self._exception(item, value))
            return
        try:
            result = pickle.loads(value["result"])
        except BaseException as error:
            outcomes = _outcomes()
            item.future.set_exception(error if outcomes is None else outcomes.not_read(item, "its result", error, ""))
        else:
            item.future.set_result(result)

    def _exception(self, item: _Item, value: dict[str, Any]) -> BaseException:
        outcomes, outcome, traceback = _outcomes(), value["outcome"], value["traceback"]
        error: BaseException
        if outcomes is None:
            return RuntimeError(value["text"])
        if outcome == "unpicklable_exception":
            error = outcomes.TaskFailed(f"task {item} raised {value['text']}")
            return outcomes.remote(error, traceback)  # type: ignore[no-any-return]
        try:
            error = pickle.loads(value["raised"])
        except BaseException as unread:
            return outcomes.not_read(item, "its exception", unread, "")  # type: ignore[no-any-return]
        if isinstance(error, _worker.InitializerFailed):
            error = outcomes.broken_by_initializer(*error.args)
            self._break(error)
        elif outcome == "not_loaded":
            error = outcomes.not_read(item, "its function or an argument", error, traceback)
        else:
            error = outcomes.remote(error, traceback)
        return error

    def _break(self, error: BaseException) -> None:
        """Nothing can run any more."""
        with self.lock:
            if self.broken is not None:
                return
            self.broken, self.ends = error, True
            items = [*self.running.values(), *self.pending]
            self.pending.clear()
            if self.pool is not None:
                self.pool.kill()
        for item in items:
            item.end()
            try:
                item.future.set_exception(error)
            except InvalidStateError:  # it was cancelled
                pass


def _ended(collector: _Collector) -> None:
    if collector.pid == os.getpid():
        collector.end()


def _python_exit() -> None:
    """Waits for what is pending, as concurrent.futures does. A program that Ctrl-C has ended does not wait."""
    global _interpreter_ends
    with _lock:
        _interpreter_ends = True
        collectors = list(_collectors.values())
    interrupted = getattr(sys, "last_type", None) is KeyboardInterrupt and not hasattr(sys, "ps1")
    for collector in collectors:
        if interrupted:
            collector.stop(kill=collector.stopping)  # a second Ctrl-C has broken off the wait for those that stop
        else:
            collector.end()
    for collector in collectors:
        try:
            collector.join()
        except KeyboardInterrupt:
            for each in collectors:
                each.stop()


def _after_fork_in_child() -> None:
    _lock._at_fork_reinit()  # type: ignore[attr-defined]
    _collectors.clear()


threading._register_atexit(_python_exit)  # type: ignore[attr-defined]
os.register_at_fork(after_in_child=_after_fork_in_child)


def _seconds(name: str, value: float | timedelta | None) -> float | None:
    if value is None:
        return None
    seconds = float(value) if isinstance(value, (int, float)) else value.total_seconds()
    if not seconds > 0:
        raise ValueError(f"{name} must be greater than 0 seconds")
    return seconds


_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
          "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}  # fmt: skip


def _bytes(name: str, value: int | str | None) -> int | None:
    if isinstance(value, str):
        text = value.strip()
        digits = text.rstrip("BKMGTibkmgt").strip()
        unit = _UNITS.get(text[len(digits) :].strip().upper())
        try:
            if unit is None:
                raise ValueError
            value = int(float(digits) * unit)
        except ValueError:
            raise ValueError(f"{name} is a size such as '512MiB' or '1GB', not {text!r}") from None
    if value is not None and value <= 0:
        raise ValueError(f"{name} must be greater than 0 bytes")
    return value


def _result_of(future: Future[_T], deadline: float | None) -> _T:
    try:
        return future.result(None if deadline is None else deadline - time.monotonic())
    except BaseException:
        future.cancel()
        raise
    finally:
        del future


class _RopewalkExecutor(Executor):
    _executor = ""

    def __init__(
        self,
        max_workers: int | None = None,
        mp_context: Any = None,
        initializer: Callable[..., object] | None = None,
        initargs: tuple[Any, ...] = (),
        *,
        max_tasks_per_child: int | None = None,
        timeout: float | timedelta | None = None,
        memory: int | str | None = None,
        cpu_time: float | timedelta | None = None,
        retries: int = 0,
        retry_delay: float | timedelta | None = None,
        grace: float | timedelta = 2,
        env: Mapping[str, str] | None = None,
        on_output: Callable[[Future[Any] | None, str], object] | None = None,
    ) -> None:
        if max_workers is None:
            max_workers = _engine.usable_cores()
        elif max_workers <= 0:
            raise ValueError("max_workers must be greater than 0")
        if initializer is not None and not callable(initializer):
            raise TypeError("initializer must be a callable")
        if max_tasks_per_child is not None:
            if not isinstance(max_tasks_per_child, int):
                raise TypeError("max_tasks_per_child must be an integer")
            if max_tasks_per_child <= 0:
                raise ValueError("max_tasks_per_child must be >= 1")
        if retries < 0:
            raise ValueError("retries must not be negative")
        self._max_workers = max_workers
        options: dict[str, Any] = {
            "programs": programs_folder(),
            "python": sys.executable,
            "executor": self._executor,
            "workers": max_workers,
            "timeout": _seconds("timeout", timeout),
            "memory": _bytes("memory", memory),
            "cpu_time": _seconds("cpu_time", cpu_time),
            "retries": retries,
            "retry_delay": _seconds("retry_delay", retry_delay),
            "grace": _seconds("grace", grace),
            "env": dict(env or {}),
            "recycle_after_tasks": max_tasks_per_child or 0,
            "name": "python",
        }
        self._collector = _Collector(max_workers, options, Setup(initializer, initargs), on_output or _print_output)
        self._ended = weakref.finalize(self, _ended, self._collector)
        self._ended.atexit = False

    @property
    def _broken(self) -> BaseException | None:
        return self._collector.broken

    def _check_process(self) -> None:
        if self._collector.pid != os.getpid():
            raise RuntimeError(
                f"this {type(self).__name__} belongs to process {self._collector.pid}, and cannot be used in its child "
                "after fork(): make another one there"
            )

    def submit(self, fn: Callable[..., _T], /, *args: Any, **kwargs: Any) -> Future[_T]:
        """Schedules ``fn(*args, **kwargs)``, and returns its future. What cannot be pickled fails the future."""
        self._check_process()
        future: Future[_T] = Future()
        try:
            payload = dumps_call(fn, args, kwargs)
        except BaseException as error:
            if not isinstance(error, Exception):
                raise
            self._collector.submit(_Item(future, (b"", None), ""))
            future.set_running_or_notify_cancel()
            future.set_exception(error)
            return future
        try:
            self._collector.submit(_Item(future, payload, name_of(fn)))
        except BaseException:
            end(payload[1])
            raise
        return future

    def map(
        self,
        fn: Callable[..., _T],
        *iterables: Iterable[Any],
        timeout: float | None = None,
        chunksize: int = 1,
        buffersize: int | None = None,
    ) -> Iterator[_T]:
        """``map(fn, *iterables)`` on the workers, in order.

        Args:
            timeout: seconds from now to the last result; then TimeoutError is raised.
            chunksize: calls that are sent together, as one task.
            buffersize: calls that are submitted and not yet taken; None: all are submitted at once.
        """
        if chunksize < 1:
            raise ValueError("chunksize must be >= 1.")
        if buffersize is not None and not isinstance(buffersize, int):
            raise TypeError("buffersize must be an integer or None")
        if buffersize is not None and buffersize < 1:
            raise ValueError("buffersize must be None or > 0")
        calls: Iterator[tuple[Any, ...]] = zip(*iterables)
        if chunksize == 1:
            return self._ordered((partial(self.submit, fn, *call) for call in calls), timeout, buffersize)
        chunks = iter(lambda: list(itertools.islice(calls, chunksize)), [])
        if buffersize is not None:
            buffersize = -(-buffersize // chunksize)
        made = (partial(self.submit, _worker.run_chunk, fn, chunk) for chunk in chunks)
        return itertools.chain.from_iterable(self._ordered(made, timeout, buffersize))

    def _ordered(
        self, submits: Iterator[Callable[[], Future[Any]]], timeout: float | None, buffersize: int | None
    ) -> Iterator[Any]:
        deadline = None if timeout is None else timeout + time.monotonic()
        futures = collections.deque(submit() for submit in itertools.islice(submits, buffersize))

        def results() -> Iterator[Any]:
            try:
                while futures:
                    for submit in itertools.islice(submits, 1):
                        futures.append(submit())
                    yield _result_of(futures.popleft(), deadline)  # no variable keeps it while it is used
            finally:
                for future in futures:
                    future.cancel()

        return results()

    def stop(self, future: Future[Any]) -> bool:
        """Ends a task before its time: one that runs is asked to stop, then killed after the grace period, and its
        future raises CancelledError. False: it has ended already, or is not of this executor."""
        self._check_process()
        return future.cancel() or self._collector.stop_one(future)

    def kill(self) -> None:
        """Cancels what is pending, and kills what runs at once. Takes no further calls, and does not wait."""
        if self._collector.pid == os.getpid():
            self._collector.stop(kill=True)

    def is_usable(self) -> bool:
        """Whether submit() takes calls: not after shutdown(), a failed initializer or fork()."""
        collector = self._collector
        return collector.pid == os.getpid() and not collector.ends and collector.broken is None

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Takes no further calls, and frees the workers when all have ended. In a child of fork() it does nothing."""
        if self._collector.pid != os.getpid():
            return
        self._collector.end(cancel_futures)
        if wait:
            self._collector.join()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        if kind is not None and issubclass(kind, KeyboardInterrupt) and self._collector.pid == os.getpid():
            self._collector.stop()
        self.shutdown(wait=True)
        return None


class ProcessExecutor(_RopewalkExecutor):
    """A ProcessPoolExecutor whose tasks fail alone.

    A task that crashes raises TaskCrashed, one that takes too long TaskTimedOut, and the executor goes on. Workers are
    fresh processes of this Python, not forks of the program. ``concurrent.futures.Future`` is what submit() returns.

    Args:
        max_workers: tasks at once; default: the usable cores.
        mp_context: accepted for compatibility; workers are always as those of "spawn".
        initializer, initargs: called once in each worker. If it raises, the executor is broken.
        max_tasks_per_child: a worker is replaced after so many tasks.
        timeout: seconds for each try of a task.
        memory: resident size of a worker, such as "1GiB".
        cpu_time: seconds of CPU time for each try of a task.
        retries: further tries after a crash, and as many after a timeout, after too much memory, and after an exception.
        retry_delay: seconds before the first of them; it doubles from each to the next.
        grace: seconds between asking a task to stop and killing it.
        env: variables for the workers.
        on_output: called with the future and the text of what a task has printed; default: printed to ``sys.stdout``.
    """

    _executor = "process"


class ThreadExecutor(_RopewalkExecutor):
    """An executor whose workers are threads of one other process, its host.

    The threads share that one process with each other, and not with this program: functions and arguments are pickled,
    global variables of this program are not seen. They share the GIL of their process, so they are for tasks that wait.
    A crash ends the host: the task that crashed raises TaskCrashed, and the others of the host run again. Arguments are
    those of ProcessExecutor; ``memory`` is that of the host, and ``initializer`` runs on each thread.
    """

    _executor = "thread"
