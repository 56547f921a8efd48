"""CPython's own tests of concurrent.futures (Debian: libpython3.11-testsuite), with the executors of Ropewalk.

This file has every adaptation. The tests are those of test_concurrent_futures as they are, but for what ADAPTED says,
without those that EXCLUDED says.

usage: cpython_futures.py process|thread|future all|PART-OF-A-NAME...
"""

import collections
import os
import sys
import unittest

import multiprocessing as mp
from concurrent import futures

import ropewalk

try:
    from test import test_concurrent_futures as theirs
except ImportError:
    print("libpython3.11-testsuite is not installed", file=sys.stderr)
    sys.exit(77)

# Tests that cannot be about another executor, with the reason.
EXCLUDED = {
    "test_max_workers_too_large": "is about Windows",
    "test_context_manager_shutdown": "makes a ProcessPoolExecutor by name",
    "test_del_shutdown": "makes a ProcessPoolExecutor by name",
    "test_shutdown_no_wait": "makes a ProcessPoolExecutor by name",
    "test_processes_terminate": "reads the private table of processes",
    "test_killed_child": "reads the private table of processes, and expects that one death ends the pool",
    "test_saturation": "reads the private table of processes",
    "test_idle_process_reuse_one": "reads the private table of processes",
    "test_idle_process_reuse_multiple": "reads the private table of processes",
    "test_max_tasks_per_child": "reads the private table of processes",
    "test_max_tasks_per_child_defaults_to_spawn_context": "reads the private context",
    "test_shutdown_deadlock_pickle": "reads the private thread",
}

ADAPTED = """
1. `executor_type` is the executor of Ropewalk. The context of multiprocessing is that of "spawn".
2. Programs that a test starts import the executor from ropewalk instead of concurrent.futures, and find the package.
3. They import multiprocessing too: test_hang_gh83386, which is skipped for ProcessPoolExecutor, forgets it.
"""


THEIR_IMPORT = "from concurrent.futures import"
OUR_IMPORT = "import multiprocessing; from ropewalk import"


class ProcessMixin(theirs.ExecutorMixin):
    executor_type = ropewalk.ProcessExecutor
    ctx = "spawn"


class ThreadMixin(theirs.ExecutorMixin):
    executor_type = ropewalk.ThreadExecutor
    ctx = "spawn"


def assert_python_ok(*arguments, original=theirs.assert_python_ok):
    arguments = [argument.replace(THEIR_IMPORT, OUR_IMPORT) for argument in arguments]
    return original(*arguments, PYTHONPATH=os.pathsep.join(sys.path))


theirs.assert_python_ok = assert_python_ok


def cases_of(mixin):
    """The classes that test_concurrent_futures itself makes for an executor of processes."""
    made = []
    for name, case in sorted(vars(theirs).items()):
        if not (isinstance(case, type) and issubclass(case, theirs.ProcessPoolSpawnMixin)):
            continue
        if case is theirs.ProcessPoolSpawnMixin:
            continue
        bases = tuple(mixin if base is theirs.ProcessPoolSpawnMixin else base for base in case.__bases__)
        made.append(type(name.replace("ProcessPoolSpawn", mixin.executor_type.__name__), bases, {}))
    return made


def each_test(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from each_test(test)
        else:
            yield test


def main():
    kind, patterns = sys.argv[1], [pattern for pattern in sys.argv[2:] if pattern != "all"]
    loader = unittest.TestLoader()
    if kind == "future":
        cases = [theirs.FutureTests]
    else:
        cases = cases_of(ProcessMixin if kind == "process" else ThreadMixin)
    left_out = collections.Counter()
    suite = unittest.TestSuite()
    for case in cases:
        for test in each_test(loader.loadTestsFromTestCase(case)):
            name = test.id().rpartition(".")[2]
            if kind != "future" and name in EXCLUDED:
                left_out[name] += 1
            elif not patterns or any(pattern in test.id() for pattern in patterns):
                suite.addTest(test)
    missing = [] if patterns or kind == "future" else sorted(set(EXCLUDED) - set(left_out))
    if missing:
        print(f"tests that are left out are not there: {missing}", file=sys.stderr)
        return 1
    result = unittest.TextTestRunner(verbosity=2, stream=sys.stdout).run(suite)
    passed = result.testsRun - len(result.failures) - len(result.errors) - len(result.skipped)
    print(f"{kind}: {passed} of {suite.countTestCases()} passed, {sum(left_out.values())} left out")
    return 0 if result.wasSuccessful() and passed else 1


if __name__ == "__main__":
    sys.exit(main())
