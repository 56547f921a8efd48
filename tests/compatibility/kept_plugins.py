"""Plugins of earlier SDKs still run, and still compile. See README.md.

    kept_plugins.py CHECK ROPEWALK [EXECUTOR]

The binaries are of x86-64: elsewhere, the checks of binaries end with 77.
"""
import base64
import json
import pathlib
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import own_settings

PROGRAM = pathlib.Path(sys.argv[2]).resolve()
KEPT = HERE / "sdk-0.1"
FLAGS = ["-Wall", "-Wextra", "-Werror", "-Os", "-shared", "-fPIC", "-fvisibility=hidden"]
SDK = HERE.parents[1] / "sdk/include"

WORKFLOW = """
ropewalk: 1
stages:
  - name: mirror
    task: kept_cpp.mirror
    executor: EXECUTOR
    foreach: {range: 40}
    with:
      flag: true
      whole: "${{ item }}"
      real: 1.5
      text: blue
      bytes: "b"
      path: /dev/null
      time: 1.5s
      size: 2KiB
      list: [1, 2, 3]
      map: {one: 1, half: 0.5}
      any: {nested: [true, {deep: text}]}
  - {name: talk, task: kept_cpp.talk, executor: EXECUTOR, foreach: {range: 4}, retries: {max: 1, delay: 0s}}
  - {name: count, task: kept_cpp.count, executor: EXECUTOR, foreach: {range: 8}, with: {number: "${{ item }}"}}
  - {name: output, task: kept_cpp.output, executor: EXECUTOR, foreach: {range: 4}}
  - {name: sum, task: kept_c.sum, executor: EXECUTOR, foreach: {range: 10}, with: {numbers: ["${{ item }}", 1, 40], word: some}}
  - {name: fail, needs: [], task: kept_cpp.fail, executor: EXECUTOR, foreach: [error, permanent, number], with: {how: "${{ item }}"}, retries: {max: 1, delay: 0s}}
  - {name: refuse, needs: [], task: kept_c.sum, executor: EXECUTOR, with: {numbers: [-1]}}
  - {name: wait, needs: [], task: kept_cpp.wait, executor: EXECUTOR, timeout: 200ms, foreach: {range: 2}}
"""


def expect(truth, what):
    if not truth:
        sys.exit(str(what))


def ropewalk(folder, *words):
    return subprocess.run([PROGRAM, *words], cwd=folder, capture_output=True, text=True, timeout=600,
                          env=own_settings.environment(folder, ROPEWALK_RECORD="false", LC_ALL="C.UTF-8"))


def only_binaries(folder):
    """A folder that has the binaries and nothing else of the tree."""
    plugins = folder / "plugins"
    plugins.mkdir()
    for file in KEPT.glob("*.so"):
        shutil.copy(file, plugins)
    return plugins


def from_sources(folder, cpp="g++", c="gcc", sdk=None):
    """The same plugins, compiled with the SDK of today or with another."""
    plugins = folder / "plugins"
    plugins.mkdir()
    flags = [*FLAGS, "-I", str(sdk or SDK)]
    for command, standard, source in ((cpp, "c++20", "kept_cpp.cpp"), (c, "c11", "kept_c.c")):
        subprocess.run([command, f"-std={standard}", *flags, KEPT / source, "-o", plugins / pathlib.Path(source).with_suffix(".so").name], check=True)
    return plugins


def run_them(folder, plugins, executor):
    (folder / "kept.yaml").write_text(WORKFLOW.replace("EXECUTOR", executor))
    ended = ropewalk(folder, "run", "kept.yaml", "--plugins", plugins, "-q", "--results", "results", "--events", "events")
    expect(ended.returncode == 1, f"it ended with {ended.returncode}: {ended.stderr}")
    tasks = {}
    for line in (folder / "results").read_text().splitlines():
        task = json.loads(line)
        tasks.setdefault(task["stage"], []).append(task)
    events = [json.loads(line) for line in (folder / "events").read_text().splitlines()]
    return tasks, events


def judge(tasks, events):
    succeeded = {name: {task["outcome"] for task in of_stage} for name, of_stage in tasks.items()}
    for stage in ("mirror", "talk", "count", "output", "sum"):
        expect(succeeded[stage] == {"succeeded"}, tasks[stage])
    expect(len(tasks["mirror"]) == 40, tasks["mirror"])
    for index, task in enumerate(tasks["mirror"]):
        wanted = {"flag": True, "whole": index, "small": 7, "real": 1.5, "text": "blue", "bytes": {"base64": base64.b64encode(b"b").decode()},
                  "path": "/dev/null", "time": 1.5, "size": 2048, "list": [1, 2, 3], "map": {"half": 0.5, "one": 1.0},
                  "any": {"nested": [True, {"deep": "text"}]}, "absent": None,
                  "buffer": {"base64": base64.b64encode(b"blue").decode()}, "index": index, "stage": "mirror"}
        got = dict(task["value"])
        got.setdefault("absent", None)
        expect(got == wanted, f"{got}\nis not\n{wanted}")
    expect([task["value"] for task in tasks["talk"]] == [{"attempt": 2}] * 4, tasks["talk"])
    expect([task["value"] for task in tasks["count"]] == [{"twice": 2 * i, "opened_by": "count"} for i in range(8)], tasks["count"])
    expect([task["value"] for task in tasks["output"]] == [{"text": "kept output"}] * 4, tasks["output"])
    expect([task["value"] for task in tasks["sum"]] ==
           [{"total": 41 + i, "word": "some", "nested": {"count": 3, "list": [None, True, 0.5, "text"]}} for i in range(10)], tasks["sum"])
    expect([task["message"] for task in tasks["fail"]] == ["an error", "for good", "exception of type int"], tasks["fail"])
    expect([task["message"] for task in tasks["refuse"]] == ["the total is negative"], tasks["refuse"])
    expect(succeeded["wait"] == {"timed_out"}, tasks["wait"])

    attempts = [each["attempt"] for each in events if each["event"] == "task_finished" and each["stage"] == "fail" and each["index"] == 1]
    expect(attempts == [1], f"a permanent failure was retried: {attempts}")


def executor():
    """The binaries alone, in a folder of their own, give the results that are written down here."""
    with tempfile.TemporaryDirectory(prefix="kept plugins ") as name:
        folder = pathlib.Path(name)
        judge(*run_them(folder, only_binaries(folder), sys.argv[3]))


def log():
    """What they log and report while they run reaches the user."""
    with tempfile.TemporaryDirectory(prefix="kept plugins ") as name:
        folder = pathlib.Path(name)
        plugins = only_binaries(folder)
        ended = ropewalk(folder, "map", "kept_c.sum", "--plugins", plugins, "-v", "--with", "numbers=[1, 2]", "--range", "1")
        expect(ended.returncode == 0 and "warning: kept in C" in ended.stderr, ended.stderr)
        ended = ropewalk(folder, "map", "kept_cpp.talk", "--plugins", plugins, "--range", "1", "--events", "events")
        expect(ended.returncode == 1 and "warning: kept warning" in ended.stderr and "once more" in ended.stderr, ended.stderr)


def stop():
    """A running task reports its progress, is asked to stop, and stops."""
    with tempfile.TemporaryDirectory(prefix="kept plugins ") as name:
        folder = pathlib.Path(name)
        (folder / "wait.yaml").write_text("ropewalk: 1\nstages: [{name: wait, task: kept_cpp.wait, executor: thread, timeout: 1h}]\n")
        words = [PROGRAM, "run", "wait.yaml", "--plugins", only_binaries(folder), "-q", "--events", "-", "--results", "results"]
        with subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, text=True, env=own_settings.environment(folder, ROPEWALK_RECORD="false")) as running:
            reported = None
            for line in running.stdout:
                event = json.loads(line)
                if event["event"] == "task_progress" and not reported:
                    reported = event
                    running.send_signal(signal.SIGINT)
            expect(running.wait() == -signal.SIGINT, f"it ended with {running.returncode}")
        expect(reported and reported["fraction"] == 0.5 and reported["text"] == "half of it", reported)
        expect(json.loads((folder / "results").read_text())["outcome"] == "cancelled", (folder / "results").read_text())


def describe():
    """The program reads the declarations of the binaries as it reads those of the same sources today."""
    with tempfile.TemporaryDirectory(prefix="kept plugins ") as name:
        kept, today = pathlib.Path(name) / "kept", pathlib.Path(name) / "today"
        said = []
        for folder, make in ((kept, only_binaries), (today, from_sources)):
            folder.mkdir()
            plugins = make(folder)
            for plugin in ("kept_cpp", "kept_c"):
                ended = ropewalk(folder, "plugins", "show", plugin, "--plugins", plugins)
                expect(ended.returncode == 0, ended.stderr)
                said.append(re.sub(r"^.*/(kept|today)/.*$", "", ended.stdout, flags=re.M))
        expect(said[:2] == said[2:], f"{said[:2]}\nis not\n{said[2:]}")
        expect("absent" in said[0] and "1.2.3" in said[0], said[0])


def compile():
    """The sources compile without a warning, with each compiler, and give the same results."""
    for cpp, c in (("g++", "gcc"), ("clang++", "clang")):
        if not shutil.which(cpp):
            continue
        with tempfile.TemporaryDirectory(prefix="kept plugins ") as name:
            folder = pathlib.Path(name)
            judge(*run_them(folder, from_sources(folder, cpp, c), "process"))


def newer():
    """A plugin of a newer SDK of the same ABI runs, unless it says that it needs a newer host."""
    with tempfile.TemporaryDirectory(prefix="kept plugins ") as name:
        folder = pathlib.Path(name)
        sdk = folder / "sdk"
        shutil.copytree(SDK, sdk)
        header = sdk / "ropewalk/sdk/abi.h"
        text = header.read_text()
        minor = int(re.search(r"#define ROPEWALK_ABI_MINOR (\d+)u", text)[1])
        text = text.replace(f"#define ROPEWALK_ABI_MINOR {minor}u", f"#define ROPEWALK_ABI_MINOR {minor + 1}u")
        for struct in ("field", "task_info", "host", "task_type"):  # each has something more at its end
            expect(text.count(f"}} ropewalk_{struct};") == 1, struct)
            text = text.replace(f"}} ropewalk_{struct};", f"  void (*fresh)(void);\n}} ropewalk_{struct};")
        text = text.replace("} ropewalk_plugin;", "  const char* fresh;\n} ropewalk_plugin;")
        header.write_text(text)
        # Fields that an older source does not set are zero, which compilers would mention.
        FLAGS.append("-Wno-missing-field-initializers")
        plugins = from_sources(folder, sdk=sdk)
        judge(*run_them(folder, plugins, "process"))
        said = ropewalk(folder, "plugins", "check", plugins / "kept_cpp.so").stdout
        expect(f"ABI 1.{minor + 1}" in said, said)

        source = folder / "needs.c"
        source.write_text((KEPT / "kept_c.c").read_text().replace(".abi_minor = 0,", f".abi_minor = {minor + 1}, .min_host_minor = {minor + 1},").replace('"kept_c"', '"needs"'))
        subprocess.run(["gcc", "-std=c11", *FLAGS, "-I", sdk, source, "-o", plugins / "needs.so"], check=True)
        ended = ropewalk(folder, "map", "needs.sum", "--plugins", plugins, "--with", "numbers=[1]", "--range", "1")
        expect(ended.returncode == 4 and ended.stderr.count("error[") == 1 and "error[P107]" in ended.stderr, f"{ended.returncode}: {ended.stderr}")
        expect(f"1.{minor + 1}" in ended.stderr and f"1.{minor}" in ended.stderr, f"it does not name both versions: {ended.stderr}")


def foreign():
    """A plugin for another kind of machine, and one that is cut short, are refused in one message."""
    with tempfile.TemporaryDirectory(prefix="kept plugins ") as name:
        folder = pathlib.Path(name)
        plugins = only_binaries(folder)
        binary = (plugins / "kept_c.so").read_bytes()
        for what, content in (("of another machine", binary[:18] + bytes([183, 0]) + binary[20:]),  # e_machine: AArch64
                              ("of 32 bits", binary[:4] + bytes([1]) + binary[5:]), ("cut short", binary[:1000]), ("no plugin", b"#!/bin/sh\n")):
            (plugins / "kept_c.so").write_bytes(content)
            ended = ropewalk(folder, "map", "kept_c.sum", "--plugins", plugins, "--with", "numbers=[1]", "--range", "1")
            expect(ended.returncode == 4 and ended.stderr.count("error[") == 1, f"{what}: {ended.returncode}: {ended.stderr}")
            expect("error[P1" in ended.stderr and "kept_c.so" in ended.stderr, f"{what}: {ended.stderr}")


if sys.argv[1] not in ("compile", "newer") and platform.machine() != "x86_64":
    print("skipped: the kept binaries are of x86-64")
    sys.exit(77)
globals()[sys.argv[1]]()
