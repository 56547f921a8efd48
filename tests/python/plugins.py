"""Python files as plugins, run by the program.

    plugins.py CHECK ROPEWALK
"""
import base64
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys

from running import PATIENCE, contains, equal, lacks, main

EVERY_EXECUTOR = ("serial", "thread", "process", "thread-per-task", "process-per-task")


def example(place):
    """The example of the issue: what it declares, and what it returns on every executor."""
    place.write("tasks.py", '''
@dataclass
class Resized:
    """A picture.

    Attributes:
        out: where it is
    """
    out: Path
    width: int

@ropewalk.task(thread_safe=True)
def resize(path: Annotated[Path, ropewalk.InputFile], width: Annotated[int, ropewalk.Range(1, 10000), ropewalk.Unit("px")] = 640,
           mode: Literal["box", "cubic"] = "cubic") -> Resized:
    """Resizes a picture. It keeps its name.

    Args:
        path: what to read
        width: of the result
    """
    return Resized(path.with_suffix(".out"), width)
''')
    shown, _ = place.run("plugins", "show", "tasks", "--plugins", ".")
    contains(shown, "tasks.resize: Resizes a picture.\n", "thread-safe", "path   path  required", "what to read",
             'width  int   default 640; 1..10000; in px', 'mode   text  default "cubic"; one of box, cubic', "out    path    where it is")
    for executor in EVERY_EXECUTOR:
        results, _ = place.task("tasks.resize", executor, foreach=["a.png", "b.png"], **{"with": {"path": "${{ item }}"}})
        equal([result["value"] for result in results], [{"out": "a.out", "width": 640}, {"out": "b.out", "width": 640}], executor)
    _, err = place.task("tasks.resize", code=3, **{"with": {"path": "a", "widht": 3, "mode": "boxy"}})
    contains(err, "did you mean 'width'?", "boxy")


def types(place):
    """Each type of a workflow as a parameter, as a default and as a result."""
    place.write("kinds.py", '''
from enum import Enum
class Mode(Enum):
    BOX = "box"
    CUBIC = "cubic"
@ropewalk.task
def name_types(a: bool = True, b: bytes = b"xy", c: memoryview = memoryview(b"v"), d: ropewalk.Size = ropewalk.Size(5),
               e: ropewalk.Seconds = 1.5, f: Mode = Mode.BOX, g: dict[str, list[int]] = {}, h: Any = None, i: Optional[int] = None,
               j: timedelta = timedelta(minutes=1), k: float = 2.5, l: int | None = 3, m: list[Path] = [], n: bytearray = bytearray(b"1"),
               *, o: tuple[int, ...] = (1,)) -> list[str]:
    return [type(each).__name__ for each in (a, b, c, d, e, f, g, h, i, j, k, l, m, n, o)]
@ropewalk.task
def echo(a: bool, b: bytes, c: memoryview, d: ropewalk.Size, e: ropewalk.Seconds, f: Mode, g: dict[str, list[int]], h: Any,
         j: timedelta, k: float, m: list[Path], p: dict[str, timedelta]) -> Any:
    assert isinstance(m[0], Path) and isinstance(p["x"], timedelta)
    return {"a": a, "b": b, "c": bytes(c), "d": d, "e": e, "f": f, "g": g, "h": h, "j": j, "k": k, "m": m, "p": p}
class Row(TypedDict):
    name: str
    extra: NotRequired[int]
@ropewalk.task
def row(whole: bool) -> Row:
    return {"name": "n", "extra": 2} if whole else {"name": "n"}
class Pair(NamedTuple):
    first: int
    second: list[float]
    third: Mode
@ropewalk.task
def pair() -> Pair:
    return Pair(1, [1, 2.5], Mode.CUBIC)
@ropewalk.task
def nothing(a: int = 1) -> None: pass
@ropewalk.task
def each(a: int) -> int: return -a
@ropewalk.task
def big() -> int: return 1 << 63
''')
    names, _ = place.task("kinds.name_types")
    equal(names[0]["value"]["value"], ["bool", "bytes", "memoryview", "Size", "float", "Mode", "dict", "NoneType", "NoneType", "timedelta",
                                       "float", "int", "list", "bytearray", "tuple"])
    given = {"a": False, "b": "bytes", "c": "view", "d": "2KiB", "e": "1m", "f": "cubic", "g": {"x": [1, 2]}, "h": {"p": [1, "t", {"u": 1.5}]},
             "j": "1h", "k": 3, "m": ["x/y"], "p": {"x": "1.5s"}}
    results, _ = place.task("kinds.echo", **{"with": given})
    value = results[0]["value"]["value"]
    text = lambda each: {"base64": base64.b64encode(each.encode()).decode()}
    equal(value, {**given, "b": text("bytes"), "c": text("view"), "d": 2048, "e": 60.0, "j": 3600.0, "k": 3.0, "p": {"x": 1.5}})
    equal(place.task("kinds.row", **{"with": {"whole": False}})[0][0]["value"], {"name": "n", "extra": None})
    equal(place.task("kinds.row", **{"with": {"whole": True}})[0][0]["value"], {"name": "n", "extra": 2})
    equal(place.task("kinds.pair")[0][0]["value"], {"first": 1, "second": [1.0, 2.5], "third": "cubic"})
    equal(place.task("kinds.nothing")[0][0]["value"], {})
    least = -(1 << 63) + 1
    equal(place.task("kinds.each", **{"with": {"a": least}})[0][0]["value"], {"value": -least})
    _, err = place.task("kinds.big", code=1)
    contains(err, "s/0 failed: the result 'value' cannot be taken: the int does not fit into 64 bits with a sign")


def results(place):
    """What is no result that the task declares fails the task, and names the field."""
    place.write("wrong.py", '''
@ropewalk.task
def text() -> int: return "text"
@ropewalk.task
def none() -> int: return None
@ropewalk.task
def some() -> None: return 3
@dataclass
class Two:
    a: int
    b: str
@ropewalk.task
def half() -> Two: return 3
@ropewalk.task
def unordered() -> Any: return {"a": {1, 2}}
@ropewalk.task
def keys() -> Any: return {1: 2}
@ropewalk.task
def infinite() -> float: return float("inf")
@ropewalk.task
def deep() -> Any:
    value = []
    for _ in range(100): value = [value]
    return value
''')
    for task, why in {"text": "'value' cannot be taken: an int is expected, not 'text' (str)",
                      "none": "'value' cannot be taken: an int is expected, not None (NoneType)",
                      "some": "it is annotated with -> None, and returned a value",
                      "half": "'a' cannot be taken: 'int' object has no attribute 'a'",
                      "unordered": "'value' cannot be taken: a set has no order; return sorted(...)",
                      "keys": "'value' cannot be taken: a map with keys of type str is expected, not 1 (int)",
                      "infinite": "a number that is not finite",
                      "deep": "nested more than 64 deep"}.items():
        _, err = place.task("wrong." + task, code=1, retries=2)
        contains(err, why)
        contains(err, "0 of 1 task succeeded")


def call(place):
    """ropewalk.call() on the task's thread, on another one, and outside of a task."""
    place.write("calls.py", '''
import threading, time, logging
@ropewalk.task(thread_safe=True)
def properties() -> list[Any]:
    call = ropewalk.call()
    call.progress(0.5, "half")
    call.log("a line"); call.log("look", 30)
    there = []
    def on_thread():
        there.append((call.cancelled(), call.wait(0)))
        call.log("from a thread")
        try: ropewalk.call()
        except RuntimeError as error: there.append(str(error)[:33])
    thread = threading.Thread(target=on_thread); thread.start(); thread.join()
    left = call.deadline - time.monotonic()
    return [call.index, call.attempt, call.stage, len(call.run_id) > 3, 0 < left <= 3600, call.wait(timedelta(milliseconds=1)), *there]
@ropewalk.task
def logs() -> None:
    logger = logging.getLogger("mine")
    logger.setLevel(logging.DEBUG)
    logger.addHandler(ropewalk.LogHandler())
    logger.error("with %s", "arguments")
    logger.debug("detail")
    logger.handlers.clear()
''')
    for executor in ("process", "thread"):
        found, err = place.task("calls.properties", executor, timeout="1h", words=["-v"])
        equal(found[0]["value"]["value"], [0, 1, "s", True, True, False, [False, False], "ropewalk.call() is for a running "])
        contains(err, "s/0 | a line\n", "s/0 | warning: look\n", "s/0 | from a thread\n")
    _, err = place.task("calls.logs", words=["-vv"])
    contains(err, "s/0 | error: with arguments\n", "detail")


def workers(place):
    """What a worker sets up is made once for it, given to each task, and put away."""
    place.write("setup.py", '''
import os
def counter():
    yield {"n": 0}
    Path("closed").write_text("closed")
@ropewalk.task(worker=counter)
def count(counter: dict, by: int = 1) -> int:
    counter["n"] += by
    return counter["n"]
class Manager:
    def __enter__(self): return self
    def __exit__(self, *_): Path("left").write_text("left")
@ropewalk.task(worker=Manager)
def managed(manager: Manager) -> str: return type(manager).__name__
def broken(): raise OSError("no database")
@ropewalk.task(worker=broken)
def never(database: Any) -> None: pass
''')
    found, _ = place.task("setup.count", "serial", foreach={"range": 4}, **{"with": {"by": 2}})
    equal([each["value"]["value"] for each in found], [2, 4, 6, 8])
    equal((place.folder / "closed").read_text(), "closed")
    equal(place.task("setup.managed")[0][0]["value"], {"value": "Manager"})
    equal((place.folder / "left").read_text(), "left")
    _, err = place.task("setup.never", code=1)
    contains(err, "s/0 failed: OSError: no database (setup.py:", "in broken)")


def exceptions(place):
    """An exception is a failure with its type, text and line; each special one has its outcome."""
    place.write("raises.py", '''
import sys, os, json, signal, time
@ropewalk.task(thread_safe=True)
def divide(n: int) -> int:
    def inner(k): return 1 // k
    return inner(n)
@ropewalk.task
def library() -> None: json.loads("{")
@ropewalk.task
def cause() -> None:
    try: {}["a"]
    except KeyError as error: raise ValueError("no a") from error
@ropewalk.task
def transient() -> None: raise ropewalk.Transient("busy")
@ropewalk.task
def permanent() -> None: raise ropewalk.Permanent("never")
@ropewalk.task
def code() -> None: raise ropewalk.ExitCode(3, "it exited")
@ropewalk.task
def leave(status: int) -> None: sys.exit(status)
@ropewalk.task
def interrupted() -> None:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(3600)
@ropewalk.task
def memory() -> int: return len(bytearray(1 << 30))
@ropewalk.task
def deep() -> int:
    def f(): return f()
    return f()
@ropewalk.task(thread_safe=True)
def deep_in_c() -> int:
    class Same:
        def __repr__(self): return repr(self)
    return len(repr(Same()))
class Odd(Exception):
    def __str__(self): raise OSError("odd")
@ropewalk.task
def odd() -> None: raise Odd()
@ropewalk.task
def surrogate() -> None:
    ropewalk.call().log("\\udcff")
    raise ValueError("\\udcff")
@ropewalk.task
def noted() -> None:
    error = ValueError("text")
    error.add_note("and a note")
    raise error
''')
    for executor in EVERY_EXECUTOR:
        _, err = place.task("raises.divide", executor, code=1, **{"with": {"n": 0}})
        contains(err, "s/0 failed: ZeroDivisionError: integer division or modulo by zero (raises.py:10 in inner)\n",
                 "| Traceback (most recent call last):\n", '/raises.py", line 10, in inner\n')
        lacks(err, "_boot.py", "_host")
    messages = {"library": "json.decoder.JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 (char 1) (raises.py:13 in library)",
                "cause": "ValueError: no a (raises.py:17 in cause)", "transient": "busy", "permanent": "never", "code": "it exited",
                "interrupted": "KeyboardInterrupt: the host received SIGINT (raises.py:", "deep": "RecursionError: maximum recursion depth exceeded (raises.py:",
                "surrogate": "ValueError: \\udcff (raises.py:",
                "odd": "raises.Odd: <its text cannot be made: OSError> (raises.py:", "noted": "ValueError: text\\nand a note (raises.py:"}
    for task, message in messages.items():
        _, err = place.task("raises." + task, code=1)
        if message not in err:
            contains(err.replace("\n", "\\n"), message)
    _, err = place.task("raises.cause", code=1)
    contains(err, "KeyError: 'a'", "The above exception was the direct cause")
    for executor in ("process", "thread"):
        contains(place.task("raises.deep_in_c", executor, code=1)[1], "s/0 failed: RecursionError: maximum recursion depth exceeded")
    contains(place.task("raises.leave", code=1, **{"with": {"status": 0}})[1], "s/0 failed: SystemExit: sys.exit(0) was called (raises.py:")
    _, err = place.task("raises.leave", code=1, retries={"max": 1, "when": [{"exit": [7]}]}, words=["-v"], **{"with": {"status": 7}})
    contains(err, "1 retried") if "1 retried" in err else contains(err, "attempt 2")
    found, err = place.task("raises.memory", code=1, limits={"memory": "256MiB"})
    equal(found[0]["outcome"], "out_of_memory")


def crash(place):
    """A C extension that crashes is named with signal, address and the lines of Python; other tasks keep their results."""
    place.write("crashes.py", '''
import ctypes, sys, os, faulthandler
faulthandler.enable()
@ropewalk.task(thread_safe=True)
def crash(n: int) -> int:
    if n == 7:
        print("last words", end="")
        sys.stderr.write("part of a line")
        return touch()
    return n
def touch() -> int:
    return ctypes.string_at(0)
@ropewalk.task
def leave(n: int) -> int: os._exit(n)
''')
    for executor in EVERY_EXECUTOR:
        found, err = place.task("crashes.crash", executor, code=1, foreach={"range": 20}, **{"with": {"n": "${{ item }}"}})
        equal([each["outcome"] for each in found], ["succeeded"] * 7 + ["crashed"] + ["succeeded"] * 12, executor)
        contains(err, "s/7 crashed by SIGSEGV", "read address 0x0 (a null pointer)", 'crashes.py", line 17 in touch', 'crashes.py", line 14 in crash')
        lacks(err, "_PyEval_Eval", "_boot.py", "the stack is damaged")
        if executor in ("serial", "process", "process-per-task"):
            contains(err, "| last words", "part of a line")
    contains(place.task("crashes.leave", code=1, **{"with": {"n": 3}})[1], "s/0 exited")


def stops(place):
    """A timeout ends loops, sleeping and waiting tasks as timed out, and their `finally` runs; so does a request to stop."""
    place.write("slow.py", '''
import threading, time
@ropewalk.task
def sleep() -> None:
    try: time.sleep(3600)
    finally: print("cleaned up")
@ropewalk.task(thread_safe=True)
def loop() -> None:
    while True: pass
@ropewalk.task
def lock() -> None:
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()
@ropewalk.task
def wrapped() -> None:
    try: time.sleep(3600)
    except BaseException as error: raise RuntimeError("wrapped") from error
@ropewalk.task
def twice() -> None:
    try: time.sleep(3600)
    finally:
        time.sleep(0.2)
        print("undisturbed")
@ropewalk.task(stops=True)
def polite() -> None:
    call = ropewalk.call()
    while not call.wait(0.01): pass
    print("noticed")
    raise ropewalk.Cancelled
@ropewalk.task
def waits() -> None: ropewalk.call().wait(3600)
@ropewalk.task
def handler() -> bool:
    import signal, os
    seen = []
    signal.signal(signal.SIGUSR2, lambda *_: seen.append(1))
    os.kill(os.getpid(), signal.SIGUSR2)
    return bool(seen)
''')
    for executor in ("process", "process-per-task", "serial"):
        for task, printed in {"sleep": "| cleaned up", "loop": "", "lock": "", "wrapped": "", "twice": "| undisturbed", "polite": "| noticed", "waits": ""}.items():
            found, err = place.task("slow." + task, executor, code=1, timeout="200ms")
            equal(found[0]["outcome"], "timed_out", task)
            contains(err, "s/0 timed out: the task ran longer than its timeout of 200 ms", printed)
            lacks(err, "killed")
    for executor in ("thread", "thread-per-task"):
        found, err = place.task("slow.loop", executor, code=1, timeout="200ms", foreach={"range": 2}, workers=2)
        equal([each["outcome"] for each in found], ["timed_out"] * 2)
        lacks(err, "killed")
    equal(place.task("slow.handler", "serial")[0][0]["value"], {"value": True})


def cancelled(place):
    """Ctrl-C of the program ends tasks that sleep, wait for a lock or compute, and their `finally` runs. Hosts are in
    groups of their own, so a terminal's signal does not reach them."""
    place.write("busy.py", '''
import os, threading, time
@ropewalk.task
def busy(how: str) -> None:
    Path(how).write_text(f"{os.getpid()} {os.getpgrp()}")
    lock = threading.Lock()
    lock.acquire()
    try:
        if how == "sleep": time.sleep(3600)
        if how == "lock": lock.acquire()
        while True: pass
    finally:
        Path(how + ".ended").write_text("ended")
''')
    for how in ("sleep", "lock", "loop"):
        with place.start("map", "busy.busy", "--plugins", ".", "--with", "how=" + how, "--executor", "process") as program:
            while not (place.folder / how).exists() or not (place.folder / how).read_text():
                if program.poll() is not None:
                    sys.exit(program.stderr.read())
            pid, group = (place.folder / how).read_text().split()
            equal(group == str(os.getpgid(program.pid)), False, "the host is in the group of the program")
            program.send_signal(signal.SIGINT)
            _, err = program.communicate(timeout=PATIENCE)
        contains(err, "1 task cancelled while running")
        equal(program.returncode, -signal.SIGINT)
        equal((place.folder / (how + ".ended")).read_text(), "ended")
        equal(os.path.exists("/proc/" + pid), False, "the host is left")


def prints(place):
    """Each line is that of the task that printed it, however short the task is, and the part of a line too."""
    place.write("prints.py", '''
import sys, os
print("importing")
@ropewalk.task(thread_safe=True)
def say(n: int) -> None:
    print("out", n)
    sys.stderr.write(f"err {n} without an end")
    sys.stdout.buffer.write(b"raw %d\\n" % n)
@ropewalk.task
def closes() -> None:
    sys.stdout.close()
    print("still there", file=sys.stderr)
''')
    for executor in ("process", "process-per-task"):
        _, err = place.task("prints.say", executor, words=["-v"], foreach={"range": 300 if executor == "process" else 20}, workers=2,
                            **{"with": {"n": "${{ item }}"}})
        for n in range(300 if executor == "process" else 20):
            contains(err, f"s/{n} | out {n}\n", f"s/{n} | err {n} without an end", f"s/{n} | raw {n}\n")
    _, err = place.task("prints.say", "thread", words=["-v"], foreach={"range": 20}, workers=2, **{"with": {"n": "${{ item }}"}})
    for n in range(20):
        contains(err, f"out {n}\n", f"raw {n}\n")
    place.task("prints.closes", foreach={"range": 3})


def forks(place):
    """Processes of a task each have the module that was imported once, handlers of fork and of the end run."""
    place.write("forks.py", '''
import os, atexit, random
imported_by = os.getpid()
born = []
os.register_at_fork(after_in_child=lambda: born.append(os.getpid()))
atexit.register(lambda: open(f"left.{os.getpid()}", "w").write("left"))
@ropewalk.task
def where() -> list[Any]:
    return [imported_by, os.getpid(), born, random.random()]
''')
    found, _ = place.task("forks.where", "process-per-task", foreach={"range": 10}, workers=2)
    values = [each["value"]["value"] for each in found]
    parents = {value[0] for value in values}
    equal(len(parents) <= 2, True, f"imported by {parents}")
    equal(len({value[1] for value in values}), 10)
    equal(all(value[2] == [value[1]] for value in values), True, "os.register_at_fork")
    equal(len({value[3] for value in values}), 10, "each has random numbers of its own")
    for value in values:
        equal((place.folder / f"left.{value[1]}").read_text(), "left")


def ends(place):
    """A host ends as an interpreter does: handlers of atexit run, files are written."""
    place.write("ends.py", '''
import atexit, threading, time
atexit.register(lambda: Path("left").write_text("left"))
@ropewalk.task
def write() -> None:
    global kept
    kept = open("buffered", "w")
    kept.write("text")
@ropewalk.task
def hangs() -> None: atexit.register(time.sleep, 3600)
''')
    place.task("ends.write")
    equal((place.folder / "left").read_text(), "left")
    equal((place.folder / "buffered").read_text(), "text")
    place.task("ends.hangs")


def memory(place):
    """Arrays of numpy over a parameter, as a result, written in place, and kept for too long."""
    place.write("arrays.py", '''
import numpy as np
@ropewalk.task
def make(n: int) -> bytes: return np.arange(n, dtype="<i8")
@ropewalk.task
def strided(n: int) -> bytes: return np.arange(n, dtype="u1")[::2]
@ropewalk.task
def scalars() -> list[Any]: return [np.int32(1), np.float32(0.5), np.arange(2)]
@ropewalk.task
def typed() -> tuple[float, ...]: return [np.float64(1), np.int64(2)]
@ropewalk.task
def total(data: memoryview) -> int: return int(np.frombuffer(data, dtype="<i8").sum())
kept = []
@ropewalk.task
def keep(data: memoryview) -> int:
    kept.append(np.frombuffer(data, dtype="u1"))
    return 1
@ropewalk.task
def keep_view(data: memoryview) -> int:
    kept.append(data)
    return 1
@ropewalk.task
def read_only(data: memoryview) -> bool: return data.readonly
@ropewalk.task
def in_place(n: int) -> ropewalk.Buffer:
    view = ropewalk.call().buffer("value", n)
    view[:] = b"a" * n
    return ropewalk.Buffer(view)
''')
    data = {"with": {"data": "${{ stages.make.result.value }}"}}
    make = {"name": "make", "task": "arrays.make", "with": {"n": 300_000}}
    found, _ = place.stages(make, {"name": "sum", "task": "arrays.total", "executor": "process-per-task", "foreach": {"range": 3}, **data})
    equal([each["value"] for each in found[1:]], [{"value": 300_000 * 299_999 // 2}] * 3)
    _, err = place.stages(make, {"name": "keep", "task": "arrays.keep", **data}, code=1)
    contains(err, "keep/0 failed: the task has kept a view of memory that ends with it: copy what it keeps, such as bytes(view)")
    place.stages(make, {"name": "keep", "task": "arrays.keep_view", **data})
    found, _ = place.stages(make, {"name": "read", "task": "arrays.read_only", **data})
    equal(found[1]["value"], {"value": True})
    text = lambda each: {"value": {"base64": base64.b64encode(each).decode()}}
    equal(place.task("arrays.strided", **{"with": {"n": 6}})[0][0]["value"], text(b"\0\2\4"))
    for size in (0, 5, 300_000):
        equal(place.task("arrays.in_place", **{"with": {"n": size}})[0][0]["value"], text(b"a" * size))
    equal(place.task("arrays.scalars")[0][0]["value"], {"value": [1, 0.5, [0, 1]]})
    equal(place.task("arrays.typed")[0][0]["value"], {"value": [1.0, 2.0]})


def bad_files(place):
    """Each file that is no plugin is refused with one message, which names the line."""
    bad = {
        "syntax": ("def f(:\n", 6, "P110", "SyntaxError: invalid syntax (syntax.py:6)", "= def f(:\n     =       ^"),
        "missing": ("import numpyy.linalg\n", 6, "P110", "ModuleNotFoundError: No module named 'numpyy' (missing.py:6 in <module>)", "import numpyy.linalg", "install it for /usr/bin/python3"),
        "exits": ("import sys\nsys.exit(3)\n", 7, "P110", "SystemExit: sys.exit(3) was called (exits.py:7 in <module>)", "__name__ == '__main__'"),
        "dies": ("import os\nprint('before')\nos._exit(3)\n", 0, "P111", "it exited with code 3"),
        "raises": ("1 / 0\n", 6, "P110", "ZeroDivisionError: division by zero (raises.py:6 in <module>)"),
        "nul": ("\0\n", 0, "P110", "cannot be loaded:"),
        "random": ("@ropewalk.task\ndef f() -> None: pass\n", 0, "P110", "'random' is a module of Python itself"),
        "empty": ("x = 1\n", 0, "P113", "it has no tasks", "put @ropewalk.task() above a function"),
        "silent": ("@ropewalk.task\ndef f(\n    x) -> None: pass\n", 8, "P113", "silent.py:8: task 'f': parameter 'x': it has no type: annotate it, such as x: int"),
        "unsaid": ("@ropewalk.task\ndef f(x: int): pass\n", 7, "P113", "unsaid.py:7: task 'f': it does not say what it returns: write -> None"),
        "twice": ("@ropewalk.task\ndef f() -> None: pass\n@ropewalk.task\ndef f() -> None: pass\n", 9, "P113", "twice.py:9: task 'f': line 7 defines a task of that name too"),
        "name": ("@ropewalk.task\ndef F() -> None: pass\n", 7, "P113", "name.py:7: task 'F': a name is [a-z][a-z0-9_]*"),
        "param": ("@ropewalk.task\ndef f(X: int) -> None: pass\n", 7, "P113", "parameter 'X': a name is [a-z][a-z0-9_]*"),
        "sets": ("@ropewalk.task\ndef f(x: set[int]) -> None: pass\n", 7, "P113", "its type set[int] has no equal in a workflow"),
        "forward": ("@ropewalk.task\ndef f(x: 'Nope') -> None: pass\n", 7, "P113", "an annotation uses a name that does not exist: name 'Nope' is not defined"),
        "default": ("@ropewalk.task\ndef f(x: int = 'a') -> None: pass\n", 7, "P113", "parameter 'x': 'a' is no int"),
        "waits": ("@ropewalk.task\nasync def f() -> None: pass\n", 7, "P113", "it is a coroutine"),
        "yields": ("@ropewalk.task\ndef f() -> int: yield 1\n", 7, "P113", "it is a generator"),
        "star": ("@ropewalk.task\ndef f(*x: int) -> None: pass\n", 7, "P113", "it takes *args or **kwargs"),
        "union": ("@ropewalk.task\ndef f(x: int | str) -> None: pass\n", 7, "P113", "it can be of 2 types"),
        "fixed": ("@ropewalk.task\ndef f() -> tuple[int, str]: pass\n", 7, "P113", "a tuple of a fixed length has no equal"),
        "ranged": ("@ropewalk.task\ndef f(x: Annotated[str, ropewalk.Range(1, 2)]) -> None: pass\n", 7, "P113", "it has a least value, which is for numbers"),
        "executor": ("@ropewalk.task(executor='threads')\ndef f() -> None: pass\n", 7, "P113", "'threads' is no executor"),
        "lonely": ("@ropewalk.task(worker=dict)\ndef f() -> None: pass\n", 7, "P113", "no first parameter"),
        "many": ("".join(f"@ropewalk.task\ndef f{i}() -> None: pass\n" for i in range(257)), 0, "P113", "it has 257 tasks, and a file may have 256"),
    }
    for name, (text, _, code, *parts) in bad.items():
        place.write(name + ".py", text)
        _, err = place.run("plugins", "show", name, "--plugins", ".", code=4)
        contains(err, f"error[{code}]", *parts)
        equal(err.count("error["), 1, err)
        lacks(err, "Traceback")


def old(place):
    """An interpreter that is too old is named. It can read the file that says so."""
    place.write("tasks.py", "@ropewalk.task\ndef f() -> None: pass\n")
    place.write("old-python", """#!/usr/bin/python3
import sys
sys.version_info = (2, 7, 18)
del sys.argv[0]
__file__ = sys.argv[0]
exec(compile(open(__file__).read(), __file__, "exec"))
""", head="")
    (place.folder / "old-python").chmod(0o755)
    _, err = place.task("tasks.f", code=4, python="./old-python")
    contains(err, "/usr/bin/python3 is Python 2.7, and Ropewalk needs Python 3.11 or newer; choose another interpreter")


def odd_files(place):
    """A file may print while it is imported, start threads, import siblings and be pickled; 256 tasks are possible."""
    place.write("prints.py", "print('importing')\n@ropewalk.task\ndef f() -> None: pass\n")
    place.task("prints.f")
    place.write("threads.py", "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n@ropewalk.task\ndef f() -> int: return threading.active_count()\n")
    equal(place.task("threads.f", "process-per-task", foreach={"range": 2})[0][0]["value"], {"value": 2})
    place.write("sibling.py", "@ropewalk.task\ndef other() -> int: return 1\nclass Kept: pass\n")
    place.write("my-tasks.py", '''
from __future__ import annotations
import pickle
import ropewalk
import sibling
from sibling import other
class Own: pass
@ropewalk.task(name="round-trip")
def round_trip() -> list[str]:
    return [type(pickle.loads(pickle.dumps(each()))).__module__ for each in (Own, sibling.Kept)] + [__file__.rpartition("/")[2], __name__]
''', head="")
    equal(place.task("my-tasks.round-trip")[0][0]["value"], {"value": ["my-tasks", "sibling", "my-tasks.py", "my-tasks"]})
    equal(place.task("my-tasks.other")[0][0]["value"], {"value": 1})
    place.write("many.py", "".join(f"@ropewalk.task\ndef f{i}() -> int: return {i}\n" for i in range(256)))
    equal(place.task("many.f255")[0][0]["value"], {"value": 255})


def children(place):
    """A task may start processes in each of the ways of multiprocessing, and print before that. A child that it forks
    ends where the task ends, as the interpreter ends a program."""
    place.write("pools.py", '''
import multiprocessing, sys, os
def double(n): return 2 * n
@ropewalk.task
def pool(method: str) -> list[int]:
    sys.stdout.write("printed;")
    with multiprocessing.get_context(method).Pool(2) as pool:
        return pool.map(double, [1, 2, 3])
@ropewalk.task
def fork(how: str) -> int:
    sys.stdout.write("printed;")
    child = os.fork()
    if child == 0:
        if how == "leave": sys.exit(7)
        if how == "raise": raise ValueError("in the child")
        return 3
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
''')
    for method in ("fork", "spawn", "forkserver"):
        found, err = place.task("pools.pool", words=["-v"], **{"with": {"method": method}})
        equal(found[0]["value"]["value"], [2, 4, 6], method)
        equal(err.count("printed;"), 1, err)
    for how, code in (("leave", 7), ("return", 0), ("raise", 1)):
        found, err = place.task("pools.fork", words=["-v"], foreach={"range": 2}, **{"with": {"how": how}})
        equal([each["value"]["value"] for each in found], [code] * 2, how)
        equal(err.count("printed;"), 2, err)
        equal("ValueError: in the child" in err, how == "raise")


def planned(place):
    """A run keeps the file with which it was planned: its code, and the lines of its tracebacks."""
    place.write("changes.py", '''
@ropewalk.task
def change() -> None:
    Path(__file__).write_text("x = 1\\n" * 50)
@ropewalk.task
def fail() -> None:
    raise ValueError("as planned")
''')
    _, err = place.stages({"name": "a", "task": "changes.change"}, {"name": "b", "task": "changes.fail", "needs": ["a"], "executor": "process-per-task"}, code=1)
    contains(err, "b/0 failed: ValueError: as planned (changes.py:12 in fail)", 'raise ValueError("as planned")')


def function(place):
    """python.call runs any function; what it lacks is said."""
    place.write("mine.py", "def double(x, *, by=2): return x * by\nclass Group:\n    @staticmethod\n    def name(): return 'group'\ndef fail(): raise ValueError('mine')\n", head="")
    call = lambda code=0, executor="process", **given: place.task("python.call", executor, code=code, **{"with": given})
    for executor in EVERY_EXECUTOR:
        equal(call(executor=executor, module="mine", function="double", args=[4], kwargs={"by": 3})[0][0]["value"], {"value": 12})
    equal(call(module="mine", function="Group.name")[0][0]["value"], {"value": "group"})
    equal(call(module="math", function="hypot", args=[3, 4])[0][0]["value"], {"value": 5.0})
    contains(call(1, module="mine", function="fail")[1], "ValueError: mine (mine.py:5 in fail)")
    contains(call(1, module="nowhere", function="f")[1], "s/0 failed: there is no module 'nowhere' for /usr/bin/python3")
    contains(call(1, module="mine", function="nope")[1], "s/0 failed: module 'mine' has no function 'nope'")
    place.write("json.py", "raise SystemExit('a checkout must not run this')\n", head="")
    equal(call(module="json", function="loads", args=["[1]"])[0][0]["value"], {"value": [1]})


def applied(place):
    """python.apply: each way in which a pickled call can end is an outcome of its own."""
    place.write("work.py", '''
import sys, threading
def double(x): return 2 * x
def fail(): raise ValueError("text")
def leave(): sys.exit(4)
def interrupt(): raise KeyboardInterrupt
def lock(): return threading.Lock()
class Odd(Exception):
    def __init__(self, a, b): super().__init__(a)
def odd(): raise Odd(1, 2)
class Local(Exception): pass
''', head="")
    place.write("client.py", '''
import pickle, sys, os
sys.path.append(os.getcwd())
import work
calls = {"double": (4,), "fail": (), "leave": (), "interrupt": (), "lock": (), "odd": ()}
@ropewalk.task
def payload(name: str) -> bytes:
    return pickle.dumps((getattr(work, name), calls[name], {}))
@ropewalk.task
def bad_payload() -> bytes: return b"cnowhere\\nf\\n."
@ropewalk.task
def read(outcome: str, result: bytes, raised: bytes, text: str) -> list[Any]:
    return [outcome, pickle.loads(result) if result else None, repr(pickle.loads(raised)) if raised else None, text]
''')
    names = ["double", "fail", "leave", "interrupt", "lock", "odd"]
    given = {key: "${{ item.%s }}" % key for key in ("outcome", "result", "raised", "text")}
    found, _ = place.stages({"name": "pack", "task": "client.payload", "foreach": names, "with": {"name": "${{ item }}"}},
                            {"name": "apply", "task": "python.apply", "foreach": {"results": "pack"}, "with": {"payload": "${{ item.value }}"}},
                            {"name": "read", "task": "client.read", "foreach": {"results": "apply"}, "with": given})
    values = {each["value"]["value"][0] if name != "" else "": each["value"]["value"] for name, each in zip(names, found[12:])}
    equal(values["returned"][1], 8)
    equal(values["raised"][2], "ValueError('text')")
    equal(values["exited"][2], "SystemExit(4)")
    equal(values["interrupted"][2], "KeyboardInterrupt()")
    contains(values["unpicklable_result"][3], "TypeError: cannot pickle '_thread.lock' object")
    contains(values["unpicklable_exception"][3], "work.Odd: 1 (work.py:10 in odd); it cannot be pickled: TypeError:")
    found, _ = place.stages({"name": "pack", "task": "client.bad_payload"},
                            {"name": "apply", "task": "python.apply", "with": {"payload": "${{ stages.pack.result.value }}"}})
    equal(found[1]["value"]["outcome"], "not_loaded")
    found, err = place.stages({"name": "pack", "task": "client.payload", "with": {"name": "fail"}},
                              {"name": "apply", "task": "python.apply", "retries": 2, "with": {"payload": "${{ stages.pack.result.value }}", "retries": 2}})
    equal(found[1]["value"]["outcome"], "raised", "the last attempt brings the exception")


def checked(place):
    """`plugins check` runs each task as it does for a compiled plugin."""
    place.write("fine.py", '''
@ropewalk.task(thread_safe=True)
def double(n: int = 1) -> int:
    return 2 * n
''')
    out, _ = place.run("plugins", "check", "./fine.py")
    contains(out, "fine.py: OK: plugin 'fine' 0.0.0", "1 task type: double")


def package():
    """Where the package lies in the build tree: for tests of a plugin as plain functions, and for type checkers."""
    return str(pathlib.Path(sys.argv[2]).resolve().parents[1] / "python")


def python(place, *words, **more):
    end = subprocess.run(["/usr/bin/python3", "-B", *words], cwd=place.folder, capture_output=True, text=True,
                         env={"PATH": "/usr/bin:/bin", "PYTHONPATH": package()}, **more)
    if end.returncode != 0:
        sys.exit(f"{' '.join(words)} ended with {end.returncode}:\n{end.stdout}{end.stderr}")
    return end.stdout + end.stderr


def made(place):
    """What `new plugin --python` makes runs as it is, passes its tests and the check, and is typed."""
    place.run("new", "plugin", "my-greeter", "--python")
    place.folder /= "my-greeter"
    out, _ = place.run("run", "workflows/example.yaml", "-q", "--results", "-")
    contains(out, "Hello, Barbara! Hello, Barbara!")
    contains(place.run("plugins", "check", "./my-greeter.py")[0], "OK: plugin 'my-greeter' 0.1.0")
    contains(python(place, "-m", "unittest", "discover", "tests"), "Ran 2 tests")
    typed(place, "my-greeter.py")


def typed(place, *files):
    if not os.path.exists("/usr/bin/mypy"):
        return
    python(place, "/usr/bin/mypy", "--strict", "--no-incremental", *files)


def package_typed(place):
    """The package itself, and what ships as a plugin, pass mypy --strict."""
    source = pathlib.Path(__file__).resolve().parents[2]
    place.folder = source / "sdk/python"
    if not os.path.exists("/usr/bin/mypy"):
        sys.exit(77)
    python(place, "/usr/bin/mypy", "--strict", "--cache-dir=/dev/null", "-p", "ropewalk")
    python(place, "/usr/bin/mypy", "--strict", "--cache-dir=/dev/null", str(source / "plugins/python.py"))


def readme(place):
    """Each block of sdk/python/README.md does what the text beside it says."""
    text = (pathlib.Path(__file__).resolve().parents[2] / "sdk/python/README.md").read_text()
    blocks = re.findall(r"^```(\w+)\n(.*?)^```", text, re.M | re.S)
    for kind, block in blocks:
        name = block.split("\n")[0].removeprefix("# ") if kind == "python" else "pictures.yaml"
        if kind != "sh":
            place.write(name, block, head="")
    commands = [block.strip() for kind, block in blocks if kind == "sh"]
    equal(len(blocks), 4 + len(commands), "a block is of an unknown kind")
    shown, _ = place.run(*commands[0].split()[1:])
    contains(shown, "pictures.resize: Resizes a picture.", "how it is made smaller", "runs in /usr/bin/python3 (chosen by: PATH)", "pixels  int     in it")
    contains(place.run(*commands[1].split()[1:])[0], "pictures.py: OK:")
    out, _ = place.run("run", "pictures.yaml", "--results", "-", "-q")
    contains(out, '"value": {"out": "b.cubic.png", "pixels": 6400}', '"value": {"value": 3.0}')
    python(place, "test_pictures.py")
    equal(place.task("lookups.length", foreach=["rope", "walk"], **{"with": {"word": "${{ item }}"}})[0][1]["value"], {"value": None})
    words, printed = re.search(r"`ropewalk (map python.call [^`]*)` prints\s`([^`]*)`", text).groups()
    out, _ = place.run(*shlex.split(words), "-q")
    equal(out.strip(), printed)
    typed(place, "pictures.py", "test_pictures.py", "lookups.py")


def described(place):
    """Docstrings in the three styles, and the first sentence, become help."""
    sys.path.insert(0, package())
    from ropewalk._docstrings import documented
    google = documented("""Does it. Then more.

    Args:
        path (Path): what to read,
            and more
        width: in pixels
        odd:

    Returns:
        the number. And more.

    Raises:
        ValueError: never
    """)
    equal((google.summary, google.params["path"], google.returns), ("Does it.", "what to read, and more", "the number."))
    numpy = documented("""Does it

    Parameters
    ----------
    path : Path
        what to read
    width : int, optional
        in pixels

    Returns
    -------
    the number
    """)
    equal((numpy.summary, numpy.params), ("Does it", {"path": "what to read", "width": "in pixels"}))
    sphinx = documented("""
    Does e.g. this in
    two lines.

    :param path: what to read
        and more
    :param int width: in pixels
    :returns: the number
    """)
    equal((sphinx.summary, sphinx.params, sphinx.returns),
          ("Does e.g. this in two lines.", {"path": "what to read and more", "width": "in pixels"}, "the number"))
    for nothing in (None, "", "  \n "):
        equal(documented(nothing).summary, "")
    equal(documented("Two(a: int, b: str)").summary, "", "what a dataclass without a docstring has")


if __name__ == "__main__":
    main(globals())
