"""ropewalk.run() and ropewalk.open_record(): workflows, and what became of them."""

from __future__ import annotations

import html
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

from . import _engine
from ._progress import Style, view_of
from ._programs import programs_folder


@dataclass(frozen=True, slots=True)
class Row:
    """One task of a stage."""

    index: int
    """Of the task in its stage, from 0."""
    item: Any
    """What ``foreach`` made it for; None: the stage has no ``foreach``."""
    outcome: str
    """``"succeeded"``, ``"failed"``, ``"crashed"``, ``"timed_out"``, ..."""
    value: Any
    """Its result, a dict of fields; None unless it succeeded."""
    message: str
    """Why it did not succeed; else empty."""
    evidence: str
    """Of a crash: address, stack, the last lines that it printed."""

    @property
    def ok(self) -> bool:
        return self.outcome == "succeeded"


@dataclass(frozen=True)
class Counts:
    """How many tasks ended in which way."""

    succeeded: int = 0
    failed: int = 0
    skipped: int = 0
    cancelled: int = 0
    not_started: int = 0

    @property
    def all(self) -> int:
        return self.succeeded + self.failed + self.skipped + self.cancelled + self.not_started


class Stage(Sequence[Row]):
    """The rows of a stage by index, and how it ended. Rows are read when they are first used."""

    def __init__(self, run: _engine.FinishedRun, number: int, facts: Mapping[str, Any]) -> None:
        self._run = run
        self._number = number
        self._rows: list[Row] | None = None
        self.facts: Mapping[str, Any] = facts
        """What ``--json`` says of the stage."""
        self.name: str = facts["name"]
        self.outcome: str = facts["outcome"]

    @property
    def counts(self) -> Counts:
        return _counts_of([self.facts])

    @property
    def ok(self) -> bool:
        return self.outcome == "succeeded"

    def _read(self) -> list[Row]:
        if self._rows is None:
            self._rows = [Row(*row) for row in self._run.rows(self._number)]
        return self._rows

    def __len__(self) -> int:
        return len(self._read())

    def __iter__(self) -> Iterator[Row]:
        return iter(self._read())

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        return self._read()[index]

    def __repr__(self) -> str:
        return f"<stage {self.name!r}: {self.outcome}, {self.counts.all} tasks>"


class Result(Mapping[str, Stage]):
    """How a run ended: a mapping from names of stages to their rows."""

    def __init__(self, run: _engine.FinishedRun) -> None:
        self._run = run
        self.facts: Mapping[str, Any] = json.loads(run.json())
        """The document of ``--json``."""
        self.id, self.workflow, self.outcome, self.why, record, self.record_error, self.exit_code = run.facts()
        self.record: Path | None = Path(record) if record else None
        """The folder of its record; None: it was not recorded."""
        self.warnings: list[str] = run.warnings()
        stages = self.facts["stages"]
        self._stages = {facts["name"]: Stage(run, number, facts) for number, facts in enumerate(stages)}

    @property
    def ok(self) -> bool:
        """Whether all tasks succeeded."""
        return self.exit_code == 0

    @property
    def counts(self) -> Counts:
        """Of the tasks of all stages."""
        return _counts_of(self.facts["stages"])

    def __getitem__(self, stage: str) -> Stage:
        try:
            return self._stages[stage]
        except KeyError:
            raise KeyError(f"the run has no stage {stage!r}; it has: {', '.join(self._stages)}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._stages)

    def __len__(self) -> int:
        return len(self._stages)

    def __str__(self) -> str:
        return self._run.summary()

    def __repr__(self) -> str:
        return f"<run {self.id}: {self.outcome}, {self.counts.succeeded} of {self.counts.all} tasks succeeded>"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def _counts_of(stages: Iterable[Mapping[str, Any]]) -> Counts:
    names = Counts.__dataclass_fields__
    return Counts(**{name: sum(int(stage.get(name, 0)) for stage in stages) for name in names})


def _setting(value: Any) -> str:
    """A param, as ``--set`` takes it."""
    if isinstance(value, str):
        return value
    if isinstance(value, os.PathLike):
        return os.fsdecode(value)
    if isinstance(value, (list, tuple, dict)):
        return json.dumps(value, default=os.fspath)
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    return str(value)


def run(
    workflow: str | os.PathLike[str],
    *,
    executor: str | None = None,
    executors: Mapping[str, str] | None = None,
    stages: Iterable[str] = (),
    jobs: int = 0,
    plugin_folders: Iterable[str | os.PathLike[str]] = (),
    python: str | os.PathLike[str] | None = None,
    record: str | os.PathLike[str] | None = None,
    grace: float = 10,
    progress: Style = "auto",
    set: Mapping[str, Any] | None = None,
    **params: Any,
) -> Result:
    """Runs a workflow file, and returns how it ended. A failed task is no exception: see ``Result.ok``.

    Ctrl-C requests running tasks to stop, and kills them after ``grace`` seconds or at the second Ctrl-C. Then
    KeyboardInterrupt is raised.

    Args:
        workflow: the YAML file.
        executor: of all stages that have none of their own on the list ``executors``.
        executors: by the name of the stage.
        stages: only these and those that they wait for.
        jobs: tasks at once over all stages; 0: no limit.
        plugin_folders: are searched first for plugins.
        python: the interpreter of tasks in Python whose stage names none; default: this one.
        record: the folder below which the run is recorded, such as ".ropewalk"; None: it is not.
        progress: "auto" shows it in terminals and notebooks; "text", "html", "none".
        set: params by name, for names that this function has too.
        **params: of the workflow.

    Raises:
        DiagnosticError: the workflow cannot be run. Nothing was.
    """
    chosen = dict(executors or {})
    if executor is not None:
        chosen.setdefault("", executor)
    view = view_of(progress)
    options: dict[str, Any] = {
        "file": os.fspath(workflow),
        "set": [f"{name}={_setting(value)}" for name, value in {**(set or {}), **params}.items()],
        "executors": chosen,
        "stages": list(stages),
        "jobs": jobs,
        "plugin_folders": [os.fspath(folder) for folder in plugin_folders],
        "programs": programs_folder(),
        "python": os.fspath(python or sys.executable),
        "grace": grace,
    }
    if record is not None:
        options["record"] = os.fspath(record)
    if view is not None:
        options.update(width=view.width, height=view.height, live=view.live or None)
    try:
        return Result(_engine.run(options, view))
    finally:
        if view is not None:
            view.close()


def open_record(run: str | os.PathLike[str] = "latest", *, root: str | os.PathLike[str] = ".ropewalk") -> Result:
    """Reads a recorded run: its name, the beginning of it, "latest", or the path of its folder or ``run.db``.

    Raises:
        DiagnosticError: there is no such run, or it cannot be read.
    """
    word = os.fspath(run)
    if isinstance(run, os.PathLike) and "/" not in word:
        word = "./" + word
    return Result(_engine.open_run(os.fspath(root), word))
