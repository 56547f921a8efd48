"""Runs any function of Python: the tasks python.call and python.apply. It is a plugin like any other Python file."""

import importlib
import os
import pickle
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import ropewalk
from ropewalk import _failures

__version__ = "1.0.0"

# Modules are those of the interpreter, then those of the folder where ropewalk was started. Not the other way round: a
# file json.py that lies there would otherwise run where somebody else imports json.
_folder = os.path.dirname(__file__)
if _folder in sys.path:
    sys.path.remove(_folder)
if os.getcwd() not in sys.path:
    sys.path.append(os.getcwd())
_failures.hidden_files.add(__file__)

_functions: dict[tuple[str, str], Callable[..., Any]] = {}


def _find(module: str, function: str) -> Callable[..., Any]:
    try:
        found: Any = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not (module + ".").startswith(error.name + "."):
            raise  # a module that this one imports
        raise ropewalk.Permanent(f"there is no module '{module}' for {sys.executable}") from None
    for part in function.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise ropewalk.Permanent(f"module '{module}' has no function '{function}'") from None
    if not callable(found):
        raise ropewalk.Permanent(f"'{function}' of module '{module}' is no function: it is of type {type(found).__name__}")
    _functions[module, function] = found
    return found  # type: ignore[no-any-return]


@ropewalk.task(thread_safe=True)
def call(module: str, function: str, args: list[Any] = [], kwargs: dict[str, Any] = {}) -> Any:
    """Calls a function of a module.

    Args:
        module: its name, as in import; modules of the folder where ropewalk was started are found too
        function: its name in the module, also CLASS.METHOD
        args: the values that are given by position
        kwargs: the values that are given by name

    Returns:
        what the function returned
    """
    found = _functions.get((module, function)) or _find(module, function)
    return found(*args, **kwargs)


class Applied(NamedTuple):
    """How a call ended.

    Attributes:
        outcome: returned, raised, exited (sys.exit), interrupted (KeyboardInterrupt), not_loaded (the payload),
            unpicklable_result or unpicklable_exception
        result: the pickled value, if it returned one
        raised: the pickled exception, if there is one that can be pickled
        text: what the exception says, and where it was raised
        traceback: of the exception, as Python prints it
    """

    outcome: str
    result: bytes = b""
    raised: bytes = b""
    text: str = ""
    traceback: str = ""


def _ended_by(outcome: str, error: BaseException) -> Applied:
    """Exceptions that cannot be made again where they are to be raised are as good as unpicklable."""
    text, traceback = _failures.message_of(error), _failures.traceback_text(error)
    try:
        raised = pickle.dumps(error, pickle.HIGHEST_PROTOCOL)
        pickle.loads(raised)
    except Exception as failure:
        why = f"{text}; it cannot be pickled: {_failures.message_of(failure)}"
        return Applied("unpicklable_exception", text=why, traceback=traceback)
    return Applied(outcome, raised=raised, text=text, traceback=traceback)


def _outcome_of(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return "exited"
    return "interrupted" if isinstance(error, KeyboardInterrupt) else "raised"


@ropewalk.task(thread_safe=True)
def apply(payload: memoryview, retries: int = 0) -> Applied:
    """Calls what pickle.loads(payload) makes: a function, a tuple of values and a dict of named ones.

    Args:
        payload: the pickled (function, args, kwargs)
        retries: how often an exception fails the task, so that it is retried, before it is a result
    """
    try:
        function, args, kwargs = pickle.loads(payload)
    except (MemoryError, ropewalk.Cancelled):
        raise
    except BaseException as error:
        return _ended_by("not_loaded", error)
    try:
        value = function(*args, **kwargs)
    except (MemoryError, ropewalk.Cancelled):
        raise
    except BaseException as error:
        if retries > 0 and ropewalk.call().attempt <= retries:
            raise
        return _ended_by(_outcome_of(error), error)
    try:
        return Applied("returned", result=pickle.dumps(value, pickle.HIGHEST_PROTOCOL))
    except (MemoryError, ropewalk.Cancelled):
        raise
    except BaseException as error:
        return _ended_by("unpicklable_result", error)
