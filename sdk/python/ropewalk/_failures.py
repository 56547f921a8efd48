"""How a task fails: by raising. These exceptions have a meaning of their own. Every other one fails the task with its
type, its text and the line that raised it."""

from __future__ import annotations

import sys
from types import FrameType, TracebackType



class Transient(Exception):
    """May succeed next time. ``retries`` apply."""


class Permanent(Exception):
    """Cannot succeed next time, so the task is not retried."""


class NoRoom(Exception):
    """The system has no descriptor, process or memory left to start the task, and nothing was done. The task waits
    until others have ended, and this attempt does not count."""


class ExitCode(Exception):
    """A program that the task ran exited with this code, 0 to 255, on which ``retries`` may depend."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text

    def __str__(self) -> str:
        return self.text


class Cancelled(BaseException):
    """The task was requested to stop. Like KeyboardInterrupt, ``except Exception`` does not catch it. Let it pass: the
    task then ends as cancelled or timed out."""


for _each in (Transient, Permanent, NoRoom, ExitCode, Cancelled):
    _each.__module__ = "ropewalk"

# The kinds of the plugin ABI.
ERROR, TRANSIENT, PERMANENT, STOPPED, NO_ROOM, EXIT_CODE = 0, 1, 2, 3, 4, 256

_own_folder = __file__.rpartition("/")[0] + "/"
hidden_files: set[str] = set()
"""Files whose frames are those of a caller, and say nothing of a task."""
_library_folder = (getattr(sys, "_stdlib_dir", None) or "/usr/lib/python3") + "/"


def _name_of(kind: type[BaseException]) -> str:
    if kind.__module__ in ("builtins", "__main__", "ropewalk"):
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"


def _text_of(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception as broken:
        text = f"<its text cannot be made: {_name_of(type(broken))}>"
    return text


def _is_hidden(file: str) -> bool:
    return file.startswith(_own_folder) or file in hidden_files


def own_frames(traceback: TracebackType | None) -> TracebackType | None:
    """The traceback without the frames that called the task, if any others are left."""
    at = traceback
    while at is not None and (_is_hidden(at.tb_frame.f_code.co_filename) or _is_import(at)):
        at = at.tb_next
    return at


def _is_library(file: str) -> bool:
    return (file.startswith((_library_folder, "<")) or "/site-packages/" in file or "/dist-packages/" in file)


def _is_import(traceback: TracebackType) -> bool:
    return traceback.tb_frame.f_code.co_filename.startswith("<frozen importlib")


def _place(traceback: TracebackType | None) -> str:
    """The innermost line that is not of a library, or else the innermost line."""
    last: tuple[FrameType, int] | None = None
    own: tuple[FrameType, int] | None = None
    while traceback is not None:
        name = traceback.tb_frame.f_code.co_filename
        if not _is_hidden(name) and not _is_import(traceback):
            last = traceback.tb_frame, traceback.tb_lineno
            if not _is_library(name):
                own = last
        traceback = traceback.tb_next
    found = own or last
    if found is None:
        return ""
    frame, line = found
    return f" ({frame.f_code.co_filename.rpartition('/')[2]}:{line} in {frame.f_code.co_name})"


def _follows(error: BaseException, kind: type[BaseException]) -> bool:
    """Whether the exception is of this kind, or was raised while one of this kind was handled."""
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        if isinstance(at, kind):
            return True
        seen.add(id(at))
        at = at.__cause__ or at.__context__
    return False


def message_of(error: BaseException) -> str:
    """``Type: text (file.py:12 in function)``."""
    text = _text_of(error)
    if isinstance(error, SystemExit):
        given = error.code if error.code is not None else 0
        text = f"sys.exit({given!r}) was called"
    elif isinstance(error, KeyboardInterrupt) and not text:
        text = "the host received SIGINT"
    elif isinstance(error, MemoryError) and not text:
        text = "out of memory"
    elif _is_plain(error) and text:
        return text
    notes = getattr(error, "__notes__", None)
    if isinstance(notes, (list, tuple)):
        text = "\n".join([text, *(str(note) for note in notes)])
    name = _name_of(type(error))
    return (f"{name}: {text}" if text else name) + _place(error.__traceback__)


def traceback_text(error: BaseException) -> str:
    """As Python prints it, from the task's own function on."""
    import traceback

    try:
        shown = traceback.TracebackException(type(error), error, own_frames(error.__traceback__), compact=True)
        return "".join(shown.format())
    except Exception:  # an exception whose own methods fail
        return message_of(error) + "\n"


def _is_plain(error: BaseException) -> bool:
    """Raised to say how the task fails. Its place says no more."""
    return isinstance(error, (Transient, Permanent, NoRoom, ExitCode)) and error.__cause__ is None


def _kind_of(error: BaseException) -> int:
    if isinstance(error, Transient):
        return TRANSIENT
    if isinstance(error, Permanent):
        return PERMANENT
    if isinstance(error, NoRoom):
        return NO_ROOM
    if isinstance(error, ExitCode):
        return EXIT_CODE + (error.code & 255)
    if isinstance(error, SystemExit) and isinstance(error.code, int) and 0 < error.code < 256:
        return EXIT_CODE + error.code
    return ERROR


def encodable(text: str) -> str:
    """Names of files may have bytes that are not UTF-8, which Python keeps as surrogates."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def report(error: BaseException, stopping: bool) -> tuple[int, str, str, bool]:
    """The kind of the failure, its message, the traceback, and whether memory was refused. Called by the host."""
    if isinstance(error, Cancelled) or (stopping and _follows(error, Cancelled)):
        return STOPPED, "stopped as asked", "", False
    refused = isinstance(error, MemoryError)
    try:
        shown = "" if _is_plain(error) else traceback_text(error)
        return _kind_of(error), encodable(message_of(error)), encodable(shown), refused
    except (MemoryError, RecursionError):
        return ERROR, type(error).__name__, "", refused
    finally:
        error.__traceback__ = None  # the frames hold what the task had


def print_unraised(error: BaseException, what: str) -> None:
    """For what fails where no task can: the end of a worker."""
    print(f"{what}: {message_of(error)}\n{traceback_text(error)}", file=sys.stderr, end="")


