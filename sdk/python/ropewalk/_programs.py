"""Where this package finds ropewalk-host and ropewalk-warden: in the tree that it is part of."""

from __future__ import annotations

import os
from pathlib import Path

_PLACES = ("libexec/ropewalk", "lib/ropewalk", "bin")


def programs_folder() -> str:
    """Their folder. ``ROPEWALK_PROGRAMS`` names another one. Empty: the engine looks beside its own program."""
    named = os.environ.get("ROPEWALK_PROGRAMS")
    if named:
        return named
    for parent in Path(__file__).absolute().parents:
        for place in _PLACES:
            folder = parent / place
            if (folder / "ropewalk-warden").exists():
                return str(folder)
    return ""
