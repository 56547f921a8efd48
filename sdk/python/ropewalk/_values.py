"""Conversions that the host leaves to Python: of values that are no plain ones."""

from __future__ import annotations

import sys
from os import PathLike, fspath
from typing import Any


def plain(value: Any) -> Any:
    """What a workflow can hold in place of the value. Raises TypeError."""
    enum = sys.modules.get("enum")
    if enum is not None and isinstance(value, enum.Enum):
        return value.value
    if hasattr(value, "total_seconds"):  # a timedelta
        return value.total_seconds()
    if isinstance(value, PathLike):
        return fspath(value)
    if hasattr(type(value), "__dataclass_fields__"):
        return {name: getattr(value, name) for name in type(value).__dataclass_fields__}
    if hasattr(value, "tolist") and hasattr(value, "dtype"):  # of numpy
        return value.tolist()
    if isinstance(value, (set, frozenset)):
        raise TypeError("a set has no order; return sorted(...)")
    if hasattr(value, "items") and hasattr(value, "keys"):
        return dict(value.items())
    if hasattr(value, "__iter__"):
        return list(value)
    raise TypeError(f"a value of type {type(value).__qualname__} has no equal in a workflow")


def seconds(value: Any) -> float:
    """Of a duration."""
    return float(value.total_seconds() if hasattr(value, "total_seconds") else value)
