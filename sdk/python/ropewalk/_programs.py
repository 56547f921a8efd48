"""Where this package finds ropewalk-host and ropewalk-warden: in the tree that it is part of."""

from __future__ import annotations

import os

_PLACES = ("libexec/ropewalk", "lib/ropewalk", "bin")


def programs_folder() -> str:
    """Their folder. ``ROPEWALK_PROGRAMS`` names another one. Empty: the engine looks beside its own program."""
    named = os.environ.get("ROPEWALK_PROGRAMS")
    if named:
        return named
    parent = os.path.dirname(os.path.abspath(__file__))
    while parent != os.path.dirname(parent):
        parent = os.path.dirname(parent)
        for place in _PLACES:
            folder = os.path.join(parent, place)
            if os.path.exists(os.path.join(folder, "ropewalk-warden")):
                return folder
    return ""
