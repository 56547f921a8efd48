"""From annotations, defaults and docstrings to what a host declares: names, types, limits, help. Runs once per host,
so it avoids the module inspect, whose import costs as much as the start of the interpreter."""

from __future__ import annotations

import sys
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, MutableSequence, Sequence
from os import PathLike, fspath
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from . import _tasks, _types
from ._docstrings import Documented, documented

# Types of the plugin ABI, and two that differ in Python alone.
BOOL, INT, FLOAT, TEXT, BYTES, PATH, DURATION, SIZE, LIST, MAP, ANY = range(1, 12)
VIEW, SECONDS, BUFFER, STREAM = 12, 13, 14, 15
_ABI_TYPES = {VIEW: BYTES, SECONDS: DURATION, BUFFER: BYTES, STREAM: TEXT}
_NAMES = {BOOL: "bool", INT: "int", FLOAT: "float", TEXT: "text", BYTES: "bytes", PATH: "path", DURATION: "duration",
          SIZE: "size", LIST: "list", MAP: "map", ANY: "any"}

REQUIRED, SECRET, INPUT, OUTPUT = 1, 2, 4, 8
THREAD_SAFE, NOT_REPEATABLE, STOPS = 1, 2, 4
EXECUTORS = ("serial", "thread", "thread-per-task", "process", "process-per-task", "auto")

MAX_TASKS = 256

# How the result of a function becomes fields.
NOTHING, SCALAR, ATTRIBUTES, ITEMS = 0, 1, 2, 3


class BadTask(Exception):
    """What a file declares is impossible."""

    def __init__(self, message: str, notes: list[str] | None = None) -> None:
        super().__init__(message)
        self.notes = notes or []


class _Bad(Exception):
    """The same, for a part of a task whose place is known to the caller."""


class Shape:
    """What an annotation says of a value."""

    __slots__ = ("kind", "make", "element", "optional", "choices", "least", "most", "unit", "flags", "help")

    def __init__(self, kind: int, make: Any = None, element: Shape | None = None) -> None:
        self.kind = kind
        self.make = make
        self.element = element
        self.optional = False
        self.choices: list[Any] = []
        self.least: Any = None
        self.most: Any = None
        self.unit: str | None = None
        self.flags = 0
        self.help: str | None = None

    @property
    def abi_type(self) -> int:
        return _ABI_TYPES.get(self.kind, self.kind)

    def name(self) -> str:
        return _NAMES[self.abi_type]

    def converter(self) -> tuple[Any, ...]:
        """For the host: kind, what to call with the plain value, converter of elements, whether None is allowed."""
        return (self.kind, self.make, self.element.converter() if self.element else None, self.optional)


_PLAIN: dict[Any, tuple[int, Any]] = {
    bool: (BOOL, None),
    int: (INT, None),
    float: (FLOAT, None),
    str: (TEXT, None),
    bytes: (BYTES, None),
    bytearray: (BYTES, bytearray),
    memoryview: (VIEW, None),
    _types.Size: (SIZE, _types.Size),
    _types.Buffer: (BUFFER, None),
    _types.StreamText: (STREAM, None),
    Any: (ANY, None),
    object: (ANY, None),
}
_LISTS: dict[Any, Any] = {list: None, tuple: tuple, Sequence: None, MutableSequence: None, Iterable: None}
_MAPS = (dict, Mapping, MutableMapping)


def _plain(annotation: Any) -> tuple[int, Any] | None:
    """Modules are looked at only where a file has imported them."""
    pathlib, datetime = sys.modules.get("pathlib"), sys.modules.get("datetime")
    if pathlib is not None and isinstance(annotation, type) and issubclass(annotation, pathlib.PurePath):
        if issubclass(annotation, pathlib.PureWindowsPath):
            return None
        return PATH, pathlib.Path if annotation is pathlib.PosixPath else annotation
    if datetime is not None and annotation is datetime.timedelta:
        return DURATION, annotation
    try:
        return _PLAIN.get(annotation)
    except TypeError:
        return None  # it is not hashable


def _shown(annotation: Any) -> str:
    if isinstance(annotation, type) and not get_args(annotation):
        return annotation.__qualname__
    return str(annotation).replace("typing.", "")


def _literal_shape(values: tuple[Any, ...]) -> Shape:
    optional = None in values
    values = tuple(value for value in values if value is not None)
    kinds = {type(value) for value in values}
    if len(kinds) != 1 or not kinds <= {str, int, bool}:
        raise _Bad("its Literal needs values of one type, all text, all int or all bool")
    shape = Shape(_PLAIN[kinds.pop()][0])
    shape.choices = list(values)
    shape.optional = optional
    return shape


def _enum_shape(annotation: Any) -> Shape:
    values = [member.value for member in annotation]
    kinds = {type(value) for value in values}
    if len(kinds) != 1 or not kinds <= {str, int, float}:
        raise _Bad(f"the values of the Enum {annotation.__qualname__} must all be text, all int or all float")
    shape = Shape(_PLAIN[kinds.pop()][0], annotation)
    shape.choices = values
    return shape


def _union_shape(parts: tuple[Any, ...]) -> Shape:
    rest = [part for part in parts if part is not type(None)]
    if len(rest) == len(parts) and set(rest) == {int, float}:
        return Shape(FLOAT)
    if len(rest) != 1:
        if len(rest) == 2 and set(rest) == {int, float}:
            shape = Shape(FLOAT)
        else:
            raise _Bad(f"it can be of {len(rest)} types; a value has one type, or write Any")
    else:
        shape = shape_of(rest[0])
    shape.optional = True
    return shape


def _add_mark(shape: Shape, mark: Any) -> Shape:
    if isinstance(mark, _types.Range):
        shape.least, shape.most = mark.least, mark.most
    elif isinstance(mark, _types.Unit):
        shape.unit = mark.text
    elif isinstance(mark, _types.Help):
        shape.help = mark.text
    elif isinstance(mark, type) and mark in (_types.Range, _types.Unit, _types.Help):
        raise _Bad(f"{mark.__name__} needs its values: {mark.__name__}(...)")
    elif mark is _types.Secret:
        shape.flags |= SECRET
    elif mark is _types.InputFile:
        shape.flags |= INPUT
    elif mark is _types.OutputFile:
        shape.flags |= OUTPUT
    elif mark is _types._AsSeconds:
        if shape.kind != FLOAT:
            raise _Bad("Seconds is for float")
        shape.kind = SECONDS
    return shape


def _is_enum(annotation: Any) -> bool:
    enum = sys.modules.get("enum")
    return enum is not None and isinstance(annotation, enum.EnumMeta)


def _list_shape(origin: Any, parts: tuple[Any, ...]) -> Shape:
    if origin is tuple:
        if len(parts) != 2 or parts[1] is not Ellipsis:
            raise _Bad("a tuple of a fixed length has no equal in a workflow; write tuple[T, ...] or list[T]")
        parts = parts[:1]
    return Shape(LIST, _LISTS[origin], _element(parts[0] if parts else Any))


def _element(annotation: Any) -> Shape:
    shape = shape_of(annotation)
    if shape.kind in (VIEW, BUFFER, STREAM):
        raise _Bad(f"elements of a list or a map cannot be {_shown(annotation)}; write bytes or str")
    return shape


def shape_of(annotation: Any) -> Shape:
    """Raises _Bad if no type of a workflow is meant."""
    plain = _plain(annotation)
    if plain is not None:
        return Shape(*plain)
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        shape = shape_of(parts[0])
        for mark in parts[1:]:
            shape = _add_mark(shape, mark)
        return shape
    if origin is Literal:
        return _literal_shape(parts)
    if origin is Union or origin is types.UnionType:
        return _union_shape(parts)
    if (origin or annotation) in _LISTS:
        return _list_shape(origin or annotation, parts or (Any, ...))
    if (origin or annotation) in _MAPS:
        if parts and parts[0] is not str:
            raise _Bad(f"the keys of a map are text, so {_shown(annotation)} must be dict[str, ...]")
        return Shape(MAP, None, _element(parts[1] if parts else Any))
    if _is_enum(annotation):
        return _enum_shape(annotation)
    supertype = getattr(annotation, "__supertype__", None)  # of a NewType
    if supertype is not None:
        return shape_of(supertype)
    if isinstance(annotation, str):
        raise _Bad(f"its type '{annotation}' is a text that names nothing")
    raise _Bad(f"its type {_shown(annotation)} has no equal in a workflow; use bool, int, float, str, bytes, Path, "
               "timedelta, ropewalk.Size, list[T], dict[str, T], Literal, Enum or Any")


# --- constants ---


def _json(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _constant(value: Any, kind: int) -> Any:
    """What JSON writes for it. Raises _Bad if it is not of that type."""
    if _is_enum(type(value)):
        value = value.value
    if kind == ANY or (kind == BOOL and isinstance(value, bool)) or (kind == TEXT and isinstance(value, str)):
        return value
    if kind in (INT, SIZE) and isinstance(value, int) and not isinstance(value, bool):
        if not -(1 << 63) <= value < 1 << 63 or (kind == SIZE and value < 0):
            raise _Bad(f"{value} is outside of what {_NAMES[kind]} holds")
        return int(value)
    if kind == FLOAT and isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if kind in (DURATION, SECONDS):
        if hasattr(value, "total_seconds"):  # a timedelta
            return value.total_seconds()
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(value)
    if kind == PATH and isinstance(value, (str, PathLike)):
        return fspath(value)
    if kind == LIST and isinstance(value, (list, tuple)):
        return list(value)
    if kind == MAP and isinstance(value, dict):
        return value
    raise _Bad(f"{value!r} is no {_NAMES[_ABI_TYPES.get(kind, kind)]}")


def _elements(value: Any, shape: Shape) -> Any:
    plain = _constant(value, shape.kind)
    if shape.element is not None and isinstance(plain, list):
        return [_elements(each, shape.element) for each in plain]
    if shape.element is not None and isinstance(plain, dict):
        return {key: _elements(each, shape.element) for key, each in plain.items()}
    return plain


def _default_json(value: Any, shape: Shape) -> str | None:
    """None: there is none to show."""
    if value is None or shape.kind in (BYTES, VIEW):
        return None
    try:
        return _json(_elements(value, shape))
    except (TypeError, ValueError):
        if shape.kind == ANY:
            return None
        raise _Bad(f"its default {value!r} cannot be written as JSON") from None


def _limit_json(value: Any, shape: Shape, what: str) -> str | None:
    if value is None:
        return None
    if shape.kind not in (INT, FLOAT, DURATION, SECONDS, SIZE):
        raise _Bad(f"it has a {what}, which is for numbers, durations and sizes")
    return _json(_constant(value, FLOAT if shape.kind == INT and isinstance(value, float) else shape.kind))


def _field(name: str, shape: Shape, flags: int, default: str | None, help_text: str) -> tuple[Any, ...]:
    if not _is_name(name):
        raise _Bad("a name is [a-z][a-z0-9_]*")
    if shape.flags & (INPUT | OUTPUT) and shape.kind != PATH:
        if not (shape.kind == LIST and shape.element is not None and shape.element.kind == PATH):
            raise _Bad("InputFile and OutputFile are for paths")
    choices = _json([_constant(value, shape.kind) for value in shape.choices]) if shape.choices else None
    element = shape.element.abi_type if shape.element is not None and shape.element.kind != ANY else 0
    return (name, flags | shape.flags, shape.abi_type, element, shape.unit, default,
            _limit_json(shape.least, shape, "least value"), _limit_json(shape.most, shape, "greatest value"), choices,
            shape.help or help_text or None)


def _is_name(name: str) -> bool:
    return bool(name) and name.isascii() and name[0].islower() and all(
        c.islower() or c.isdigit() or c == "_" for c in name)


# --- parameters ---


def _unwrapped(function: Any) -> Any:
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return function


def _code_of(function: Any) -> types.CodeType:
    code = getattr(function, "__code__", None)
    if not isinstance(code, types.CodeType):
        raise _Bad("it is no function that is written in Python")
    if code.co_flags & 0x80:
        raise _Bad("it is a coroutine; call asyncio.run() in a plain function")
    if code.co_flags & (0x20 | 0x200):
        raise _Bad("it is a generator; return a list, or fan out over items in the workflow")
    return code


def _described_param(name: str, hints: dict[str, Any], has_default: bool, default: Any,
                     help_text: str) -> tuple[tuple[Any, ...], tuple[Any, ...], Any]:
    if name not in hints:
        raise _Bad(f"it has no type: annotate it, such as {name}: int")
    shape = shape_of(hints[name])
    if shape.kind in (BUFFER, STREAM):
        raise _Bad(f"{_shown(hints[name])} is for results")
    if has_default and default is None:
        shape.optional = True
    flags = 0 if has_default or shape.optional else REQUIRED
    shown = _default_json(default, shape) if has_default else None
    return _field(name, shape, flags, shown, help_text), shape.converter(), default


def _params(task: _tasks.Task, function: Any, hints: dict[str, Any],
            documentation: Documented) -> tuple[list[Any], int, tuple[str, ...] | None]:
    code = _code_of(function)
    if code.co_flags & (0x04 | 0x08):
        raise _Bad("it takes *args or **kwargs; a task's parameters have names")
    names = code.co_varnames[: code.co_argcount]
    only_named = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    defaults = function.__defaults__ or ()
    given = dict(zip(names[len(names) - len(defaults) :], defaults))
    given.update(function.__kwdefaults__ or {})
    if task.worker is not None:
        if not names:
            raise _Bad("it has a worker, and no first parameter to receive what that makes")
        names = names[1:]
    params = []
    for name in (*names, *only_named):
        with _within(f"parameter '{name}'"):
            params.append(_described_param(name, hints, name in given, given.get(name), documentation.params.get(name, "")))
    return params, len(names), only_named or None


# --- results ---


def _result_fields(annotation: Any) -> tuple[int, dict[str, Any], Any]:
    """How a result is taken apart, and its fields by name with their types."""
    if annotation is None or annotation is type(None):
        return NOTHING, {}, None
    if isinstance(annotation, type):
        dataclass_fields = getattr(annotation, "__dataclass_fields__", None)
        if dataclass_fields is not None:
            hints = _hints_of(annotation)
            return ATTRIBUTES, {name: hints[name] for name in dataclass_fields if name in hints}, annotation
        if issubclass(annotation, tuple) and hasattr(annotation, "_fields"):
            hints = _hints_of(annotation)
            for name in annotation._fields:
                if name not in hints:
                    raise _Bad(f"field '{name}' of {annotation.__qualname__} has no type; use typing.NamedTuple")
            return ATTRIBUTES, {name: hints[name] for name in annotation._fields}, annotation
        if issubclass(annotation, dict) and hasattr(annotation, "__required_keys__"):
            hints = _hints_of(annotation)
            return ITEMS, {name: _without_required(hint) for name, hint in hints.items()}, annotation
    return SCALAR, {"value": annotation}, None


def _without_required(hint: Any) -> Any:
    if get_origin(hint) is typing.NotRequired:
        return get_args(hint)[0] | None if get_args(hint)[0] is not Any else Any
    return get_args(hint)[0] if get_origin(hint) is typing.Required else hint


def _results(hints: dict[str, Any], documentation: Documented) -> tuple[int, list[Any]]:
    if "return" not in hints:
        raise _Bad("it does not say what it returns: write -> None if it returns nothing")
    with _within("its result"):
        how, fields, source = _result_fields(hints["return"])
    helps = documented(source.__doc__).params if source is not None else {}
    results = []
    optional = set(getattr(source, "__optional_keys__", ()))
    for name, hint in fields.items():
        with _within(f"result '{name}'"):
            shape = shape_of(hint)
            if shape.kind == VIEW:
                shape.kind = BYTES
            shape.optional = shape.optional or name in optional
            text = helps.get(name, "") if source is not None else documentation.returns
            results.append((_field(name, shape, 0, None, text), shape.converter()))
    return how, results


# --- tasks ---


class _within:
    """Puts a place before the message of a _Bad."""

    def __init__(self, place: str) -> None:
        self.place = place

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        if isinstance(error, _Bad) and not isinstance(error, _BadPart):
            raise _BadPart(f"{self.place}: {error}", self.place) from None


class _BadPart(_Bad):
    def __init__(self, message: str, place: str) -> None:
        super().__init__(message)
        self.place = place


def _hints_of(source: Any) -> dict[str, Any]:
    try:
        return typing.get_type_hints(source, include_extras=True)
    except NameError as error:
        raise _Bad(f"an annotation uses a name that does not exist: {error}") from None
    except Exception as error:
        raise _Bad(f"its annotations cannot be read: {type(error).__name__}: {error}") from None


def _groups(given: Any) -> str | None:
    if not given:
        return None
    groups = [list(given)] if all(isinstance(each, str) for each in given) else [list(each) for each in given]
    return _json(groups)


def _worker_functions(worker: Callable[[], Any] | None) -> tuple[Any, Any] | tuple[None, None]:
    if worker is None:
        return None, None
    from . import _workers

    return _workers.opener(worker), _workers.close


def _describe_task(task: _tasks.Task) -> tuple[Any, ...]:
    function = _unwrapped(task.function)
    code = _code_of(function)
    name = task.name if task.name is not None else function.__name__
    if not name or not _is_name(name.replace("-", "_")):
        raise _Bad("a name is [a-z][a-z0-9_]*; choose one with @ropewalk.task(name=...)")
    if task.executor is not None and task.executor not in EXECUTORS:
        raise _Bad(f"'{task.executor}' is no executor; there are {', '.join(EXECUTORS)}")
    if task.worker is not None and not callable(task.worker):
        raise _Bad("its worker is no function")
    documentation = documented(function.__doc__)
    hints = _hints_of(function)
    if task.worker is not None and code.co_argcount:
        hints.pop(code.co_varnames[0], None)
    params, positional, only_named = _params(task, function, hints, documentation)
    how, results = _results(hints, documentation)
    flags = (THREAD_SAFE if task.thread_safe else 0) | (0 if task.repeatable else NOT_REPEATABLE) | (STOPS if task.stops else 0)
    opens, closes = _worker_functions(task.worker)
    return (name, task.summary or documentation.summary, task.executor, flags, _groups(task.exactly_one), task.function,
            params, only_named, how, results, opens, closes, code.co_filename.rpartition("/")[2])


def _line_of(task: _tasks.Task, part: str, path: str, source: bytes) -> int:
    """Of the parameter that a message is about, or else of the function."""
    code = getattr(_unwrapped(task.function), "__code__", None)
    if code is None:
        return 0
    line = int(code.co_firstlineno)
    if code.co_filename != path:
        return line
    import ast

    kind, _, name = part.partition(" ")
    name = name.strip("'")
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
        if first != line:
            continue
        line = node.lineno
        for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
            if kind == "parameter" and argument.arg == name:
                return argument.lineno
        break
    return line


def _own_tasks(module: types.ModuleType) -> Iterator[_tasks.Task]:
    """Those that the file defines, and those that it imports by name."""
    names = {id(value) for value in vars(module).values()}
    for task in _tasks.tasks:
        if getattr(task.function, "__module__", None) == module.__name__ or id(task.function) in names:
            yield task


def _bad_task(task: _tasks.Task, error: _Bad, path: str, source: bytes) -> BadTask:
    function = _unwrapped(task.function)
    name = task.name or getattr(function, "__name__", "?")
    place = error.place if isinstance(error, _BadPart) else ""
    line = _line_of(task, place, path, source)
    code = getattr(function, "__code__", None)
    file = code.co_filename.rpartition("/")[2] if code is not None else path.rpartition("/")[2]
    return BadTask(f"{file}:{line}: task '{name}': {error}", ["see sdk/python/README.md"])


def describe(module: types.ModuleType, path: str, source: bytes) -> dict[str, Any]:
    """What the host declares. Raises BadTask."""
    described: list[tuple[Any, ...]] = []
    first: dict[str, _tasks.Task] = {}
    for task in _own_tasks(module):
        try:
            made = _describe_task(task)
            if made[0] in first:
                other = _line_of(first[made[0]], "", path, source)
                raise _Bad(f"line {other} defines a task of that name too")
        except _Bad as error:
            raise _bad_task(task, error, path, source) from None
        first[made[0]] = task
        described.append(made)
    if not described:
        raise BadTask("it has no tasks", ["put @ropewalk.task() above a function"])
    if len(described) > MAX_TASKS:
        raise BadTask(f"it has {len(described)} tasks, and a file may have {MAX_TASKS}", ["use several files"])
    version = getattr(module, "__version__", None)
    return {"version": version if isinstance(version, str) and version else "0.0.0", "tasks": described}
