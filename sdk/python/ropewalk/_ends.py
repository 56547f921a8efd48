"""The beginning and the end of a host: where Python prints to, and what a process that was forked for one task does
before it is gone."""

from __future__ import annotations

import io
import os
import sys
from typing import Any

from . import _host


class _Printed(io.RawIOBase):
    """Descriptor 1 or 2. The host keeps the part of a line, and writes it at the end of a task and before a crash."""

    def __init__(self, stream: int) -> None:
        self._stream = stream
        self.name = "<stderr>" if stream == 2 else "<stdout>"
        self.mode = "wb"

    def write(self, data: Any, /) -> int:
        return _host.print_bytes(self._stream, data)

    def flush(self) -> None:
        _host.flush()

    def fileno(self) -> int:
        return self._stream

    def writable(self) -> bool:
        return True

    def close(self) -> None:
        """The descriptor stays: it is where the host writes to."""
        _host.flush()


def take_over_output() -> None:
    """Called by the host, before it loads a plugin."""
    for stream, name in ((1, "stdout"), (2, "stderr")):
        before = getattr(sys, name)
        encoding = getattr(before, "encoding", None) or "utf-8"
        errors = getattr(before, "errors", None) or ("backslashreplace" if stream == 2 else "strict")
        if before is not None:
            before.flush()
        raw: Any = _Printed(stream)
        text = io.TextIOWrapper(raw, encoding=encoding, errors=errors, newline="\n", write_through=True)
        setattr(sys, name, text)
        setattr(sys, f"__{name}__", text)
    # A child of a task would write the part of a line once more, and go on as a second host.
    os.register_at_fork(before=_host.flush, after_in_child=_host.child_began)


def before_first_fork() -> None:
    """What exists now is the same in each process that is forked, and is not looked at again."""
    import gc

    gc.collect()
    gc.freeze()


def leave_fork() -> None:
    """What the end of an interpreter does that others see. The rest is memory, which the process gives back."""
    threading = sys.modules.get("threading")
    if threading is not None:
        threading._shutdown()
    import atexit

    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass
