"""ropewalk.share(): an array that tasks read without a copy."""

from __future__ import annotations

import mmap
import os
import weakref
from typing import TYPE_CHECKING, Any

from ._memory import sealed

if TYPE_CHECKING:
    from types import TracebackType

_mappings: weakref.WeakValueDictionary[tuple[int, int], mmap.mmap] = weakref.WeakValueDictionary()


def _map(place: str, size: int) -> mmap.mmap:
    """The memory of "PID:FD:INODE", mapped once in a process as long as it is used."""
    pid, fd, inode = place.split(":")
    with open(f"/proc/{pid}/fd/{fd}", "rb") as file:
        status = os.fstat(file.fileno())
        if status.st_ino != int(inode) or status.st_size != size:
            raise FileNotFoundError(f"process {pid} has closed what it shared")
        key = (status.st_dev, status.st_ino)
        mapping = _mappings.get(key)
        if mapping is None:
            mapping = _mappings[key] = mmap.mmap(file.fileno(), size, mmap.MAP_SHARED, mmap.PROT_READ)
        return mapping


def _attach(place: str, size: int, dtype: Any, shape: Any, order: Any) -> Any:
    """What a task receives: a read-only array, or a read-only memoryview."""
    if dtype is None:
        return memoryview(_map(place, size) if size else b"")
    import numpy

    if not size:
        return numpy.empty(shape, dtype, order)
    return numpy.frombuffer(_map(place, size), dtype).reshape(shape, order=order)


class Shared:
    """Sealed memory with a copy of an array or of bytes. Tasks that have it as an argument receive a read-only array
    (numpy) or memoryview over that memory, however large it is, at the price of a small argument. It has no name: the
    memory is freed when this object and all that tasks have made of it are gone.
    """

    def __init__(self, data: Any) -> None:
        dtype = getattr(data, "dtype", None)
        self._order: str | None = None
        self._shape: tuple[int, ...] | None = None
        if dtype is not None and hasattr(data, "__array_interface__"):
            import numpy

            if dtype.hasobject:
                raise TypeError("an array of objects cannot be shared: its elements are not in it")
            self._order = "F" if data.flags.f_contiguous and not data.flags.c_contiguous else "C"
            data = numpy.asarray(data, order=self._order)  # type: ignore[call-overload]
            self._shape = data.shape
            data = data.ravel(order="K").view(numpy.uint8) if data.size else b""
        else:
            dtype = None
        view = memoryview(data).cast("B")
        self.nbytes = view.nbytes
        """Bytes."""
        self._dtype = dtype
        self._fd = sealed(view, "ropewalk-shared")
        self._place = f"{os.getpid()}:{self._fd}:{os.fstat(self._fd).st_ino}"
        self._close = weakref.finalize(self, os.close, self._fd)
        self._close.atexit = False

    def __reduce__(self) -> tuple[Any, ...]:
        if not self._close.alive:
            raise ValueError("this shared memory is closed")
        return _attach, (self._place, self.nbytes, self._dtype, self._shape, self._order)

    @property
    def array(self) -> Any:
        """The same that tasks receive, in this process."""
        make, arguments = self.__reduce__()
        return make(*arguments)

    def close(self) -> None:
        """Gives up this process' hold on the memory before the object ends. Tasks that have not begun fail then."""
        self._close()

    def __enter__(self) -> Shared:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        what = "bytes" if self._dtype is None else f"{self._dtype} {self._shape}"
        return f"<shared {what}, {self.nbytes} bytes{'' if self._close.alive else ', closed'}>"


def share(data: Any) -> Shared:
    """Copies an array of numpy, or an object that has bytes, once into memory that tasks read in place.

    Raises:
        TypeError: an array of objects, or no bytes at all.
        MemoryError, OSError: there is no room.
    """
    return Shared(data)
