"""What an annotation can say beyond a type: limits, units and the types that Python lacks. Plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

if TYPE_CHECKING:
    from datetime import timedelta

Number: TypeAlias = "int | float | timedelta"


class Range:
    """Limits of a number, as in ``Annotated[int, Range(1, 100)]``. None: no limit on that side."""

    __slots__ = ("least", "most")

    def __init__(self, least: Number | None = None, most: Number | None = None) -> None:
        self.least = least
        self.most = most


class Unit:
    """The unit that messages show behind a value, as in ``Annotated[float, Unit("Pa")]``."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class Help:
    """A sentence for people, which wins over that of the docstring."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class _Mark:
    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


Secret = _Mark("Secret")
"""The value is hidden in all output: ``Annotated[str, Secret]``."""
InputFile = _Mark("InputFile")
"""A path that the task reads: ``Annotated[Path, InputFile]``."""
OutputFile = _Mark("OutputFile")
"""A path that the task writes: ``Annotated[Path, OutputFile]``."""
_AsSeconds = _Mark("Seconds")

Seconds: TypeAlias = Annotated[float, _AsSeconds]
"""A duration as a number of seconds. Workflows write ``1h30m``; ``timedelta`` is the same as an object."""


class Size(int):
    """A number of bytes. Workflows write it as ``64MiB``."""

    __slots__ = ()


class Buffer:
    """A result of type bytes that is written in place: ``call().buffer("field", size)`` makes one."""

    __slots__ = ("view",)

    def __init__(self, view: memoryview) -> None:
        self.view = view


class StreamText:
    """A result of type text: everything that the task has passed to ``call().output()`` for this stream."""

    __slots__ = ("stream",)

    def __init__(self, stream: int = 1) -> None:
        self.stream = stream

