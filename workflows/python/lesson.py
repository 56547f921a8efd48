"""What the workflows of this folder run, and what side_by_side.py gives to concurrent.futures."""

import ctypes
import time
from dataclasses import dataclass
from typing import Annotated, Literal

import ropewalk


@dataclass
class Waited:
    seconds: float


@dataclass
class Counted:
    start: int
    stop: int
    primes: int


@ropewalk.task(thread_safe=True)
def wait(seconds: Annotated[float, ropewalk.Range(0, 3600)]) -> Waited:
    """Waits, as a download, a database or a disk lets a program wait.

    Args:
        seconds: how long
    """
    time.sleep(seconds)
    return Waited(seconds)


@ropewalk.task(thread_safe=True)
def count_primes(start: int, stop: int) -> Counted:
    """Counts the primes of a range, in plain Python.

    Args:
        start: the first number
        stop: the number behind the last one
    """
    primes = 0
    for number in range(max(start, 2), stop):
        divisor = 2
        while divisor * divisor <= number and number % divisor:
            divisor += 1
        primes += divisor * divisor > number
    return Counted(start, stop, primes)


@ropewalk.task(thread_safe=True)
def misbehave(how: Literal["well", "raise", "crash", "hang"]) -> str:
    """Succeeds, raises an exception, crashes its process or never ends.

    Args:
        how: what it does
    """
    if how == "raise":
        raise ValueError("this task raises")
    if how == "crash":
        ctypes.string_at(0)
    if how == "hang":
        time.sleep(1_000_000)
    return how
