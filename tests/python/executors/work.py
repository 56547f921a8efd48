"""Functions that the tests submit."""

import ctypes
import os
import signal
import sys
import threading
import time


def multiply(x, y):
    return x * y


def crash_at(n, which):
    if n == which:
        ctypes.string_at(0)  # the line that the test looks for
    return n


def kill_itself():
    os.kill(os.getpid(), signal.SIGKILL)


def exit_now(code):
    os._exit(code)


def sleep():
    time.sleep(600)


def lock():
    held = threading.Lock()
    held.acquire()
    held.acquire()


def loop():
    while True:
        pass


def hang(how, begun):
    """Says that it has begun, in a file, before it hangs."""
    with open(begun, "a") as file:
        print(os.getpid(), file=file)
    {"sleep": sleep, "lock": lock, "loop": loop}[how]()


def refuse_to_stop(begun):
    """Adds a line to the file when it runs and one when it is asked to stop, and sleeps on."""
    import ropewalk
    for word in ("runs", "asked"):
        try:
            with open(begun, "a") as file:
                print(word, file=file)
            time.sleep(3600)
        except ropewalk.Cancelled:
            pass


def touch_and_sleep(begun):
    hang("sleep", begun)


def fail_until(path, attempts):
    """Fails so often, then returns how often it was called."""
    with open(path, "a") as file:
        print("called", file=file)
    with open(path) as file:
        calls = len(file.readlines())
    if calls <= attempts:
        raise ConnectionError(f"call {calls}")
    return calls


def say(n):
    print(f"line {n}")
    return n


def say_and_crash(n):
    print(f"line {n}")
    ctypes.string_at(0)


def facts_of(array):
    return float(array.sum()), bool(array.flags.writeable), array.base is not None


def change(array):
    array[0] += 1
    return array


def size_of(data):
    return type(data).__name__, bytes(data[:5]), len(data)


class Stubborn(Exception):
    def __init__(self, first, second):
        super().__init__("it is stubborn")


def raise_stubborn():
    raise Stubborn(1, 2)


def raise_chained():
    try:
        {}["no such key"]
    except KeyError as error:
        raise ValueError("chained") from error


def set_variable(n):
    os.environ[f"ROPEWALK_TEST_{n}"] = "set"
    return n


def pid():
    return os.getpid()


def thread_and_pid():
    time.sleep(0.01)
    return os.getpid(), threading.get_ident()


STATE = []


def initialize(value):
    STATE.append(value)


def state():
    return list(STATE)


def argv():
    return sys.argv
