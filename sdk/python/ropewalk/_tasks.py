"""The decorator that makes a function a task type. It only notes the function: what its annotations say is read by
_describe, in a host."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, overload

_Function = TypeVar("_Function", bound=Callable[..., Any])


class Task:
    """A function and what was said of it."""

    __slots__ = ("function", "name", "summary", "thread_safe", "repeatable", "stops", "executor", "exactly_one", "worker")

    def __init__(self, function: Callable[..., Any], name: str | None, summary: str | None, thread_safe: bool,
                 repeatable: bool, stops: bool, executor: str | None, exactly_one: Sequence[Any],
                 worker: Callable[[], Any] | None) -> None:
        self.function = function
        self.name = name
        self.summary = summary
        self.thread_safe = thread_safe
        self.repeatable = repeatable
        self.stops = stops
        self.executor = executor
        self.exactly_one = exactly_one
        self.worker = worker


tasks: list[Task] = []


@overload
def task(function: _Function, /) -> _Function: ...
@overload
def task(*, name: str | None = None, summary: str | None = None, thread_safe: bool = False, repeatable: bool = True,
         stops: bool = False, executor: str | None = None, exactly_one: Sequence[str] | Sequence[Sequence[str]] = (),
         worker: Callable[[], Any] | None = None) -> Callable[[_Function], _Function]: ...
def task(function: Callable[..., Any] | None = None, /, *, name: str | None = None, summary: str | None = None,
         thread_safe: bool = False, repeatable: bool = True, stops: bool = False, executor: str | None = None,
         exactly_one: Sequence[str] | Sequence[Sequence[str]] = (), worker: Callable[[], Any] | None = None) -> Any:
    """Makes a function a task type of the plugin whose file it is in. The function itself stays as it is.

    Args:
        name: of the task type; default: that of the function.
        summary: one sentence; default: the first one of the docstring.
        thread_safe: tasks may run on several threads of one process at once.
        repeatable: False: if its process dies because of another task, the task is lost and not run again.
        stops: the function checks ``call().cancelled()`` by itself, so nothing is raised in it.
        executor: for stages that name none, such as "thread" for a task that mostly waits.
        exactly_one: names of parameters of which exactly one must be given, or several such groups.
        worker: called once per worker; what it returns is the first argument of the function. A generator function
            yields it, and what follows the yield runs when the worker ends.
    """

    def note(noted: _Function) -> _Function:
        tasks.append(Task(noted, name, summary, thread_safe, repeatable, stops, executor, exactly_one, worker))
        return noted

    return note if function is None else note(function)
