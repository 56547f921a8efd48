"""The executors of the package ropewalk. usage: executors.py all [unittest arguments]"""

import asyncio
import collections
import os
import pathlib
import pickle
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import unittest
from concurrent.futures import CancelledError, Future, as_completed
from concurrent.futures.process import BrokenProcessPool

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import ropewalk  # noqa: E402
import work  # noqa: E402

PATIENCE_S = 120  # only ends a hang
BOTH = (ropewalk.ProcessExecutor, ropewalk.ThreadExecutor)


def wait_until(holds):
    """Looks again and again; only a hang takes long."""
    end = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > end:
            raise AssertionError("it did not happen in time")
        time.sleep(0.01)


def lines_of(path):
    return path.read_text().splitlines() if path.exists() else []


def descendants(pid):
    """Processes below that one, now."""
    children = collections.defaultdict(list)
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int(entry.joinpath("stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            children[parent].append(int(entry.name))
    found, look = [], [pid]
    while look:
        for child in children[look.pop()]:
            found.append(child)
            look.append(child)
    return found


def lives(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rope walk ")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def start(self, program, **more):
        """A program of its own, which finds work and ropewalk."""
        path = self.folder / "program.py"
        path.write_text(textwrap.dedent(program))
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        return subprocess.Popen([sys.executable, "-B", str(path), str(self.folder)], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, env=env, start_new_session=True, **more)

    def run_program(self, program):
        started = self.start(program)
        out, err = started.communicate(timeout=PATIENCE_S)
        return started.returncode, out, err


class Failures(Case):
    def test_one_of_200_tasks_crashes_and_199_results_arrive(self):
        for kind in BOTH:
            with self.subTest(kind.__name__), kind(2) as pool:
                futures = {pool.submit(work.crash_at, n, 100): n for n in range(200)}
                results, crashes = [], []
                for future in as_completed(futures, PATIENCE_S):
                    try:
                        results.append(future.result())
                    except ropewalk.TaskCrashed as crash:
                        crashes.append((futures[future], crash))
                self.assertEqual(sorted(results), [n for n in range(200) if n != 100])
                [(number, crash)] = crashes
                self.assertEqual(number, 100)
                self.assertEqual(crash.signal, signal.SIGSEGV)
                self.assertIsInstance(crash, BrokenProcessPool)
                self.assertEqual(crash.task, "crash_at/100")
                line = 1 + pathlib.Path(work.__file__).read_text()[:pathlib.Path(work.__file__).read_text().index(
                    "ctypes.string_at(0)  # the line")].count("\n")
                self.assertIn(f"work.py\", line {line} in crash_at", crash.evidence)
                self.assertEqual(pool.submit(work.multiply, 6, 7).result(PATIENCE_S), 42)

    def test_each_end_of_a_process_has_its_exception(self):
        with ropewalk.ProcessExecutor(2) as pool:
            with self.assertRaises(ropewalk.TaskCrashed) as killed:
                pool.submit(work.kill_itself).result(PATIENCE_S)
            self.assertEqual(killed.exception.signal, signal.SIGKILL)
            with self.assertRaises(ropewalk.TaskCrashed) as exited:
                pool.submit(work.exit_now, 7).result(PATIENCE_S)
            self.assertEqual((exited.exception.signal, exited.exception.exit_code), (None, 7))
            self.assertRaises(SystemExit, pool.submit(sys.exit, 3).result, PATIENCE_S)
            again = pickle.loads(pickle.dumps(killed.exception))
            self.assertEqual((again.signal, again.task, str(again)),
                             (signal.SIGKILL, killed.exception.task, str(killed.exception)))

    def test_a_timeout_ends_a_task_that_sleeps_locks_or_loops(self):
        for kind in BOTH:
            with self.subTest(kind.__name__), kind(2, timeout=0.2, grace=0.2) as pool:
                for hangs in (work.sleep, work.lock, work.loop):
                    self.assertRaises(ropewalk.TaskTimedOut, pool.submit(hangs).result, PATIENCE_S)
                self.assertEqual(pool.submit(work.multiply, 6, 7).result(PATIENCE_S), 42)

    def test_exceptions_arrive_with_their_traceback_as_cause(self):
        with ropewalk.ProcessExecutor(1) as pool:
            with self.assertRaises(ValueError) as caught:
                pool.submit(work.raise_chained).result(PATIENCE_S)
            self.assertIn('raise ValueError("chained") from error', str(caught.exception.__cause__))
            self.assertIn("KeyError: 'no such key'", str(caught.exception.__cause__))

    def test_an_exception_that_cannot_be_pickled_is_told_by_its_text(self):
        with ropewalk.ProcessExecutor(1) as pool:
            with self.assertRaises(ropewalk.TaskFailed) as caught:
                pool.submit(work.raise_stubborn).result(PATIENCE_S)
            self.assertIn("it is stubborn", str(caught.exception))
            self.assertIn("raise Stubborn(1, 2)", str(caught.exception.__cause__))

    def test_what_cannot_be_sent_fails_its_future_with_one_clear_message(self):
        held = threading.Lock()
        with ropewalk.ProcessExecutor(1) as pool:
            future = pool.submit(lambda: held)
            with self.assertRaises(pickle.PicklingError) as caught:
                future.result(PATIENCE_S)
            self.assertIn("cannot be sent to a worker", str(caught.exception))
            self.assertEqual(str(caught.exception).count("\n"), 0)
            self.assertEqual(pool.submit(work.multiply, 6, 7).result(PATIENCE_S), 42)

    def test_retries_try_exceptions_and_crashes_again(self):
        with ropewalk.ProcessExecutor(1, retries=2) as pool:
            self.assertEqual(pool.submit(work.fail_until, self.folder / "calls", 2).result(PATIENCE_S), 3)
            self.assertRaises(ConnectionError, pool.submit(work.fail_until, self.folder / "more", 9).result, PATIENCE_S)
            self.assertEqual(len(lines_of(self.folder / "more")), 3)
            with self.assertRaises(ropewalk.TaskCrashed) as crashed:
                pool.submit(work.kill_itself).result(PATIENCE_S)
            self.assertEqual(crashed.exception.attempts, 3)

    def test_a_failing_initializer_breaks_the_executor(self):
        pool = ropewalk.ProcessExecutor(1, initializer=work.raise_chained)
        future = pool.submit(work.pid)
        self.assertRaisesRegex(BrokenProcessPool, "ValueError: chained", future.result, PATIENCE_S)
        self.assertRaises(BrokenProcessPool, pool.submit, work.pid)
        pool.shutdown()

    def test_kill_ends_every_future_also_of_tasks_that_were_just_submitted(self):
        for _ in range(20):
            pool = ropewalk.ProcessExecutor(2)
            futures = [pool.submit(work.multiply, n, 1) for n in range(5)]
            futures[0].result(PATIENCE_S)
            futures += [pool.submit(work.sleep) for _ in range(5)]
            pool.kill()
            pool.shutdown()
            self.assertTrue(all(future.done() for future in futures))
            self.assertRaises(RuntimeError, pool.submit, work.pid)

    def test_stop_ends_a_task_that_runs(self):
        with ropewalk.ProcessExecutor(1) as pool:
            begun = self.folder / "begun"
            future = pool.submit(work.touch_and_sleep, begun)
            wait_until(lambda: lines_of(begun))
            self.assertTrue(pool.stop(future))
            self.assertRaises(CancelledError, future.result, PATIENCE_S)
            self.assertFalse(pool.stop(future))
            self.assertEqual(pool.submit(work.multiply, 6, 7).result(PATIENCE_S), 42)


class Calls(Case):
    def test_futures_are_those_of_concurrent_futures(self):
        with ropewalk.ProcessExecutor(1) as pool:
            self.assertIs(type(pool.submit(work.pid)), Future)

    def test_threads_share_one_other_process(self):
        with ropewalk.ThreadExecutor(3) as pool:
            seen = [future.result(PATIENCE_S) for future in [pool.submit(work.thread_and_pid) for _ in range(60)]]
            self.assertEqual(len({pid for pid, _ in seen}), 1)
            self.assertNotIn(os.getpid(), {pid for pid, _ in seen})
            self.assertGreater(len({thread for _, thread in seen}), 1)

    def test_map_yields_in_order_with_chunks_and_with_a_bounded_buffer(self):
        taken = []

        def numbers():
            for n in range(50):
                taken.append(n)
                yield n

        with ropewalk.ProcessExecutor(2) as pool:
            squares = [n * n for n in range(50)]
            self.assertEqual(list(pool.map(work.multiply, range(50), range(50), chunksize=7)), squares)
            results = pool.map(work.multiply, numbers(), numbers(), buffersize=3)
            self.assertEqual(next(results), 0)
            self.assertLess(max(taken), 10)
            self.assertEqual([0, *results], squares)
            self.assertRaises(ValueError, pool.map, work.multiply, [], buffersize=0)

    def test_each_worker_is_initialized_once(self):
        with ropewalk.ProcessExecutor(1, initializer=work.initialize, initargs=("ready",)) as pool:
            self.assertEqual([pool.submit(work.state).result(PATIENCE_S) for _ in range(3)], [["ready"]] * 3)

    def test_functions_of_the_main_program_and_closures_are_sent(self):
        code, out, err = self.run_program("""
            import ropewalk
            class Point:
                def __init__(self, x): self.x = x
            def twice(point): return Point(2 * point.x)
            if __name__ == "__main__":
                n = 5
                with ropewalk.ProcessExecutor(1) as pool:
                    made = pool.submit(twice, Point(4)).result()
                    print(type(made) is Point, made.x, pool.submit(lambda: n + 1).result())
            """)
        self.assertEqual((code, out, err), (0, "True 8 6\n", ""))

    def test_functions_of_the_main_program_are_imported_without_cloudpickle(self):
        code, out, err = self.run_program("""
            import sys
            sys.modules["cloudpickle"] = None
            import ropewalk
            def twice(x): return 2 * x
            if __name__ == "__main__":
                with ropewalk.ProcessExecutor(1) as pool:
                    print(pool.submit(twice, 4).result())
                    print(pool.submit(lambda: 1).exception())
            """)
        self.assertEqual(code, 0, err)
        self.assertIn("8\n", out)
        self.assertIn("install cloudpickle, or define the function at the top level of a module", out)

    def test_tasks_that_change_the_environment_keep_their_worker(self):
        with ropewalk.ProcessExecutor(2) as pool:
            futures = [pool.submit(work.set_variable, n) for n in range(2000)]
            self.assertEqual([future.result(PATIENCE_S) for future in futures], list(range(2000)))

    def test_every_print_is_attributed_to_its_task(self):
        printed = collections.defaultdict(str)
        with ropewalk.ProcessExecutor(2, on_output=lambda future, text: printed.__setitem__(
                future, printed[future] + text)) as pool:
            futures = [pool.submit(work.say, n) for n in range(300)]
            [future.result(PATIENCE_S) for future in futures]
        self.assertEqual([printed[future] for future in futures], [f"line {n}\n" for n in range(300)])

    def test_what_a_task_printed_before_it_crashed_is_there(self):
        printed = []
        with ropewalk.ProcessExecutor(1, on_output=lambda future, text: printed.append(text)) as pool:
            self.assertRaises(ropewalk.TaskCrashed, pool.submit(work.say_and_crash, 5).result, PATIENCE_S)
        self.assertIn("line 5", "".join(printed))

    def test_options_are_checked(self):
        for bad in ({"max_workers": 0}, {"timeout": 0}, {"memory": "much"}, {"retries": -1}, {"memory": 0}):
            with self.subTest(bad):
                self.assertRaises(ValueError, ropewalk.ProcessExecutor, **bad)
        self.assertRaises(TypeError, ropewalk.ProcessExecutor, initializer=5)

    def test_an_event_loop_receives_results_as_they_come(self):
        async def main():
            with ropewalk.ProcessExecutor(2) as pool:
                loop = asyncio.get_running_loop()
                self.assertEqual(await loop.run_in_executor(pool, work.multiply, 6, 7), 42)
                futures = [pool.submit(work.multiply, n, 1) for n in range(20)]
                return sorted([future.result() async for future in ropewalk.as_completed_async(futures)])

        self.assertEqual(asyncio.run(main()), list(range(20)))


class Arrays(Case):
    def setUp(self):
        super().setUp()
        try:
            import numpy
        except ImportError:
            self.skipTest("numpy is not installed")
        self.numpy = numpy

    def test_a_shared_array_is_read_in_place(self):
        array = self.numpy.arange(1 << 20, dtype="f8").reshape(1 << 10, -1)
        with ropewalk.ProcessExecutor(2) as pool, ropewalk.share(array) as shared:
            futures = [pool.submit(work.facts_of, shared) for _ in range(4)]
            for future in futures:
                self.assertEqual(future.result(PATIENCE_S), (float(array.sum()), False, True))
            self.assertFalse(shared.array.flags.writeable)
            self.assertTrue((shared.array == array).all())

    def test_order_type_and_size_of_a_shared_array_are_kept(self):
        for array in (self.numpy.asfortranarray(self.numpy.arange(6.0).reshape(2, 3)), self.numpy.zeros((0, 3)),
                      self.numpy.arange(10)[::3], self.numpy.array([(1, 2.5)], dtype=[("a", "i4"), ("b", "f8")])):
            with self.subTest(array), ropewalk.share(array) as shared:
                made = pickle.loads(pickle.dumps(shared))
                self.assertEqual((made.dtype, made.shape, made.tolist()), (array.dtype, array.shape, array.tolist()))
        self.assertRaises(TypeError, ropewalk.share, self.numpy.array([object()]))

    def test_bytes_are_shared_as_a_memoryview(self):
        with ropewalk.ProcessExecutor(1) as pool, ropewalk.share(b"hello, world") as shared:
            self.assertEqual(pool.submit(work.size_of, shared).result(PATIENCE_S), ("memoryview", b"hello", 12))

    def test_shared_memory_outlives_its_object_until_the_task_has_ended(self):
        with ropewalk.ProcessExecutor(1) as pool:
            future = pool.submit(work.facts_of, ropewalk.share(self.numpy.ones(100_000)))
            self.assertEqual(future.result(PATIENCE_S)[0], 100_000)

    def test_shared_memory_that_was_closed_is_named(self):
        shared = ropewalk.share(b"gone")
        data = pickle.dumps(shared)
        shared.close()
        self.assertRaises(OSError, pickle.loads, data)
        self.assertRaisesRegex(ValueError, "closed", pickle.dumps, shared)

    def test_large_arguments_and_results_can_be_changed(self):
        array = self.numpy.zeros(1 << 20)
        with ropewalk.ProcessExecutor(1) as pool:
            result = pool.submit(work.change, array).result(PATIENCE_S)
            result[1] = 5
            self.assertEqual((result[0], result[1], array[0]), (1, 5, 0))

    def test_descriptors_of_large_arguments_are_closed(self):
        array = self.numpy.zeros(1 << 18)
        with ropewalk.ProcessExecutor(1) as pool:
            pool.submit(work.facts_of, array).result(PATIENCE_S)
            before = len(os.listdir("/proc/self/fd"))
            [future.result(PATIENCE_S) for future in [pool.submit(work.facts_of, array) for _ in range(20)]]
            self.assertLessEqual(len(os.listdir("/proc/self/fd")), before)


class Ends(Case):
    def test_a_child_of_fork_is_refused_with_one_message_and_ends(self):
        code, out, err = self.run_program("""
            import os, sys
            import ropewalk, work
            pool = ropewalk.ProcessExecutor(1)
            pool.submit(work.multiply, 6, 7).result()
            child = os.fork()
            if child == 0:
                try:
                    pool.submit(work.multiply, 6, 7)
                except RuntimeError as error:
                    print(error)
                pool.shutdown()
                sys.exit(3)
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), pool.submit(work.multiply, 6, 7).result())
            """)
        self.assertEqual((code, err), (0, ""))
        self.assertRegex(out, r"^this ProcessExecutor belongs to process \d+, and cannot be used in its child after "
                              r"fork\(\): make another one there\n3 42\n$")

    def test_a_parent_that_is_killed_leaves_no_process(self):
        program = self.start("""
            import pathlib, sys
            import ropewalk, work
            begun = pathlib.Path(sys.argv[1]) / "begun"
            pool = ropewalk.ProcessExecutor(2)
            futures = [pool.submit(work.touch_and_sleep, begun) for _ in range(2)]
            futures[0].result()
            """)
        wait_until(lambda: len(lines_of(self.folder / "begun")) == 2)
        below = descendants(program.pid)
        self.assertGreaterEqual(len(below), 3)  # the warden, and two hosts
        program.kill()
        program.communicate(timeout=PATIENCE_S)
        wait_until(lambda: not any(lives(pid) for pid in below))

    def interrupt(self, program, code):
        begun = self.folder / "begun"
        started = self.start(program)
        wait_until(lambda: len(lines_of(begun)) == 2)
        below = descendants(started.pid)
        started.send_signal(signal.SIGINT)
        out, err = started.communicate(timeout=PATIENCE_S)
        self.assertEqual(started.returncode, code, err)
        self.assertFalse(any(lives(pid) for pid in below))
        return out, err

    def test_ctrl_c_during_as_completed_stops_sleep_lock_and_loop(self):
        for how in ("sleep", "lock", "loop"):
            with self.subTest(how):
                (self.folder / "begun").unlink(missing_ok=True)
                out, _ = self.interrupt(f"""
                    import pathlib, sys
                    from concurrent.futures import as_completed
                    import ropewalk, work
                    begun = pathlib.Path(sys.argv[1]) / "begun"
                    try:
                        with ropewalk.ProcessExecutor(2, grace=600) as pool:
                            futures = [pool.submit(work.hang, {how!r}, begun) for _ in range(20)]
                            for future in as_completed(futures):
                                future.result()
                    except KeyboardInterrupt:
                        print("interrupted", all(future.done() for future in futures), len(begun.read_text().split()))
                    """, 0)
                self.assertEqual(out, "interrupted True 2\n")

    def test_a_second_ctrl_c_kills_tasks_that_do_not_stop_and_ends_the_program(self):
        begun = self.folder / "begun"
        program = self.start("""
            import pathlib, sys
            import ropewalk, work
            with ropewalk.ProcessExecutor(1, grace=3000) as pool:
                pool.submit(work.refuse_to_stop, pathlib.Path(sys.argv[1]) / "begun").result()
            """)
        wait_until(lambda: lines_of(begun) == ["runs"])
        below = descendants(program.pid)
        program.send_signal(signal.SIGINT)
        wait_until(lambda: lines_of(begun) == ["runs", "asked"])
        program.send_signal(signal.SIGINT)
        _, err = program.communicate(timeout=PATIENCE_S)
        self.assertEqual(program.returncode, -signal.SIGINT, err)
        self.assertFalse(any(lives(pid) for pid in below))

    def test_a_program_that_ctrl_c_ends_does_not_wait_for_its_tasks(self):
        _, err = self.interrupt("""
            import pathlib, sys
            import ropewalk, work
            begun = pathlib.Path(sys.argv[1]) / "begun"
            pool = ropewalk.ProcessExecutor(2, grace=600)
            futures = [pool.submit(work.touch_and_sleep, begun) for _ in range(20)]
            futures[0].result()
            """, -signal.SIGINT)
        self.assertIn("KeyboardInterrupt", err)

    def test_a_program_waits_for_what_is_pending_at_its_end(self):
        code, out, err = self.run_program("""
            import ropewalk, work
            pool = ropewalk.ProcessExecutor(2)
            for n in range(100):
                pool.submit(work.say, n)
            """)
        self.assertEqual((code, sorted(out.splitlines()), err), (0, sorted(f"line {n}" for n in range(100)), ""))

    def test_an_executor_that_nobody_has_any_more_ends_its_workers(self):
        pool = ropewalk.ProcessExecutor(1)
        worker = pool.submit(work.pid).result(PATIENCE_S)
        del pool
        wait_until(lambda: not lives(worker))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[2:]])
