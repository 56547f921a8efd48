"""The worker's side of the executors. Every payload calls ready() before anything else of it is unpickled: the worker is
then prepared as its executor says."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any

VARIABLE = "ROPEWALK_PYTHON_SETUP"

_setup: dict[str, Any] = {}
_thread = threading.local()


class InitializerFailed(Exception):
    """(what the initializer raised, its traceback)"""


def read_shared(place: str) -> bytes:
    """The bytes of a memfd of another process: "PID:FD:INODE"."""
    pid, fd, inode = place.split(":")
    with open(f"/proc/{pid}/fd/{fd}", "rb") as file:
        if os.fstat(file.fileno()).st_ino != int(inode):
            raise FileNotFoundError(f"process {pid} has closed what it shared")
        return file.read()


def _after_fork_in_child() -> None:
    """A host takes no notice of SIGTERM, with which multiprocessing ends the processes of a task."""
    if signal.getsignal(signal.SIGTERM) in (None, signal.SIG_DFL):
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _prepare() -> None:
    """Of the process, once: modules are found as in the program."""
    place = os.environ.get(VARIABLE)
    if not place:
        return
    _setup.update(pickle.loads(read_shared(place)))
    os.register_at_fork(after_in_child=_after_fork_in_child)
    own = [folder for folder in sys.path if folder not in _setup["path"]]
    sys.path[:] = _setup["path"] + own
    if _setup["authkey"] is not None:
        from multiprocessing import process

        process.current_process().authkey = _setup["authkey"]


def _initialize() -> tuple[Any, ...] | None:
    """What the initializer raised; None: nothing."""
    if _setup.get("initializer") is None:
        return None
    try:
        initializer, args = pickle.loads(_setup["initializer"])
        initializer(*args)
    except Exception as error:
        import logging
        import traceback

        logging.getLogger("concurrent.futures").critical("Exception in initializer:", exc_info=True)
        ends = sys.modules.get("multiprocessing.util")
        if ends is not None:  # queues write what was put into them, as at the end of a process
            ends._exit_function()
        return error, "".join(traceback.format_exception(error))
    return None


def ready() -> None:
    """The first call on a worker runs the initializer. If that raised, so does every call."""
    try:
        failed = _thread.failed
    except AttributeError:
        failed = _thread.failed = _initialize()
    if failed is not None:
        raise InitializerFailed(*failed)


def ready_with_main() -> None:
    """The same for what is defined in the main program: it is imported, as multiprocessing does it."""
    if "__mp_main__" not in sys.modules:
        import runpy
        import types

        module = types.ModuleType("__mp_main__")
        module.__dict__.update(runpy.run_path(_setup["main"], run_name="__mp_main__"))
        sys.modules["__main__"] = sys.modules["__mp_main__"] = module
    ready()


def with_buffers(pickled: bytes, place: str, places: list[tuple[int, int]], readonly: list[bool]) -> Any:
    """Unpickles what has large buffers in a memfd of the program. They are not copied; a task that writes into an array
    copies the pages that it changes."""
    import mmap

    pid, fd, inode = place.split(":")
    with open(f"/proc/{pid}/fd/{fd}", "rb") as file:
        if os.fstat(file.fileno()).st_ino != int(inode):
            raise FileNotFoundError(f"process {pid} has closed what it shared")
        size = os.fstat(file.fileno()).st_size
        memory = memoryview(mmap.mmap(file.fileno(), size, access=mmap.ACCESS_COPY))
    views = [memory[start : start + size] for start, size in places]
    return pickle.loads(
        pickled, buffers=[view.toreadonly() if fixed else view for view, fixed in zip(views, readonly)]
    )


class _Cloudy:
    """A result that Pickle alone may not know: an instance of a class of the main program, a closure."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def __reduce__(self) -> tuple[Any, ...]:
        return pickle.loads, (self.data,)


def run_cloudy(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Of a call that cloudpickle has pickled."""
    result = function(*args, **kwargs)
    try:
        import cloudpickle  # type: ignore[import]
    except ImportError:  # this interpreter has other packages
        return result
    return _Cloudy(cloudpickle.dumps(result, 5))


def run_chunk(function: Callable[..., Any], chunk: Iterable[tuple[Any, ...]]) -> list[Any]:
    return [function(*args) for args in chunk]


_prepare()
