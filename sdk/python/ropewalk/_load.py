"""Loads a plugin file into this host, and says in one message why it cannot. Called by the host, once."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType, TracebackType
from typing import Any

from . import _failures

DOES_NOT_LOAD = "P110"
BAD_DESCRIPTION = "P113"

Refusal = tuple[str, str, list[str]]
"""Code, message, notes."""


def _lines_of(source: bytes) -> list[str]:
    import io
    import tokenize

    try:
        encoding = tokenize.detect_encoding(io.BytesIO(source).readline)[0]
        return source.decode(encoding).splitlines(keepends=True)
    except (SyntaxError, UnicodeDecodeError, LookupError):
        return []


def _note_source(path: str, source: bytes) -> None:
    """Tracebacks show the lines that run, also after the file has changed."""
    import linecache

    lines = _lines_of(source)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    linecache.cache[path] = (len(source), None, lines, path)


def _syntax_refusal(path: str, error: SyntaxError) -> Refusal:
    place = f" ({(error.filename or path).rpartition('/')[2]}:{error.lineno})" if error.lineno else ""
    notes = []
    if error.text is not None:
        line = error.text.rstrip("\n")
        bare = line.lstrip()
        notes.append(bare)
        if error.offset is not None and error.offset > 0:
            first = max(error.offset - 1 - (len(line) - len(bare)), 0)
            end = error.end_offset - 1 - (len(line) - len(bare)) if error.end_offset and error.end_lineno == error.lineno else 0
            notes.append(" " * first + "^" * max(end - first, 1))
    return DOES_NOT_LOAD, f"plugin {path} cannot be loaded: {type(error).__name__}: {error.msg}{place}", notes


def _without_own(traceback: TracebackType | None) -> TracebackType | None:
    return _failures.own_frames(traceback)


def _import_refusal(path: str, error: BaseException) -> Refusal:
    if isinstance(error, SyntaxError):
        return _syntax_refusal(path, error)
    import traceback as traceback_module

    message = f"plugin {path} cannot be loaded: {_failures.message_of(error)}"
    frames = traceback_module.extract_tb(_without_own(error.__traceback__))
    notes = []
    if frames:
        last = frames[-1]
        notes.append(f'File "{last.filename}", line {last.lineno}, in {last.name}: {last.line}')
    if isinstance(error, ModuleNotFoundError):
        notes.append(f"install it for {sys.executable}, or choose another interpreter")
    elif isinstance(error, (SystemExit, KeyboardInterrupt)):
        notes.append("a file that is a plugin is imported: put what it does as a program below "
                     "if __name__ == '__main__'")
    return DOES_NOT_LOAD, message, notes


def load(path: str, source: bytes) -> dict[str, Any] | Refusal:
    """Runs the file as a module, and returns the description of its tasks."""
    folder, _, name = path.rpartition("/")
    stem = name.removesuffix(".py")
    if stem in sys.stdlib_module_names or stem == "ropewalk":
        return (DOES_NOT_LOAD,
                f"plugin {path} cannot be loaded: '{stem}' is a module of {'Ropewalk' if stem == 'ropewalk' else 'Python'} "
                "itself, which others import by that name", ["give the file another name"])
    _note_source(path, source)
    module = ModuleType(stem)
    module.__file__ = path
    module.__spec__ = ModuleSpec(stem, None, origin=path)
    sys.modules[stem] = module
    sys.path.insert(0, folder or ".")
    try:
        exec(compile(source, path, "exec", dont_inherit=True), module.__dict__)
    except BaseException as error:
        refusal = _import_refusal(path, error)
        error.__traceback__ = None
        return refusal
    finally:
        # The host's own handlers see a crash with the address that it is about, and print Python's frames too.
        faulthandler = sys.modules.get("faulthandler")
        if faulthandler is not None and faulthandler.is_enabled():
            faulthandler.disable()
    from . import _describe

    try:
        return _describe.describe(module, path, source)
    except _describe.BadTask as error:
        return BAD_DESCRIPTION, f"plugin {path} describes itself wrongly: {error}", error.notes
