"""Workflows that are run by the package ropewalk. usage: runs.py all [unittest arguments]"""

import html
import io
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
import types
import unittest
from unittest import mock

import ropewalk
from ropewalk import _progress, _runs

PATIENCE_S = 120  # only ends a hang

ECHO = """
ropewalk: 1
params:
  count: {type: int}
  label: {type: text, default: "none"}
  list: {type: list, default: []}
stages:
  - name: echo
    task: sim.echo
    foreach: {range: "${{ params.count }}"}
    with: {value: {n: "${{ item }}", label: "${{ params.label }}", list: "${{ params.list }}"}}
"""

MIXED = """
ropewalk: 1
stages:
  - {name: good, task: sim.echo, foreach: {range: 3}, with: {value: "${{ item }}"}}
  - {name: bad, task: sim.fail, foreach: {range: 2}, needs: [], with: {how: crash}}
  - {name: after, task: sim.noop, needs: [bad]}
"""

# A task says that it has begun by making its file.
HANGS = """
ropewalk: 1
params: {folder: {type: path}}
stages:
  - name: hang
    task: shell.run
    workers: 2
    executor: process
    foreach: {range: 2}
    with: {argv: [sh, -c, "trap '' TERM; touch \\"$1/$2\\"; while :; do sleep 1; done", sh, "${{ params.folder }}",
      "${{ item }}"]}
"""


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rope walk ")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def workflow(self, text):
        path = self.folder / "workflow.yaml"
        path.write_text(text)
        return path


class Results(Case):
    def test_rows_have_item_outcome_and_value(self):
        result = ropewalk.run(self.workflow(ECHO), count=2, label="a=b", list=[1, "two"], executor="process")
        self.assertTrue(result.ok)
        self.assertEqual(list(result), ["echo"])
        self.assertEqual([(row.index, row.item, row.outcome, row.value, row.message) for row in result["echo"]],
                         [(n, n, "succeeded", {"value": {"n": n, "label": "a=b", "list": [1, "two"]}}, "")
                          for n in range(2)])
        self.assertEqual(result["echo"].facts["executor"], "process")
        self.assertEqual(len(result["echo"][-1:]), 1)

    def test_failed_tasks_are_rows_and_no_exceptions(self):
        result = ropewalk.run(self.workflow(MIXED), executors={"bad": "process"})
        self.assertFalse(result.ok)
        self.assertEqual(result.counts, ropewalk.Counts(succeeded=3, failed=2))
        self.assertEqual((result["bad"].outcome, result["good"].ok, result["after"].outcome),
                         ("failed", True, "skipped"))
        for row in result["bad"]:
            self.assertEqual((row.outcome, row.value, row.ok), ("crashed", None, False))
            self.assertIn("SIGSEGV", row.message)
            self.assertIn("sim::Fail::run", row.evidence)
        self.assertIn("failed: 3 of 5 tasks succeeded", str(result))
        self.assertIn("<pre>", result._repr_html_())
        self.assertRaisesRegex(KeyError, "it has: good, bad, after", lambda: result["none"])

    def test_a_record_has_the_same_rows(self):
        ran = ropewalk.run(self.workflow(MIXED), record=self.folder / "records")
        for name in ("latest", ran.id):
            read = ropewalk.open_record(name, root=self.folder / "records")
            self.assertEqual((read.id, read.record, read.counts, read.outcome),
                             (ran.id, ran.record, ran.counts, ran.outcome))
            for stage in ran:
                self.assertEqual(list(read[stage]), list(ran[stage]))
        self.assertEqual(ropewalk.open_record(ran.record).id, ran.id)

    def test_errors_have_code_place_and_fix(self):
        path = self.workflow(ECHO.replace("sim.echo", "sim.ecoh"))
        with self.assertRaises(ropewalk.DiagnosticError) as caught:
            ropewalk.run(path, count=1)
        error = caught.exception
        self.assertEqual(error.code, "W201")
        self.assertTrue(error.place.startswith(f"{path}:9:"), error.place)
        self.assertIn("did you mean 'echo'?", str(error))
        with self.assertRaises(ropewalk.DiagnosticError) as caught:
            ropewalk.run(self.workflow(ECHO), cuont=1)
        self.assertEqual([each.code for each in caught.exception.diagnostics], ["C201", "C203"])
        self.assertTrue(all(each.fix for each in caught.exception.diagnostics))
        self.assertRaises(ropewalk.DiagnosticError, ropewalk.run, self.folder / "none.yaml")
        self.assertRaises(ropewalk.DiagnosticError, ropewalk.open_record, "none", root=self.folder)
        self.assertRaises(ValueError, ropewalk.run, path, progress="loud")


class Stops(Case):
    def interrupt(self, times):
        """The output of a program whose run is interrupted so often, from when its tasks have begun."""
        seen = self.folder / "seen"
        program = textwrap.dedent(f"""
            import signal
            import ropewalk
            def interrupt(number, frame):
                with open({str(seen)!r}, "a") as file:
                    print("seen", file=file)
                raise KeyboardInterrupt
            signal.signal(signal.SIGINT, interrupt)
            try:
                ropewalk.run({str(self.workflow(HANGS))!r}, folder={str(self.folder)!r},
                             grace={0.1 if times == 1 else 600})
            except KeyboardInterrupt:
                print("interrupted", flush=True)
            print(len(ropewalk.run({str(self.workflow_of_noop())!r})["noop"]), "the program goes on")
            """)
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        started = subprocess.Popen([sys.executable, "-B", "-c", program], env=env, stdout=subprocess.PIPE, text=True,
                                   start_new_session=True)
        self.wait_until(lambda: all((self.folder / name).exists() for name in "01"))
        for sent in range(times):
            started.send_signal(signal.SIGINT)
            self.wait_until(lambda: seen.exists() and len(seen.read_text().split()) > sent)
        out, _ = started.communicate(timeout=PATIENCE_S)
        return out

    def wait_until(self, holds):
        end = time.monotonic() + PATIENCE_S
        while not holds():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.01)

    def workflow_of_noop(self):
        path = self.folder / "noop.yaml"
        path.write_text("ropewalk: 1\nstages: [{name: noop, task: sim.noop}]\n")
        return path

    def test_ctrl_c_stops_the_run_and_not_the_program(self):
        self.assertEqual(self.interrupt(1), "interrupted\n1 the program goes on\n")

    def test_a_second_ctrl_c_kills(self):
        self.assertEqual(self.interrupt(2), "interrupted\n1 the program goes on\n")

    def test_an_exception_of_the_view_stops_the_run_and_is_raised(self):
        class Broken(_progress.LineView):
            def __call__(self, lines, frame):
                raise ZeroDivisionError

        with mock.patch.object(_runs, "view_of", lambda style: Broken(sys.stderr)):
            self.assertRaises(ZeroDivisionError, ropewalk.run, self.workflow(ECHO), count=3)


class Progress(Case):
    def test_text_has_a_line_for_each_stage(self):
        with mock.patch("sys.stderr", io.StringIO()) as err:
            ropewalk.run(self.workflow(MIXED), progress="text")
        self.assertIn("stage good: succeeded, 3/3 done", err.getvalue())
        self.assertIn("bad/0 crashed by SIGSEGV", err.getvalue())

    def test_a_notebook_has_one_output_that_updates(self):
        shown = []
        handle = types.SimpleNamespace(update=lambda made: shown.append(made))
        display = types.SimpleNamespace(HTML=lambda text: text, display=lambda made, display_id: handle)
        shell = types.SimpleNamespace(kernel=object())
        ipython = types.SimpleNamespace(display=display, get_ipython=lambda: shell)
        with mock.patch.dict("sys.modules", {"IPython": ipython, "IPython.display": display}):
            self.assertTrue(_progress.is_notebook())
            ropewalk.run(self.workflow(MIXED))
        self.assertTrue(all(made.startswith('<pre class="ropewalk"') for made in shown))
        self.assertIn("bad/0 crashed by SIGSEGV", html.unescape(shown[-1]))

    def test_a_terminal_shows_a_frame_that_is_redrawn(self):
        out = io.StringIO()
        view = _progress.TerminalView(out)
        view(["a line"], ["first"])
        view([], ["second", "third"])
        view(["another"], None)
        view.close()
        self.assertEqual(out.getvalue(), "a line\nfirst\n" "\x1b[1A\x1b[Jsecond\nthird\n"
                                         "\x1b[2A\x1b[Janother\nsecond\nthird\n" "\x1b[2A\x1b[J")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[2:]])
