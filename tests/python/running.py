"""Runs the program on plugins that a test writes, in Debian's interpreter."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import own_settings

PATIENCE = 600  # seconds; only ends a hang

HEAD = """\
import ropewalk
from typing import *
from pathlib import Path
from datetime import timedelta
from dataclasses import dataclass
"""


class Place:
    """A folder with plugins and the workflows that run them."""

    def __init__(self, program):
        self.program = pathlib.Path(program).resolve()
        self.kept = tempfile.TemporaryDirectory(prefix="python plugins ")
        self.folder = pathlib.Path(self.kept.name)

    def write(self, name, text, head=HEAD):
        (self.folder / name).write_text(head + text)

    def run(self, *words, code=0, env={}):
        """Returns (stdout, stderr). `code`: the required exit code; None: any."""
        end = subprocess.run([self.program, *words], capture_output=True, text=True, cwd=self.folder, env=self.environment(env), timeout=PATIENCE)
        if code is not None and end.returncode != code:
            sys.exit(f"ropewalk {' '.join(map(str, words))} ended with {end.returncode}, not {code}:\n{end.stdout}{end.stderr}")
        return end.stdout, end.stderr

    def environment(self, more):
        """That of the test, in which nothing changes how Python starts."""
        environment = own_settings.environment(self.folder / "home", ROPEWALK_RECORD="false", PATH="/usr/bin:/bin", **more)
        for name in ("VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PYTHONPATH", "PYTHONFAULTHANDLER"):
            if name not in more:
                environment.pop(name, None)
        return environment

    def start(self, *words):
        """A program that runs. The caller waits for it."""
        return subprocess.Popen([self.program, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.folder, env=self.environment({}))

    def stages(self, *stages, code=0, words=(), env={}, **keys):
        """Runs a workflow of these stages. Returns (results as objects, stderr)."""
        workflow = {"ropewalk": 1, "name": "test", "plugins": {"path": ["."]}, **keys, "stages": list(stages)}
        (self.folder / "test.yaml").write_text(json.dumps(workflow))
        out, err = self.run("run", "test.yaml", "--results", "-", *words, code=code, env=env)
        return [json.loads(line) for line in out.splitlines()], err

    def task(self, task, executor="process", code=0, words=(), env={}, **keys):
        """One stage of this task. Returns (results, stderr)."""
        return self.stages({"name": "s", "task": task, "executor": executor, **keys}, code=code, words=words, env=env)


def equal(found, wanted, what=""):
    if found != wanted:
        sys.exit(f"{what}\nfound:  {found!r}\nwanted: {wanted!r}")


def contains(text, *parts):
    for part in parts:
        if part not in text:
            sys.exit(f"this is missing: {part}\nin:\n{text}")


def lacks(text, *parts):
    for part in parts:
        if part in text:
            sys.exit(f"this is there: {part}\nin:\n{text}")


def main(checks):
    """`checks`: the functions of the script by name; the first argument chooses one, the second is the program."""
    checks[sys.argv[1]](Place(sys.argv[2]))
