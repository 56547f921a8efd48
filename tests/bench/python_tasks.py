"""Ropewalk from Python, and its peers, timing themselves. Each call prints lines of JSON {system, value}.

usage: python_tasks.py WHAT       one of the functions below; PYTHONPATH has the package ropewalk
"""
import concurrent.futures
import ctypes
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import threading
import time

import ropewalk

HERE = os.path.dirname(os.path.abspath(__file__))
WORKERS = 2
MB = 1 << 20

PLUGIN = """
import ropewalk

@ropewalk.task(thread_safe=True)
def same(n: int) -> int:
    return n
"""


def same(value):
    return value


def nothing(_=None):
    return None


def first(array):
    return float(array[0])


def array_of(mebibytes):
    import numpy
    return numpy.ones(mebibytes * MB // 8)


def use_numpy(_):
    import numpy
    return float(numpy.ones(10).sum())


def sleep():
    time.sleep(60)


def lock():
    held = threading.Lock()
    held.acquire()
    held.acquire()


def loop():
    while True:
        pass


def set_variable(n):
    os.environ[f"BENCH_{n}"] = "set"
    return n


def report(system, value):
    print(json.dumps({"system": system, "value": value}), flush=True)


def us_each(tasks, work):
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e6 / tasks


def run_stage(folder, stage, tasks):
    """Microseconds of a task of a stage, of the stage alone."""
    path = os.path.join(folder, "stage.yaml")
    with open(path, "w") as file:
        file.write(f"ropewalk: 1\nstages:\n  - {{name: all, foreach: {{range: {tasks}}}, {stage}}}\n")
    result = ropewalk.run(path, plugin_folders=[folder], progress="none")
    if result.counts.succeeded != tasks:
        sys.exit(f"python_tasks: {result}")
    return result["all"].facts["wall_s"] * 1e6 / tasks


def typed():
    """A task of a plugin in Python with one int, and any function by name."""
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "benchpy.py"), "w") as file:
            file.write(PLUGIN)
        stage = f"executor: process, workers: {WORKERS}, task: benchpy.same, with: {{n: '${{{{ item }}}}'}}"
        report("a typed task, us", run_stage(folder, stage, 1_000_000))
        stage = (f"executor: process, workers: {WORKERS}, task: python.call, "
                 "with: {module: operator, function: index, args: ['${{ item }}']}")
        report("python.call, us", run_stage(folder, stage, 300_000))


def submit(kind, tasks):
    with kind(WORKERS) as pool:
        list(pool.map(same, range(100)))
        return us_each(tasks, lambda: [each.result() for each in concurrent.futures.as_completed(
            [pool.submit(same, n) for n in range(tasks)])])


def executor():
    """submit() and as_completed(), of empty tasks."""
    report("ropewalk.ProcessExecutor, us", submit(ropewalk.ProcessExecutor, 20_000))
    report("ropewalk.ThreadExecutor, us", submit(ropewalk.ThreadExecutor, 20_000))
    report("ThreadPoolExecutor, us", submit(concurrent.futures.ThreadPoolExecutor, 20_000))
    report("ProcessPoolExecutor, us", submit(concurrent.futures.ProcessPoolExecutor, 3_000))


def command(*words, **how):
    """Milliseconds of a command from its start to its end."""
    start = time.perf_counter()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **how)
    return (time.perf_counter() - start) * 1e3


def program(*words):
    return command(sys.executable, *words, cwd=HERE)


def whole():
    """A complete run with one task of a plugin, and a complete program with one call, ms."""
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "benchpy.py"), "w") as file:
            file.write(PLUGIN)
        words = [os.environ["ROPEWALK"], "map", "benchpy.same", "--plugins", folder, "--with", "n=1"]
        report("ropewalk with one task of a plugin, ms",
               min(command(*words, cwd=folder, env=dict(os.environ, PATH=os.path.dirname(sys.executable))) for _ in range(5)))
    ours = ("import ropewalk, math\nwith ropewalk.ProcessExecutor(1) as pool: pool.submit(math.sqrt, 4).result()")
    theirs = ("from concurrent.futures import ProcessPoolExecutor\nimport math\n"
              "with ProcessPoolExecutor(1) as pool: pool.submit(math.sqrt, 4).result()")
    report("a program with one call of an executor, ms", min(program("-c", ours) for _ in range(3)))
    report("python3 -c pass, ms", min(program("-c", "pass") for _ in range(5)))
    report("a program with one call of ProcessPoolExecutor, ms", min(program("-c", theirs) for _ in range(3)))


def forked():
    """A process for each task, ms."""
    with tempfile.TemporaryDirectory() as folder:
        for name, head, body, tasks in (("", "", "None", 100), (" with numpy", "import numpy\n", "numpy.ones(10)", 40)):
            plugin = f"benchper{len(name)}"
            with open(os.path.join(folder, f"{plugin}.py"), "w") as file:
                file.write(f"{head}import ropewalk\n\n@ropewalk.task\ndef work(n: int) -> int:\n    {body}\n    return n\n")
            stage = (f"executor: process-per-task, workers: {WORKERS}, task: {plugin}.work, "
                     "with: {n: '${{ item }}'}")
            report(f"process-per-task{name}, ms", run_stage(folder, stage, tasks) / 1e3)
    for name, work, tasks in (("", nothing, 60), (" with numpy", use_numpy, 20)):
        with multiprocessing.get_context("fork").Pool(WORKERS, maxtasksperchild=1) as pool:
            report(f"mp.Pool, fork, maxtasksperchild=1{name}, ms",
                   us_each(tasks, lambda: pool.map(work, range(tasks), chunksize=1)) / 1e3)


def arrays():
    """64 MiB as an argument and as a result, ms."""
    array = array_of(64)
    with ropewalk.ProcessExecutor(1) as pool, ropewalk.share(array) as shared:
        pool.submit(first, shared).result()
        report("a shared argument of 64 MiB, ms", us_each(10, lambda: [pool.submit(first, shared).result()
                                                                       for _ in range(10)]) / 1e3)
        report("a new argument of 64 MiB, ms", us_each(3, lambda: [pool.submit(first, array).result()
                                                                   for _ in range(3)]) / 1e3)
        pool.submit(array_of, 64).result()
        report("a result of 64 MiB, ms", us_each(3, lambda: [pool.submit(array_of, 64).result()
                                                             for _ in range(3)]) / 1e3)
    def fresh_copy():
        copy = ctypes.create_string_buffer(0)
        ctypes.resize(copy, 64 * MB)
        ctypes.memmove(copy, array.ctypes.data, 64 * MB)

    report("a fresh memcpy of 64 MiB, ms", us_each(3, lambda: [fresh_copy() for _ in range(3)]) / 1e3)
    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        pool.submit(first, array[:10]).result()
        report("an argument of 64 MiB of ProcessPoolExecutor, ms", us_each(1, pool.submit(first, array).result) / 1e3)


def late():
    """Seconds from a timeout until the future knows it."""
    with ropewalk.ProcessExecutor(1, timeout=0.3) as pool:
        pool.submit(nothing).result()
        for hangs in (sleep, lock, loop):
            start = time.perf_counter()
            try:
                pool.submit(hangs).result()
            except ropewalk.TaskTimedOut:
                report(f"late after a timeout in a {hangs.__name__}, s", time.perf_counter() - start - 0.3)


def drift():
    """2,000 tasks that change the environment, s."""
    with ropewalk.ProcessExecutor(WORKERS) as pool:
        pool.submit(nothing).result()
        report("2,000 tasks that set a variable, s",
               us_each(1, lambda: [each.result() for each in [pool.submit(set_variable, n) for n in range(2000)]]) / 1e6)


if __name__ == "__main__":
    sys.path.insert(0, HERE)
    # Functions are sent by the name of this module, as a program's own modules are.
    import python_tasks
    getattr(python_tasks, sys.argv[1])()
