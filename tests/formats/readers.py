"""Programs of others read the formats that ropewalk writes for them.

    readers.py CHECK ROPEWALK

Each check runs workflows, and compares what the other program has read with what ropewalk itself reports. It ends with
77, which CTest takes as skipped, where the other program is not installed.
"""
import glob
import importlib.util
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import own_settings

PROGRAM = pathlib.Path(sys.argv[2]).resolve()
SOURCE = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = SOURCE / "tests/unit/report/golden"
PATIENCE_S = 600  # ends a hang only

WORKFLOW = r"""ropewalk: 1
name: readers
stages:
  - name: make
    task: sim.echo
    executor: thread
    workers: 2
    foreach: ["plain", "q\"<&>'", "a\nb", "\u001b[1m"]
    with: {value: "${{ item }}"}
  - name: use
    task: shell.run
    executor: process
    workers: 2
    retries: 1
    foreach: {results: make}
    with: {argv: [sh, -c, 'printf "out\001\377\n"; echo err >&2; case "$1" in q*) exit 3;; a*) kill -9 $$;; p*) mkdir "$2";; esac', sh, "${{ item.value }}", "${{ params.folder }}/x"]}
  - {name: lanes, task: sim.noop, executor: process-per-task, workers: 2, needs: [use], after: any, foreach: {range: 5}}
  - {name: crash, task: sim.fail, executor: process, needs: [use], after: any, with: {how: crash}}
  - {name: never, task: sim.noop, needs: [use], foreach: {range: 3}}
params: {folder: .}
"""


def need(condition, package):
    if not condition:
        print(f"skipped: {package} is not installed; script/bootstrap --test installs it")
        sys.exit(77)


class Place:
    """A folder in which ropewalk runs, with records of its own."""

    def __init__(self):
        self.engines = []
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="readers "))
        self.environment = own_settings.environment(self.folder, LC_ALL="C.UTF-8", SHELL="/bin/bash")
        (self.folder / "run.yaml").write_text(WORKFLOW)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for engine in self.engines:
            engine.kill()
            engine.wait()
        shutil.rmtree(self.folder)

    def start(self, *words):
        """Starts ropewalk, waits until a task has written to the FIFO `started`, and until the record has begun."""
        os.mkfifo(self.folder / "started")
        self.engines.append(subprocess.Popen([PROGRAM, *words], cwd=self.folder, env=self.environment))
        (self.folder / "started").read_text()
        until = time.monotonic() + PATIENCE_S
        while self.ropewalk("show", "latest", code=None).returncode and time.monotonic() < until:
            time.sleep(0.01)

    def kill(self):
        self.engines[-1].send_signal(signal.SIGKILL)
        self.engines[-1].wait()

    def call(self, *words, code=0, **more):
        ended = subprocess.run([str(word) for word in words], capture_output=True, cwd=self.folder, env=self.environment, timeout=PATIENCE_S, **more)
        if code is not None and ended.returncode != code:
            sys.exit(f"{words} ended with {ended.returncode}:\n{ended.stdout.decode(errors='replace')}{ended.stderr.decode(errors='replace')}")
        return ended

    def ropewalk(self, *words, code=0, **more):
        return self.call(PROGRAM, *words, code=code, **more)

    def document(self, run="latest"):
        return json.loads(self.ropewalk("show", run, "--json").stdout)

    def text(self, name):
        return (self.folder / name).read_bytes()


def equal(actual, wanted, what):
    if actual != wanted:
        sys.exit(f"{what}: {actual!r}, not {wanted!r}")


def read_junit(path):
    import junitparser
    xml = junitparser.JUnitXml.fromfile(str(path))
    subprocess.run(["xmllint", "--noout", str(path)], check=True, timeout=PATIENCE_S)
    return xml, {suite.name: suite for suite in xml}


def junit():
    need(importlib.util.find_spec("junitparser"), "python3-junitparser")
    need(shutil.which("xmllint"), "libxml2-utils")
    with Place() as place:
        place.ropewalk("run", "run.yaml", "--junit", "run.xml", code=1)
        xml, suites = read_junit(place.folder / "run.xml")
        told = place.document()
        equal(list(suites), [stage["name"] for stage in told["stages"]], "suites")
        for stage in told["stages"]:
            suite = suites[stage["name"]]
            results = [case.result[0].__class__.__name__ if case.result else "Success" for case in suite]
            equal(results.count("Error" if stage["name"] == "crash" else "Failure"), stage["failed"], f"failures of {stage['name']}")
            equal(suite.failures + suite.errors, stage["failed"], f"counted failures of {stage['name']}")
            if stage["name"] != "never":
                equal(suite.tests, stage["tasks"], f"tests of {stage['name']}")
                equal(len(list(suite)), stage["tasks"], f"cases of {stage['name']}")
            else:
                equal(results, ["Skipped"], "cases of never")
        equal(xml.failures + xml.errors, sum(stage["failed"] for stage in told["stages"]), "failures of all")
        cases = list(suites["use"])
        equal([len(case._elem.findall("rerunFailure")) for case in cases], [0, 1, 1, 0], "attempts that were repeated")
        failed = cases[1]
        equal(failed.system_out, "out\\x01\\xff\n", "standard output")
        equal(failed.system_err, "err\n", "standard error")
    _, golden = read_junit(GOLDEN / "run.xml")
    equal([(suite.name, suite.tests, suite.failures, suite.errors, suite.skipped) for suite in golden.values()], [("hash", 5, 0, 1, 1), ("sum", 1, 0, 0, 1)], "the golden file")


def joblog():
    need(shutil.which("parallel"), "parallel")
    with Place() as place:
        (place.folder / "items").write_text("".join(f"{i}\n" for i in range(6)))
        command = ["sh", "-c", "echo ran $0 >> log; test $0 != 1 && test $0 != 4"]
        place.ropewalk("map", "shell.run", "--lines", "items", "--joblog", "jobs", "--", *command, "{}", code=1)
        lines = place.text("jobs").decode().splitlines()
        equal(lines[0].split("\t"), ["Seq", "Host", "Starttime", "JobRuntime", "Send", "Receive", "Exitval", "Signal", "Command"], "columns")
        equal(sorted(int(line.split("\t")[0]) for line in lines[1:]), [1, 2, 3, 4, 5, 6], "Seq")
        (place.folder / "log").unlink()
        # It takes everything as done.
        place.call("parallel", "--resume", "--joblog", "jobs", *["-q", *command], stdin=open(place.folder / "items"))
        equal((place.folder / "log").exists(), False, "--resume runs something")
        # It repeats what failed, by the items here and by the recorded commands.
        place.call("parallel", "-j1", "--resume-failed", "--joblog", "jobs", *["-q", *command], stdin=open(place.folder / "items"), code=2)
        equal(place.text("log").decode(), "ran 1\nran 4\n", "--resume-failed")
        (place.folder / "log").unlink()
        place.ropewalk("map", "shell.run", "--lines", "items", "--joblog", "jobs", "--", *command, "{}", code=1)
        (place.folder / "log").unlink()
        place.call("parallel", "-j1", "--retry-failed", "--joblog", "jobs", code=None)
        equal(sorted(place.text("log").decode().splitlines()), ["ran 1", "ran 4"], "--retry-failed")
        # What GNU parallel itself writes of the same commands: the same columns but for times.
        place.call("parallel", "--joblog", "theirs", "-q", *command, stdin=open(place.folder / "items"), code=None)
        place.ropewalk("map", "shell.run", "--lines", "items", "--joblog", "ours", "--", *command, "{}", code=1)

        def ends(name):
            return sorted(tuple(line.split("\t")[each] for each in (0, 1, 4, 6, 7)) for line in place.text(name).decode().splitlines()[1:])
        equal(ends("ours"), ends("theirs"), "the ends")
        # The golden file: all jobs are done, so that none runs.
        shutil.copy(GOLDEN / "run.joblog", place.folder / "golden")
        told = place.call("parallel", "--resume", "--joblog", "golden", "echo", ":::", *"abcd").stdout
        equal(told, b"", "the golden file")


def read_metrics(text):
    from prometheus_client.parser import text_string_to_metric_families
    families = {}
    for family in text_string_to_metric_families(text):
        equal(bool(family.documentation), True, f"help of {family.name}")
        for sample in family.samples:
            equal(sample.timestamp, None, "time stamp")
            key = (sample.name, tuple(sorted(sample.labels.items())))
            equal(key in families, False, f"{key} twice")
            families[key] = sample.value
    return families


def metrics():
    need(importlib.util.find_spec("prometheus_client"), "python3-prometheus-client")
    with Place() as place:
        (place.folder / "run.yaml").write_text(WORKFLOW.replace("name: readers", 'name: "read\\\\ers \\"1\\""'))
        place.ropewalk("run", "run.yaml", "--metrics", "run.prom", code=1)
        told = place.document()
        samples = read_metrics(place.text("run.prom").decode())

        def value(name, **labels):
            return samples[(name, tuple(sorted((labels | {"workflow": told["workflow"]}).items())))]
        equal(value("ropewalk_run_state", state="failed"), 1, "state")
        equal(value("ropewalk_run_state", state="running"), 0, "state")
        for stage in told["stages"]:
            name = stage["name"]
            for outcome in ("succeeded", "skipped", "cancelled", "not_started"):
                equal(value("ropewalk_tasks_total", stage=name, outcome=outcome), stage[outcome], f"{outcome} of {name}")
            if name != "never":
                equal(float(f'{value("ropewalk_stage_duration_seconds", stage=name):.7g}'), stage["wall_s"], f"duration of {name}")
                equal(value("ropewalk_task_run_seconds_count", stage=name), stage["tasks"] + stage["retried"], f"attempts of {name}")
                equal(value("ropewalk_task_run_seconds_bucket", stage=name, le="+Inf"), stage["tasks"] + stage["retried"], f"attempts of {name}")
    golden = read_metrics((GOLDEN / "run.prom").read_text())
    equal(golden[("ropewalk_tasks_total", (("outcome", "crashed"), ("stage", "hash"), ("workflow", 'de"mo')))], 1, "the golden file")


def viewer():
    found = sorted(glob.glob("/usr/share/go-*/src/cmd/trace/static/trace_viewer_full.html"))
    need(found, "golang-1.19-src")
    need(shutil.which("node"), "nodejs")
    return found[-1]


def read_trace(path):
    read = subprocess.run(["node", str(SOURCE / "tests/formats/trace_reader.js"), viewer(), str(path)], capture_output=True, timeout=PATIENCE_S)
    if read.returncode:
        sys.exit(f"the viewer cannot read {path}:\n{read.stderr.decode()}")
    trace = json.loads(read.stdout)
    equal(trace["warnings"], [], "warnings of the viewer")
    for process in trace["processes"]:
        for thread in process["threads"]:
            equal(thread["top"], len(thread["spans"]), f"spans that overlap on {process['name']}, {thread['name']}")
    return trace


def trace():
    viewer()
    with Place() as place:
        place.ropewalk("run", "run.yaml", "-q", code=1)
        place.ropewalk("trace", "latest", "-o", "trace.json")
        told = place.document()
        trace = read_trace(place.folder / "trace.json")
        engine, hosts = [[each for each in trace["processes"] if (each["name"] == "ropewalk") == is_engine] for is_engine in (True, False)]
        spans = [span for host in hosts for thread in host["threads"] for span in thread["spans"]]
        ran = [stage for stage in told["stages"] if stage["name"] != "never"]
        equal(len(spans), sum(stage["tasks"] + stage["retried"] for stage in ran), "spans")
        equal(all(thread["name"] for host in hosts for thread in host["threads"]), True, "every track has a name")
        for stage in ran:
            of_stage = [span for span in spans if span["args"]["stage"] == stage["name"]]
            equal(round(sum(span["duration"] for span in of_stage) / 1e3, 5), round(stage["task_s"]["sum"], 5), f"time of {stage['name']}")
        # A result of each task of `make` is consumed, once.
        equal(sorted((start.split(" ")[0], end.split(" ")[0]) for start, end in trace["arrows"]), [(f"make/{i}", f"use/{i}") for i in range(4)], "arrows")
        tracks = {thread["name"]: thread for thread in engine[0]["threads"]}
        equal(list(tracks), ["run", "stage make", "stage use", "stage lanes", "stage crash", "stage never"][:len(tracks)], "tracks of the engine")
        counters = {counter["name"]: counter["samples"] for counter in engine[0]["counters"]}
        equal(max(counters["lanes: succeeded"]), 5, "counter of succeeded tasks")
        equal(max(counters["use: failed"]), 2, "counter of failed tasks")
        equal(counters["use: running"][-1], 0, "counter of running tasks")
        equal("cores busy" in counters, True, "counter of cores")
        deaths = [instant for host in hosts for instant in host["instants"]]
        equal([death.startswith("host was killed by SIG") for death in deaths], [True], f"deaths of hosts: {deaths}")
        lanes = [host for host in hosts if host["name"] == "lanes: a process for each task"]
        equal(sum(len(thread["spans"]) for thread in lanes[0]["threads"]), 5, "spans in lanes")
    golden = read_trace(GOLDEN / "run.trace.json")
    equal(golden["arrows"], [['hash/0 (a\\nb"\\x01)', "use/0"], ["hash/1", "use/1"]], "arrows of the golden file")
    equal([instant for process in golden["processes"] for instant in process["instants"]], ["host was killed by SIGSEGV"], "deaths in the golden file")
    equal(golden["instants"], ['warning: slow "disk"'], "warnings in the golden file")


def later():
    names = {"--junit": "xml", "--joblog": "log", "--metrics": "prom"}
    with Place() as place:
        words = lambda name: [word for option, end in names.items() for word in (option, f"{name}.{end}")]
        place.ropewalk("run", "run.yaml", *words("live"), code=1)
        place.ropewalk("show", "latest", *words("later"))
        for end in names.values():
            equal(place.text(f"later.{end}"), place.text(f"live.{end}"), end)
        for option, end in names.items():
            equal(place.ropewalk("show", "latest", option, "-").stdout, place.text(f"live.{end}"), f"{option} on stdout")


def unfinished():
    with Place() as place:
        (place.folder / "long.yaml").write_text("ropewalk: 1\nname: long\nstages:\n  - {name: wait, task: shell.run, executor: process, workers: 1, foreach: {range: 3}, with: {argv: [sh, -c, 'test $0 = 0 || { echo > started; exec sleep 1000; }', '${{ index }}']}}\n")
        place.start("run", "long.yaml", "-q")
        for state, words in (("running", "the run goes on"), ("killed", "the run was killed")):
            if state == "killed":
                place.kill()
            xml = place.ropewalk("show", "latest", "--junit", "-").stdout.decode()
            equal(words in xml, True, f"{state}: {xml}")
            equal(f'state="{state}"}} 1' in place.ropewalk("show", "latest", "--metrics", "-").stdout.decode(), True, f"metrics of {state}")
            equal(words in place.ropewalk("trace", "latest").stdout.decode(), True, f"trace of {state}")
            equal(place.ropewalk("show", "latest", "--joblog", "-").stdout.startswith(b"Seq\tHost"), True, f"joblog of {state}")
        (place.folder / "empty.yaml").write_text("ropewalk: 1\nname: empty\nstages:\n  - {name: none, task: sim.noop, foreach: []}\n")
        place.ropewalk("run", "empty.yaml", "--junit", "e.xml", "--joblog", "e.log", "--metrics", "e.prom", code=5)
        equal(b"the run had no task at all" in place.text("e.xml"), True, "junit without a task")
        equal(place.text("e.log").count(b"\n"), 1, "joblog without a task")
        equal(b"state=\"succeeded\"} 1" in place.text("e.prom"), True, "metrics without a task")
        equal("the run had no task" in place.ropewalk("trace", "latest").stdout.decode(), True, "trace without a task")


def places():
    with Place() as place:
        (place.folder / "mark.yaml").write_text("ropewalk: 1\nstages:\n  - {name: s, task: shell.run, with: {argv: [touch, ran]}}\n")
        for option in ("--junit", "--joblog", "--metrics"):
            told = place.ropewalk("run", "mark.yaml", option, "no/such/file", code=2).stderr.decode()
            equal(f"error[C108]: {option}: cannot write 'no/such/file'" in told, True, told)
            told = place.ropewalk("run", "mark.yaml", option, "mark.yaml", code=2).stderr.decode()
            equal(f"error[C114]: {option}: 'mark.yaml' is what the run reads" in told, True, told)
        equal((place.folder / "ran").exists(), False, "a task has run")
        # A run that is killed leaves the old file.
        (place.folder / "old.xml").write_text("old")
        (place.folder / "kill.yaml").write_text("ropewalk: 1\nstages:\n  - {name: s, task: shell.run, executor: process, with: {argv: [sh, -c, 'echo > started; exec sleep 1000']}}\n")
        place.start("run", "kill.yaml", "-q", "--junit", "old.xml")
        place.kill()
        equal(place.text("old.xml"), b"old", "the old file")
        place.ropewalk("trace", "no-such-run", "-o", "old.xml", code=2)
        equal(place.text("old.xml"), b"old", "the old file")
        # A device that takes nothing.
        told = place.ropewalk("show", "latest", "--junit", "/dev/full", code=74).stderr.decode()
        equal("cannot write '/dev/full': No space left on device" in told, True, told)
        told = place.ropewalk("trace", "latest", "-o", "/dev/full", code=74).stderr.decode()
        equal("cannot write '/dev/full': No space left on device" in told, True, told)


def secrets():
    with Place() as place:
        (place.folder / "secret.yaml").write_text("ropewalk: 1\nname: secret\nparams: {key: {type: text, secret: true}}\nstages:\n  - {name: s, task: shell.run, foreach: [x], with: {argv: [sh, -c, 'echo $0; echo $0 >&2; false', '${{ params.key }}', '${{ item }}']}}\n")
        place.environment["ROPEWALK_PARAM_KEY"] = "hunter22"
        place.ropewalk("run", "secret.yaml", "--junit", "x", "--joblog", "l", "--metrics", "m", code=1)
        place.ropewalk("trace", "latest", "-o", "t")
        for name in "xlmt":
            equal(b"hunter22" in place.text(name), False, f"the secret is in {name}")
        equal(place.text("l").splitlines()[1].split(b"\t")[-1], b"sh -c 'echo $0; echo $0 >&2; false' '***' x", "the command")
        equal(b"<system-err>***\n" in place.text("x"), True, "standard error")
        del place.environment["ROPEWALK_PARAM_KEY"]
        # The record does not have the secret, so the command cannot be made again.
        later = place.ropewalk("show", "latest", "--joblog", "-").stdout
        equal(later.splitlines()[1].split(b"\t")[-1], b"shell.run x", "the command later")


globals()[sys.argv[1]]()
