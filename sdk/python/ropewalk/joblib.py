"""Ropewalk as a backend of joblib: ``import ropewalk.joblib``, then ``joblib.parallel_backend("ropewalk")``."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from multiprocessing import TimeoutError as JoblibTimeoutError
from typing import Any

from joblib import cpu_count, register_parallel_backend  # type: ignore[import]
from joblib._parallel_backends import (  # type: ignore[import]
    AutoBatchingMixin,
    FallbackToBackend,
    ParallelBackendBase,
    SafeFunction,
    SequentialBackend,
)

from ._executors import ProcessExecutor

_lock = threading.Lock()
_last: tuple[object, ProcessExecutor] | None = None


def _executor_for(workers: int, env: dict[str, str], options: dict[str, Any]) -> ProcessExecutor:
    """The one of the call before, if it is the same: its workers are there, and have imported what they need."""
    global _last
    key = (workers, sorted(env.items()), sorted(options.items()))
    with _lock:
        if _last is not None and _last[0] == key and _last[1].is_usable():
            return _last[1]
        if _last is not None:
            _last[1].shutdown(wait=False)
        _last = key, ProcessExecutor(workers, env=env, **options)
        return _last[1]


class _Batch:
    """What a worker calls. It imports this module there, so that calls of Parallel in a task find the backend too."""

    def __init__(self, func: Callable[[], Any]) -> None:
        self.func = func

    def __call__(self) -> Any:
        return SafeFunction(self.func)()


class RopewalkBackend(AutoBatchingMixin, ParallelBackendBase):  # type: ignore[misc]
    """Options of ``parallel_backend("ropewalk", ...)`` are those of ProcessExecutor: timeout, memory, retries, ...

    A task of the executor is a batch of joblib's. One that crashes, times out or fails ends the call of ``Parallel``,
    as with every backend, and leaves the workers to the next one.
    """

    supports_timeout = True
    supports_inner_max_num_threads = True
    _workers: ProcessExecutor | None = None

    def __init__(self, nesting_level: int | None = None, inner_max_num_threads: int | None = None,
                 **options: Any) -> None:
        super().__init__(nesting_level=nesting_level, inner_max_num_threads=inner_max_num_threads)
        self._given = options

    def configure(self, n_jobs: int = 1, parallel: Any = None, prefer: Any = None, require: Any = None,
                  **options: Any) -> int:
        n_jobs = self.effective_n_jobs(n_jobs)
        if n_jobs == 1:
            raise FallbackToBackend(SequentialBackend(nesting_level=self.nesting_level))
        options = {**self._given, **options}
        for name in ("temp_folder", "max_nbytes", "mmap_mode", "verbose", "context", "context_id"):
            options.pop(name, None)  # of joblib's own memory maps: large arrays are handed on without files
        self._options = options
        self._workers = _executor_for(n_jobs, self._prepare_worker_env(n_jobs=n_jobs), options)
        self.parallel = parallel
        return n_jobs

    def effective_n_jobs(self, n_jobs: int | None) -> int:
        if n_jobs == 0:
            raise ValueError("n_jobs == 0 in Parallel has no meaning")
        if n_jobs is None:
            return 1
        return max(int(cpu_count()) + 1 + n_jobs, 1) if n_jobs < 0 else n_jobs

    def apply_async(self, func: Callable[[], Any], callback: Callable[[Any], None] | None = None) -> Future[Any]:
        assert self._workers is not None
        future: Any = self._workers.submit(_Batch(func))
        future.get = functools.partial(_get, future)
        if callback is not None:
            future.add_done_callback(callback)
        return future  # type: ignore[no-any-return]

    def terminate(self) -> None:
        self._workers = None  # the next call may use them
        self.reset_batch_stats()

    def abort_everything(self, ensure_ready: bool = True) -> None:
        global _last
        with _lock:
            if _last is not None and _last[1] is self._workers:
                _last = None
        if self._workers is not None:
            self._workers.kill()
        self._workers = None
        if ensure_ready:
            self.configure(n_jobs=self.parallel.n_jobs, parallel=self.parallel, **self._options)


def _get(future: Future[Any], timeout: float | None = None) -> Any:
    try:
        return future.result(timeout=timeout)
    except FutureTimeoutError as late:
        if future.done():  # a timeout of the task itself
            raise
        raise JoblibTimeoutError from late


register_parallel_backend("ropewalk", RopewalkBackend)
