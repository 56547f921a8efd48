"""``logging`` in a task. Apart, because ``logging`` takes longer to import than everything else here."""

from __future__ import annotations

import logging

from ._call import Call, call


class LogHandler(logging.Handler):
    """Puts records of ``logging`` in the log of the task that runs on the thread. Others go to standard error."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = self.format(record)
            current = _current()
            if current is not None:
                current.log(text, record.levelno)
            elif logging.lastResort is not None:
                logging.lastResort.handle(record)
        except Exception:
            self.handleError(record)


def _current() -> Call | None:
    try:
        return call()
    except RuntimeError:
        return None
