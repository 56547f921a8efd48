"""The measured areas, each with the steps of a round. A step runs one system, or one program that runs several systems,
and yields (system, value) pairs. A peer that is not installed yields none."""
import dataclasses
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from typing import Callable

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else "python3"
FILES, FILE_MB = 256, 4


class Bench:
    """The programs, a scratch folder with their input, and how they are started."""

    def __init__(self, build):
        self.build = os.path.abspath(build)
        self.ropewalk_program = os.path.join(self.build, "bin", "ropewalk")
        self.trivial = os.path.join(self.build, "bench", "trivial")

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="ropewalk-bench-", dir=os.environ.get("TMPDIR", "/tmp"))
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def file(self, name, make):
        """A file that is written on first use."""
        if not os.path.exists(self.path(name)):
            with open(self.path(name), "w") as file:
                file.write(make())
        return self.path(name)

    def timed(self, command, **options):
        """Wall seconds of a complete command. A failure ends the benchmark, because it has no figure."""
        start = time.perf_counter()
        done = subprocess.run(command, stdin=options.pop("stdin", subprocess.DEVNULL), stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, cwd=self.folder, timeout=120, **options)
        seconds = time.perf_counter() - start
        if done.returncode != 0:
            raise SystemExit(f"measure: {' '.join(command[:4])} ended with {done.returncode}:\n{done.stderr.decode()[-2000:]}")
        return seconds

    def output_of(self, command, **options):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, **options)
        if done.returncode != 0:
            raise SystemExit(f"measure: {' '.join(command[:4])} ended with {done.returncode}:\n{done.stderr[-2000:]}")
        return done.stdout

    def workflow(self, name, stage):
        return self.file(f"{name}.yaml", lambda: f"ropewalk: 1\nname: {name}\nstages:\n  - {{name: all, {stage}}}\n")

    def ropewalk(self, name, stage, *options):
        return self.run_file(self.workflow(name, stage), *options)

    def run_file(self, file, *options, record="--no-record"):
        return self.timed([self.ropewalk_program, "run", file, "-q", record, "--plugins", os.path.join(self.build, "bench", "plugins"), *options])

    def files(self):
        """A gigabyte to digest, in the page cache."""
        folder = self.path("files")
        if not os.path.isdir(folder):
            os.mkdir(folder)
            block = os.urandom(FILE_MB << 20)
            for i in range(FILES):
                with open(os.path.join(folder, f"{i:03}"), "wb") as file:
                    file.write(i.to_bytes(8, "little") + block[8:])
        return folder


@dataclasses.dataclass
class Area:
    name: str
    rounds: int
    steps: Callable  # of a Bench: a list of functions


AREAS = {}


def area(rounds, name=None):
    def add(function):
        called = name or function.__name__
        AREAS[called] = Area(called, rounds, function)
        return function
    return add


def pools(bench, area):
    """Everything that is measured within one program."""
    def step():
        for line in bench.output_of([os.path.join(bench.build, "bench", "bench_pools"), area, "0"]).splitlines():
            figure = json.loads(line.replace(": inf", ": Infinity"))
            yield figure["system"], figure["value"]
    return step


def python(bench, area, system, *arguments):
    def step():
        yield system, float(bench.output_of([PYTHON, os.path.join(HERE, "python_peers.py"), area, system, *arguments]))
    return step


def openmpi(bench, *arguments):
    """Without yield_when_idle, three pollers on two cores never finish in time."""
    program = os.path.join(bench.build, "bench", "mpi_farm")
    if not (os.path.exists(program) and shutil.which("mpirun")):
        return []

    def step():
        allowed = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
        yield "OpenMPI", float(bench.output_of(["mpirun", "--oversubscribe", "-np", "3", "--mca", "mpi_yield_when_idle", "1",
                                           program, *arguments], env=allowed))
    return [step]


def from_python(bench, what):
    """Ropewalk from Python, and the pools of Python beside it, in one program."""
    def step():
        env = dict(os.environ, PYTHONPATH=os.path.join(bench.build, "python"),
                   ROPEWALK=os.path.join(bench.build, "bin", "ropewalk"))
        for line in bench.output_of([PYTHON, os.path.join(HERE, "python_tasks.py"), what], env=env).splitlines():
            figure = json.loads(line)
            yield figure["system"], figure["value"]
    return step


@area(5)
def empty(bench):
    """Nanoseconds of an empty task."""
    joblib = [] if subprocess.run([PYTHON, "-c", "import joblib"], capture_output=True).returncode else ["joblib"]
    names = ["ThreadPoolExecutor", "mp.Pool imap_unordered(1)", "mp.Pool imap_unordered(100)", "ProcessPoolExecutor", *joblib]
    return [pools(bench, "empty"), *(python(bench, "empty", name) for name in names), *openmpi(bench, "empty", "100000")]


@area(3, "python")
def tasks_in_python(bench):
    """Tasks in Python: plugins, and the executors beside those of concurrent.futures."""
    if not os.path.exists(os.path.join(bench.build, "python", "ropewalk", "_engine.abi3.so")):
        return []
    numpy = subprocess.run([PYTHON, "-c", "import numpy"], capture_output=True).returncode == 0
    return [from_python(bench, what) for what in ("typed", "executor", "whole", "late", "drift",
                                                  *(("forked", "arrays") if numpy else ()))]


@area(5)
def pool(bench):
    """Microseconds of an empty task that a program submits to a pool, and whose result it reads."""
    return [pools(bench, "pool")]


@area(5)
def metg(bench):
    """The task duration in microseconds at which tasks use half of the cores' time."""
    return [pools(bench, "metg"), *openmpi(bench, "metg")]


@area(5)
def idle(bench):
    """Microseconds from requesting one task to its result, on a sleeping pool."""
    return [pools(bench, "idle"), python(bench, "idle", "ThreadPoolExecutor"), python(bench, "idle", "mp.Pool")]


@area(3)
def cli(bench):
    """Microseconds of a task through a workflow file: one expression, --results written."""
    def step():
        tasks = 1_000_000
        seconds = bench.ropewalk("million", f'task: sim.echo, executor: process, workers: 2, foreach: {{range: {tasks}}}, '
                                 'with: {value: "${{ item }}"}', "--results", bench.path("results"))
        yield "ropewalk", seconds * 1e6 / tasks
    return [step]


def xargs(bench):
    def step():
        tasks = 500
        with open(bench.file(f"numbers-{tasks}", lambda: "".join(f"{i}\n" for i in range(tasks)))) as numbers:
            yield "xargs -P2", bench.timed(["xargs", "-P2", "-n1", bench.trivial], stdin=numbers) * 1e6 / tasks
    return step


@area(5)
def forked(bench):
    """Microseconds of a task in its own process."""
    def step():
        tasks = 500
        yield "ropewalk process-per-task", 1e6 / tasks * bench.ropewalk(
            "forked", f'task: sim.noop, executor: process-per-task, workers: 2, foreach: {{range: {tasks}}}')
    return [step, xargs(bench)]


@area(5)
def command(bench):
    """Microseconds of a trivial command."""
    tasks = 500

    def ropewalk():
        yield "ropewalk shell.run", 1e6 / tasks * bench.ropewalk(
            "command", f'task: shell.run, executor: thread, workers: 2, foreach: {{range: {tasks}}}, '
            f'with: {{argv: ["{bench.trivial}"]}}')

    def make():
        file = bench.file("Makefile", lambda: "TASKS = " + " ".join(f"t{i}" for i in range(tasks)) +
                          f"\nall: $(TASKS)\n$(TASKS):\n\t@{bench.trivial}\n")
        yield "make -j2", bench.timed(["make", "-j2", "-f", file]) * 1e6 / tasks

    def ninja():
        file = bench.file("tasks.ninja", lambda: f"rule run\n command = {bench.trivial}\n" +
                          "".join(f"build t{i}: run\n" for i in range(tasks)))
        yield "ninja -j2", bench.timed(["ninja", "-j2", "-f", file]) * 1e6 / tasks

    def parallel():
        few = 60
        with open(bench.file(f"numbers-{few}", lambda: "".join(f"{i}\n" for i in range(few)))) as numbers:
            yield "GNU parallel -j2", bench.timed(["parallel", "--will-cite", "-j2", bench.trivial], stdin=numbers) * 1e6 / few

    return [ropewalk, xargs(bench), make, ninja] + ([parallel] if shutil.which("parallel") else [])


@area(5)
def mapped(bench):
    """Microseconds of a line on standard input, each run through a trivial command."""
    tasks = 1000

    def over_lines(name, command):
        def step():
            with open(bench.file(f"numbers-{tasks}", lambda: "".join(f"{i}\n" for i in range(tasks)))) as numbers:
                yield name, bench.timed(command, stdin=numbers) * 1e6 / tasks
        return step
    return [over_lines("ropewalk map", [bench.ropewalk_program, "map", "shell.run", "-q", "-j2", "--lines", "-", "--", "true"]),
            over_lines("xargs -P2 -n1", ["xargs", "-P2", "-n1", "true"])]


@area(3)
def waits(bench):
    """10,000 waits of 100 ms: wall time relative to the waiting time alone."""
    def children_cpu():
        use = resource.getrusage(resource.RUSAGE_CHILDREN)
        return use.ru_utime + use.ru_stime

    def steps(threads):
        ideal = -(-10_000 // threads) * 0.1

        def ropewalk():
            before = children_cpu()
            seconds = bench.ropewalk(f"waits{threads}", f'task: sim.sleep, executor: thread, workers: {threads}, '
                                     'foreach: {range: 10000}, with: {seconds: 0.1}')
            yield f"ropewalk {threads}", seconds / ideal
            yield f"ropewalk {threads} CPU s", children_cpu() - before

        def executor():
            seconds, cpu = bench.output_of([PYTHON, os.path.join(HERE, "python_peers.py"), "waits", "-", str(threads)]).split()
            yield f"ThreadPoolExecutor {threads}", float(seconds) / ideal
            yield f"ThreadPoolExecutor {threads} CPU s", float(cpu)
        return [ropewalk, executor] if threads > 256 else [ropewalk]
    return steps(256) + steps(1024)


@area(3)
def sha(bench):
    """Seconds for the SHA-256 of 256 files of 4 MB: complete programs, and the time that Python's pool reports."""
    folder = bench.files()

    def ropewalk(executor):
        def step():
            workers = "" if executor == "serial" else "workers: 2, "
            yield f"ropewalk {executor}", bench.ropewalk(
                f"sha-{executor}", f'task: file.checksum, executor: {executor}, {workers}foreach: {{glob: "{folder}/*"}}, '
                'with: {path: "${{ item }}"}')
        return step
    def threads():
        start = time.perf_counter()
        alone = float(bench.output_of([PYTHON, os.path.join(HERE, "python_peers.py"), "sha", "ThreadPoolExecutor", folder]))
        yield "ThreadPoolExecutor", time.perf_counter() - start
        yield "ThreadPoolExecutor, the pool alone", alone

    return [ropewalk("serial"), ropewalk("thread"), ropewalk("process"), threads]


@area(9)
def start(bench):
    """Milliseconds of a complete program with almost nothing to do; the median of a few starts."""
    def median(name, once, times=7):
        def step():
            yield name, statistics.median(once() for _ in range(times)) * 1e3
        return step

    def ninja():
        file = bench.file("done.ninja", lambda: "rule touch\n command = touch $out\nbuild done: touch\n")
        if not os.path.exists(bench.path("done")):
            bench.timed(["ninja", "-f", file])
        return bench.timed(["ninja", "-f", file])

    def executor():
        return bench.timed([PYTHON, os.path.join(HERE, "python_peers.py"), "start", "-"])

    return [median("ropewalk thread", lambda: bench.ropewalk("start1", "task: sim.noop, executor: thread")),
            median("ropewalk two hosts", lambda: bench.ropewalk(
                "start2", "task: sim.noop, executor: process, workers: 2, foreach: {range: 2}")),
            median("ninja", ninja), median("ProcessPoolExecutor", executor, 1)]


@area(9)
def record(bench):
    """Recorded runs, beside the same runs with --no-record. The peers take turns within a step, so that both meet the
    same machine."""
    records = bench.path(".ropewalk")

    def recorded(file):
        shutil.rmtree(records, ignore_errors=True)
        return bench.run_file(file, record="--record")

    def pair(name, stage, tasks=1, times=1):
        def step():
            file = bench.workflow(f"record-{name.replace(' ', '-')}", stage)
            runs = [("recorded", lambda: recorded(file)), ("not recorded", lambda: bench.run_file(file))]
            seconds = {system: [] for system, _ in runs}
            for _ in range(times):
                random.shuffle(runs)
                for system, run in runs:
                    seconds[system].append(run())
            for system, all_seconds in seconds.items():
                yield f"{name}, us a task, {system}", statistics.median(all_seconds) * 1e6 / tasks
        return step

    def children_cpu():
        use = resource.getrusage(resource.RUSAGE_CHILDREN)
        return use.ru_utime + use.ru_stime

    def cost():
        """The record of a million empty tasks: CPU time, size, and how soon it is shown again."""
        tasks = 1_000_000
        file = bench.workflow("record-cost", f"task: sim.noop, executor: thread, foreach: {{range: {tasks}}}")
        used = {}
        for system, run in (("recorded", recorded), ("not recorded", bench.run_file)):
            before = children_cpu()
            run(file)
            used[system] = children_cpu() - before
        yield "CPU us a task for the record", (used["recorded"] - used["not recorded"]) * 1e6 / tasks
        folder = os.path.join(records, "runs", os.listdir(os.path.join(records, "runs"))[0])
        yield "bytes a task", os.path.getsize(os.path.join(folder, "run.db")) / tasks
        yield "showing 1,000,000 tasks, s", bench.timed([bench.ropewalk_program, "show", folder])

    spin = "task: sim.spin, workers: 2, with: {seconds: 0.00002}, foreach: {range: 50000}, executor:"
    return [pair("1,000,000 empty", "task: sim.noop, executor: thread, foreach: {range: 1000000}", 1_000_000),
            pair("20 us on threads", f"{spin} thread", 50_000),
            pair("20 us on processes", f"{spin} process", 50_000),
            pair("cold start", "task: sim.noop, executor: thread", times=7), cost]


@area(3)
def handover(bench):
    """Milliseconds from a full 64 MB buffer until another process has read it."""
    return [pools(bench, "handover")]


@area(3)
def growth(bench):
    """Bytes that a task leaves in the engine, and the cost of a task as their number grows."""
    return [pools(bench, "memory"), pools(bench, "growth")]


@area(3)
def pipeline(bench):
    """Seconds of a stage of 1,000 waits, and of two such stages with the second streaming from the first."""
    one = ("  - {name: first, task: sim.sleep, executor: thread, workers: 8, foreach: {range: 1000}, with: {seconds: 0.005}}\n")
    two = one + "  - {name: second, task: sim.sleep, executor: thread, workers: 8, foreach: {results: first}, with: {seconds: 0.005}}\n"

    def step(name, stages):
        def run():
            yield name, bench.run_file(bench.file(f"{name}.yaml", lambda: f"ropewalk: 1\nstages:\n{stages}"))
        return run
    return [step("one", one), step("two", two)]


@area(3)
def language(bench):
    """The cost of large workflows and long lists."""
    def stages(count, rest):
        return "ropewalk: 1\nstages:\n" + "".join(f"  - {{name: s{i}, task: sim.noop{rest}}}\n" for i in range(count))

    def plan():
        for name, text in (("chain of 1,000", stages(1000, "")), ("10,000 side by side", stages(10_000, ", needs: []"))):
            file = bench.file(f"plan-{len(text)}.yaml", lambda: text)
            yield f"plan {name}, s", bench.timed([bench.ropewalk_program, "validate", "-q", file])

    def ordinary():
        """The latency for an editor or a hook, with the shipped plugins, for the slowest of the repository's workflows."""
        def once(name):
            file = os.path.join(HERE, "..", "..", "workflows", f"{name}.yaml")
            return bench.timed([bench.ropewalk_program, "validate", "-q", file])
        slowest = max(statistics.median(once(name) for _ in range(7)) for name in ("commands", "compress", "matrix", "pipeline", "words"))
        yield "validate an ordinary file, ms", slowest * 1e3

    def chain():
        yield "run a chain of 1,000, s", bench.run_file(bench.file("chain.yaml", lambda: stages(1000, ", executor: process")))

    def lines():
        bench.file("lines", lambda: "".join(f"line {i} of a million\n" for i in range(1_000_000)))
        file = bench.file("lines.yaml", lambda: "ropewalk: 1\nstages:\n  - {name: s, task: sim.echo, executor: process, "
                          "foreach: {lines: lines}, with: {value: \"${{ item }}\"}}\n")
        bench.run_file(file, "--events", bench.path("events"))
        with open(bench.path("events")) as events:
            first = next(event for event in map(json.loads, events) if event["event"] == "task_started")
        yield "first of 1,000,000 lines, ms", first["t"] * 1e3

    def stream():
        def peak(count):
            file = bench.file(f"stream-{count}.yaml", lambda: "ropewalk: 1\nstages:\n"
                              f"  - {{name: a, task: sim.echo, executor: process, foreach: {{range: {count}}}, with: {{value: \"${{{{ item }}}}\"}}}}\n"
                              "  - {name: b, task: sim.echo, executor: process, foreach: {results: a}, with: {value: \"${{ item.value }}\"}}\n")
            most = 0
            with subprocess.Popen([bench.ropewalk_program, "run", "-q", "--no-record", file], cwd=bench.folder) as program:
                # wait4() would include the usage of this program before it called exec.
                while program.poll() is None:
                    with open(f"/proc/{program.pid}/status") as status:
                        most = max([most, *(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))])
                    time.sleep(0.01)
            if program.returncode != 0:
                raise SystemExit(f"measure: a stream of {count} ended with {program.returncode}")
            return most / 1024
        yield "a stream of 1,000,000 adds, MB", peak(1_000_000) - peak(1000)

    def expression():
        yield from pools(bench, "expression")()
    return [ordinary, plan, chain, lines, stream, expression]


FIXED = ("serial", "thread", "process", "thread-per-task", "process-per-task")
US, MS, S = 1_000, 1_000_000, 1_000_000_000


@dataclasses.dataclass
class Workload:
    """Tasks that compute and wait for so many nanoseconds, one of `crash_every` of which crashes."""
    name: str
    tasks: int
    compute_ns: int = 0
    wait_ns: int = 0
    crash_every: int = 0

    def stage(self):
        return (f"task: load.work, on_error: ignore, foreach: {{range: {self.tasks}}}, with: {{turns: {self.compute_ns}, "
                f"wait_ns: {self.wait_ns}, crash_every: {self.crash_every}}}")

    def executors(self):
        """A mode that cannot be the fastest is not run where it takes minutes."""
        slow = set()
        if self.compute_ns + self.wait_ns >= 100 * MS:
            slow.add("serial")
        if self.tasks > 3000:
            slow.add("process-per-task")
        if self.tasks > 20_000:
            slow.add("thread-per-task")
        return [executor for executor in FIXED if executor not in slow]


# Each takes about a second on two cores in its fastest fixed mode; tasks of a second take eight.
WORKLOADS = [
    *(Workload(f"waiting {text}", tasks, wait_ns=ns)
      for text, ns, tasks in (("100 us", 100 * US, 8000), ("1 ms", MS, 1500), ("10 ms", 10 * MS, 200),
                              ("100 ms", 100 * MS, 24), ("1 s", S, 16))),
    *(Workload(f"computing {text}", tasks, compute_ns=ns)
      for text, ns, tasks in (("1 us", US, 1_000_000), ("10 us", 10 * US, 150_000), ("100 us", 100 * US, 16_000),
                              ("1 ms", MS, 1600), ("10 ms", 10 * MS, 160), ("100 ms", 100 * MS, 24), ("1 s", S, 16))),
    *(Workload(f"mixed {text}", tasks, compute_ns=ns // 2, wait_ns=ns // 2)
      for text, ns, tasks in (("100 us", 100 * US, 10_000), ("1 ms", MS, 1600), ("10 ms", 10 * MS, 200),
                              ("100 ms", 100 * MS, 24), ("1 s", S, 16))),
    *(Workload(f"crashing {text}, 1 of {every}", tasks, compute_ns=ns, crash_every=every)
      for text, ns, tasks, every in (("1 us", US, 200_000, 2000), ("100 us", 100 * US, 2000, 4), ("1 ms", MS, 1500, 50),
                                     ("1 ms", MS, 1000, 3), ("10 ms", 10 * MS, 160, 5), ("100 ms", 100 * MS, 24, 4),
                                     ("1 s", S, 16, 4))),
]


@area(3)
def auto(bench):
    """Seconds of workloads on each fixed executor, and on auto without a memory and with one."""
    def run(workload, executor, cache):
        environment = dict(os.environ, XDG_CACHE_HOME=cache)
        file = bench.workflow(f"auto-{workload.name.replace(' ', '-').replace(',', '')}", workload.stage())
        return bench.timed([bench.ropewalk_program, "run", file, "-q", "--no-record", "--executor", executor, "--plugins",
                            os.path.join(bench.build, "bench", "plugins")], env=environment)

    def step(workload):
        """The modes of a workload follow each other, in random order, so that a disturbance meets all of them."""
        def modes():
            cache = tempfile.mkdtemp(dir=bench.folder)
            systems = [*workload.executors(), "auto"]
            random.shuffle(systems)
            for executor in systems:
                yield f"{workload.name}: {executor}", run(workload, executor, cache)
            yield f"{workload.name}: auto again", run(workload, "auto", cache)
        return modes
    return [step(workload) for workload in WORKLOADS]
