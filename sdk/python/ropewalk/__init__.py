"""Tasks for Ropewalk, written in Python. A file with tasks is a plugin: sdk/python/README.md.

Names are imported when they are first used, so that the process that runs tasks loads nothing else.
"""

TYPE_CHECKING = False  # as type checkers know it; typing itself takes a third of the start of the interpreter

# Every public name, with the module that defines it. The imports below are the same for type checkers.
_PUBLIC = {
    "as_completed_async": "_async",
    "Buffer": "_types",
    "Call": "_call",
    "call": "_call",
    "Cancelled": "_failures",
    "Counts": "_runs",
    "Diagnostic": "_diagnostics",
    "DiagnosticError": "_diagnostics",
    "ExitCode": "_failures",
    "fake_call": "_fake",
    "FakeCall": "_fake",
    "Help": "_types",
    "InputFile": "_types",
    "LogHandler": "_logging",
    "NoRoom": "_failures",
    "open_record": "_runs",
    "OutputFile": "_types",
    "Permanent": "_failures",
    "ProcessExecutor": "_executors",
    "Range": "_types",
    "Result": "_runs",
    "Row": "_runs",
    "run": "_runs",
    "Seconds": "_types",
    "Secret": "_types",
    "share": "_share",
    "Shared": "_share",
    "Size": "_types",
    "Stage": "_runs",
    "StreamText": "_types",
    "task": "_tasks",
    "TaskCrashed": "_outcomes",
    "TaskFailed": "_outcomes",
    "TaskLost": "_outcomes",
    "TaskNotRead": "_outcomes",
    "TaskOutOfMemory": "_outcomes",
    "TaskTimedOut": "_outcomes",
    "ThreadExecutor": "_executors",
    "Transient": "_failures",
    "Unit": "_types",
}

if TYPE_CHECKING:
    from ._async import as_completed_async as as_completed_async
    from ._call import Call as Call, call as call
    from ._diagnostics import Diagnostic as Diagnostic, DiagnosticError as DiagnosticError
    from ._executors import ProcessExecutor as ProcessExecutor, ThreadExecutor as ThreadExecutor
    from ._failures import (
        Cancelled as Cancelled,
        ExitCode as ExitCode,
        NoRoom as NoRoom,
        Permanent as Permanent,
        Transient as Transient,
    )
    from ._fake import FakeCall as FakeCall, fake_call as fake_call
    from ._logging import LogHandler as LogHandler
    from ._outcomes import (
        TaskCrashed as TaskCrashed,
        TaskFailed as TaskFailed,
        TaskLost as TaskLost,
        TaskNotRead as TaskNotRead,
        TaskOutOfMemory as TaskOutOfMemory,
        TaskTimedOut as TaskTimedOut,
    )
    from ._runs import (
        Counts as Counts,
        Result as Result,
        Row as Row,
        Stage as Stage,
        open_record as open_record,
        run as run,
    )
    from ._share import Shared as Shared, share as share
    from ._tasks import task as task
    from ._types import (
        Buffer as Buffer,
        Help as Help,
        InputFile as InputFile,
        OutputFile as OutputFile,
        Range as Range,
        Seconds as Seconds,
        Secret as Secret,
        Size as Size,
        StreamText as StreamText,
        Unit as Unit,
    )

else:

    def __getattr__(name):
        module = _PUBLIC.get(name)
        if module is None:
            raise AttributeError(f"module 'ropewalk' has no attribute {name!r}")
        import importlib

        value = getattr(importlib.import_module("." + module, __name__), name)
        globals()[name] = value
        return value

    def __dir__():
        return sorted({*globals(), *_PUBLIC})
