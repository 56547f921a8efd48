"""Memory that processes share: a memfd without a name, sealed against every change."""

from __future__ import annotations

import fcntl
import os

_SEALS = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL


def sealed_all(pieces: list[memoryview], alignment: int, name: str = "ropewalk-python") -> tuple[int, list[tuple[int, int]]]:
    """A descriptor of a copy of all pieces, and the offset and size of each. Raises OSError: there is no room."""
    places: list[tuple[int, int]] = []
    end = 0
    for piece in pieces:
        start = -(-end // alignment) * alignment
        places.append((start, piece.nbytes))
        end = start + piece.nbytes
    fd = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        if end:
            os.posix_fallocate(fd, 0, end)
        for piece, (start, size) in zip(pieces, places):
            written = 0
            while written < size:
                written += os.pwrite(fd, piece[written:], start + written)
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, _SEALS)
    except BaseException:
        os.close(fd)
        raise
    return fd, places


def sealed(data: bytes | memoryview, name: str = "ropewalk-python") -> int:
    """The same of one piece."""
    return sealed_all([memoryview(data).cast("B")], 1, name)[0]
