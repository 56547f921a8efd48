"""Calls as bytes. Pickle does most of it; cloudpickle, where it is installed, does what Pickle cannot: functions of the
main program, closures and lambdas."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable, Mapping
from typing import Any

from ._memory import sealed_all
from ._worker import run_cloudy

_failed_to_import = False


def _cloudpickle() -> Any:
    global _failed_to_import
    if _failed_to_import:
        return None
    try:
        import cloudpickle  # type: ignore[import]
    except ImportError:
        _failed_to_import = True
        return None
    return cloudpickle


def name_of(function: Callable[..., Any]) -> str:
    """For messages."""
    while (inner := getattr(function, "func", None)) is not None and callable(inner):
        function = inner  # functools.partial
    return getattr(function, "__qualname__", None) or type(function).__qualname__


def _cannot(function: Callable[..., Any], error: BaseException) -> pickle.PicklingError:
    name = name_of(function)
    fix = "install cloudpickle, or " if _cloudpickle() is None else ""
    if "<locals>" in name or "<lambda>" in name or "<locals>" in str(error) or "<lambda>" in str(error):
        fix += "define the function at the top level of a module"
    else:
        fix += "pass only arguments that can be pickled"
    return pickle.PicklingError(f"{name!r} and its arguments cannot be sent to a worker: {error}; {fix}")


# Opcodes before those of the call: ropewalk._worker.ready() is called, and what it returns is dropped.
_READY = b"\x80\x05cropewalk._worker\nready\n)R0"
_READY_WITH_MAIN = b"\x80\x05cropewalk._worker\nready_with_main\n)R0"


Payload = tuple[bytes, Any]
"""What a worker unpickles to (function, arguments, named arguments), and what is kept until the task has ended."""


def end(keeps: Any) -> None:
    """Of what a payload keeps."""
    if type(keeps) is int:
        os.close(keeps)


class _LargeBuffers:
    """Buffers of arrays that are not pickled but put in one memfd, from which the worker maps them. Each begins on a
    page."""

    MIN = 1 << 20
    PAGE = 4096

    def __init__(self) -> None:
        self.views: list[memoryview] = []

    def __call__(self, buffer: pickle.PickleBuffer) -> bool:
        try:
            view = buffer.raw()
        except BufferError:  # it is not contiguous
            return True
        if view.nbytes < self.MIN:
            return True
        self.views.append(view)
        return False

    def payload(self, ready: bytes, pickled: bytes) -> Payload:
        """The pickled call, with its buffers elsewhere."""
        fd, places = sealed_all(self.views, self.PAGE)
        try:
            place = f"{os.getpid()}:{fd}:{os.fstat(fd).st_ino}"
            arguments = pickle.dumps((pickled, place, places, [view.readonly for view in self.views]), 5)
        except BaseException:
            os.close(fd)
            raise
        made = b"".join((ready, b"cropewalk._worker\nwith_buffers\n", arguments[2:-1], b"R."))
        return made, fd


def dumps_call(function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Payload:
    """Raises PicklingError with one clear text."""
    call = (function, args, kwargs)
    ready, large = _READY, None
    try:
        if "numpy" in sys.modules:
            large = _LargeBuffers()
            data = pickle.dumps(call, 5, buffer_callback=large)
        else:
            data = pickle.dumps(call, 5)
    except Exception as error:
        cloud = _cloudpickle()
        if cloud is None:
            raise _cannot(function, error) from error
        data = b""
    else:
        cloud = None
        if b"__main__" in data:
            cloud = _cloudpickle()
            if cloud is None:
                if getattr(sys.modules["__main__"], "__file__", None) is None:
                    raise _cannot(function, ImportError("it is defined in the main program, which has no file"))
                ready = _READY_WITH_MAIN  # the worker imports the program, as multiprocessing does
    if cloud is not None:
        large = _LargeBuffers()
        try:
            data = cloud.dumps((run_cloudy, call, {}), 5, buffer_callback=large)
        except Exception as error:
            raise _cannot(function, error) from error
    if large is not None and large.views:
        return large.payload(ready, data)
    keeps = (args, kwargs) if b"ropewalk._share" in data else None
    return ready + data[2:], keeps  # without the opcode that names the protocol


def dumps_initializer(function: Callable[..., Any], args: tuple[Any, ...], dumps: Callable[[Any], Any]) -> bytes:
    """(function, args), for ready() itself."""
    try:
        return bytes(dumps((function, args)))
    except Exception as error:
        cloud = _cloudpickle()
        if cloud is None:
            raise _cannot(function, error) from error
    try:
        return bytes(cloud.dumps((function, args)))
    except Exception as error:
        raise _cannot(function, error) from error
