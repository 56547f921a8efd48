"""Futures in asyncio."""

from __future__ import annotations

import asyncio
import collections
import threading
from collections.abc import AsyncIterator, Iterable
from concurrent.futures import Future
from typing import Any, TypeVar

_T = TypeVar("_T")


async def as_completed_async(futures: Iterable[Future[_T]], *, timeout: float | None = None) -> AsyncIterator[Future[_T]]:
    """Yields futures as their tasks end, without blocking the event loop: ``async for future in ...``.

    Raises:
        TimeoutError: not all have ended after ``timeout`` seconds.
    """
    left = set(futures)
    loop = asyncio.get_running_loop()
    ended: collections.deque[Future[_T]] = collections.deque()
    lock = threading.Lock()
    rung = False
    bell = asyncio.Event()

    def ring() -> None:
        nonlocal rung
        with lock:
            rung = False
        bell.set()

    def add(future: Future[_T]) -> None:
        nonlocal rung
        ended.append(future)
        with lock:
            if rung:
                return
            rung = True
        try:
            loop.call_soon_threadsafe(ring)
        except RuntimeError:  # the loop is closed: nobody waits any more
            pass

    for future in left:
        future.add_done_callback(add)
    deadline: Any = None if timeout is None else loop.time() + timeout
    while left:
        while not ended:
            bell.clear()
            if ended:
                break
            remaining = None if deadline is None else max(0.0, deadline - loop.time())
            try:
                await asyncio.wait_for(bell.wait(), remaining)
            except asyncio.TimeoutError:
                raise TimeoutError(f"{len(left)} futures have not ended") from None
        future = ended.popleft()
        left.discard(future)
        yield future
