"""What a worker must know before its first call: sys.path, the main program, and the initializer. It lies in sealed
memory, which a worker opens by the descriptor of this process: /proc/PID/fd/FD."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable
from typing import Any

from ._memory import sealed


class _ParentFd:
    """A descriptor of this process for another one, which opens it by name. Pipes and files only."""

    def __init__(self, fd: int) -> None:
        import fcntl

        self.flags = fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE
        self.name = f"/proc/{os.getpid()}/fd/{fd}"

    def detach(self) -> int:
        return os.open(self.name, self.flags | os.O_CLOEXEC)


class _Spawning:
    """What multiprocessing asks for while it pickles queues, locks and the like, which a worker may inherit."""

    DupFd = _ParentFd

    def duplicate_for_child(self, fd: int) -> int:
        return fd


def _dumps_for_workers(initializer: Callable[..., object], initargs: tuple[Any, ...]) -> bytes:
    from ._pickling import dumps_initializer

    if "multiprocessing.reduction" not in sys.modules:  # then there is nothing of it to be pickled
        return dumps_initializer(initializer, initargs, pickle.dumps)
    from multiprocessing import context, reduction

    before = context.get_spawning_popen()
    context.set_spawning_popen(_Spawning())
    try:
        return dumps_initializer(initializer, initargs, reduction.ForkingPickler.dumps)
    finally:
        context.set_spawning_popen(before)


class Setup:
    """Made with the executor; shared when its first worker is about to start."""

    def __init__(self, initializer: Callable[..., object] | None, initargs: tuple[Any, ...]) -> None:
        self._initializer = initializer
        self._initargs = initargs
        self._fd = -1

    def share(self) -> str:
        """Where it is, for _worker."""
        process = sys.modules.get("multiprocessing.process")
        main = sys.modules.get("__main__")
        facts = {
            "path": [os.path.abspath(folder) for folder in sys.path],
            "main": getattr(main, "__file__", None),
            "authkey": bytes(process.current_process().authkey) if process is not None else None,
            "initializer": None
            if self._initializer is None
            else _dumps_for_workers(self._initializer, self._initargs),
        }
        self._fd = sealed(pickle.dumps(facts, 5))
        return f"{os.getpid()}:{self._fd}:{os.fstat(self._fd).st_ino}"

    def close(self) -> None:
        """No worker will start any more."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
