"""What was wrong before anything ran, as one exception: the diagnostics of the command line, with their codes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Diagnostic:
    """One error. ``ropewalk explain CODE`` explains its code."""

    code: str
    """Such as "W202"."""
    message: str
    """Problem, cause and suggestion, in one line."""
    file: str | None
    """Where it is; None: in no file."""
    line: int
    """From 1; 0: the file as a whole, or none."""
    column: int
    """From 1, in characters."""
    fix: str
    """A line for each remedy; may be empty."""

    @property
    def place(self) -> str:
        """``file:line:column``, as far as it is known."""
        if self.file is None:
            return ""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


class DiagnosticError(Exception):
    """Nothing was run, because of one or more errors. ``str()`` of it shows all of them with their source lines."""

    def __init__(self, diagnostics: list[Diagnostic], text: str) -> None:
        super().__init__(diagnostics, text)
        self.diagnostics = diagnostics
        """All errors, in the order of their places."""
        self.text = text

    def __str__(self) -> str:
        return self.text

    @property
    def code(self) -> str:
        """Of the first error."""
        return self.diagnostics[0].code

    @property
    def place(self) -> str:
        """Of the first error."""
        return self.diagnostics[0].place

    @property
    def fix(self) -> str:
        """Of the first error."""
        return self.diagnostics[0].fix


def error_of(errors: list[tuple[str, str, str, int, int, str, list[str]]], text: str) -> DiagnosticError:
    """Called by _engine."""
    diagnostics = [
        Diagnostic(code, message, file or part or None, line, column, "\n".join(notes))
        for code, message, file, line, column, part, notes in errors
    ]
    return DiagnosticError(diagnostics, text.rstrip("\n"))
