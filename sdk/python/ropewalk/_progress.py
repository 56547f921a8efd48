"""Shows the progress of a run: in a terminal, in a notebook, or as plain lines."""

from __future__ import annotations

import html
import importlib
import shutil
import sys
from typing import Any, Literal, TextIO

Style = Literal["auto", "text", "html", "none"]

_ROWS = 12  # of a frame in a notebook


class TerminalView:
    """Redraws the frame below the lines that stay, on standard error."""

    live = True

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown = 0
        size = shutil.get_terminal_size()
        self.width, self.height = size.columns, size.lines

    def __call__(self, lines: list[str], frame: list[str] | None) -> None:
        out = [f"\x1b[{self._shown}A\x1b[J"] if self._shown and (lines or frame is not None) else []
        out += [line.rstrip("\n") + "\n" for line in lines]
        if frame is None and lines and self._shown:
            frame = self._frame
        if frame is not None:
            out += [line + "\n" for line in frame]
            self._frame, self._shown = frame, len(frame)
        self._stream.write("".join(out))
        self._stream.flush()

    _frame: list[str] = []

    def close(self) -> None:
        self([], [])


class LineView:
    """Writes lines alone: when a stage starts and ends, what fails, and every ten seconds."""

    live = False
    width, height = 100, _ROWS

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __call__(self, lines: list[str], frame: list[str] | None) -> None:
        self._stream.write("".join(line.rstrip("\n") + "\n" for line in lines))
        self._stream.flush()

    def close(self) -> None:
        pass


class NotebookView:
    """Updates one output of the cell."""

    live = True
    width, height = 100, _ROWS
    _MOST = 200  # lines that stay

    def __init__(self) -> None:
        self._display: Any = importlib.import_module("IPython.display")
        self._handle = self._display.display(self._made([], []), display_id=True)
        self._lines: list[str] = []
        self._frame: list[str] = []

    def __call__(self, lines: list[str], frame: list[str] | None) -> None:
        self._lines = (self._lines + [line.rstrip("\n") for line in lines])[-self._MOST :]
        if frame is not None:
            self._frame = frame
        self._handle.update(self._made(self._lines, self._frame))

    def _made(self, lines: list[str], frame: list[str]) -> Any:
        text = html.escape("\n".join([*lines, *frame]))
        return self._display.HTML(f'<pre class="ropewalk" style="line-height: 1.2">{text}</pre>')

    def close(self) -> None:
        self([], [])


View = TerminalView | LineView | NotebookView


def is_notebook() -> bool:
    """Whether this program is the kernel of a notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and getattr(shell, "kernel", None) is not None


def view_of(style: Style) -> View | None:
    if style == "none":
        return None
    if style == "html" or (style == "auto" and is_notebook()):
        return NotebookView()
    if style == "text":
        return LineView(sys.stderr)
    if style != "auto":
        raise ValueError(f"progress is 'auto', 'text', 'html' or 'none', not {style!r}")
    return TerminalView(sys.stderr) if sys.stderr is not None and sys.stderr.isatty() else None
