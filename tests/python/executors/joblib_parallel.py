"""joblib's own tests of Parallel (Debian: python3-joblib) with the backend of Ropewalk.

The tests are those of joblib/test/test_parallel.py as they are, but that the lists of backends that they run with have
"ropewalk" too, and that their module and the programs that they start import ropewalk.joblib. The tests with that
backend run.

usage: joblib_parallel.py all [pytest arguments]
"""

import importlib.util
import pathlib
import sys
import tempfile

try:
    import joblib
    import numpy  # noqa: F401: some of the tests are about arrays
    import pytest
except ImportError as error:
    print(f"{error.name} is not installed", file=sys.stderr)
    sys.exit(77)

import ropewalk.joblib

CHANGES = {
    "PROCESS_BACKENDS = ['multiprocessing', 'loky']": "PROCESS_BACKENDS = ['multiprocessing', 'loky', 'ropewalk']",
    "@parametrize('backend', ['loky', 'multiprocessing', 'threading'])":
        "@parametrize('backend', ['loky', 'multiprocessing', 'threading', 'ropewalk'])",
    "from joblib import Parallel, delayed\n": "import ropewalk.joblib; from joblib import Parallel, delayed\n",
}

# Tests that cannot pass with another backend, with the reason.
EXCLUDED = {
    "test_auto_memmap_on_arrays_from_generator": "expects numpy.memmap; arguments arrive as arrays over shared memory",
    "test_memmapping_leaks": "is about the files of joblib's memory maps, of which there are none",
}


class Selection:
    """Tests that have the backend as a parameter."""

    def __init__(self):
        self.collected = self.left_out = 0
        self.passed = 0

    def pytest_collection_modifyitems(self, items):
        def is_ours(item):
            values = item.callspec.params.values() if hasattr(item, "callspec") else ()
            return any(value == "ropewalk" or isinstance(value, ropewalk.joblib.RopewalkBackend) for value in values)

        ours = [item for item in items if is_ours(item)]
        items[:] = [item for item in ours if item.originalname not in EXCLUDED]
        self.collected, self.left_out = len(items), len(ours) - len(items)

    def pytest_runtest_logreport(self, report):
        self.passed += report.when == "call" and report.passed


def main():
    source = pathlib.Path(joblib.__file__).with_name("test") / "test_parallel.py"
    text = source.read_text()
    for theirs, ours in CHANGES.items():
        if theirs not in text:
            print(f"{source} is of another version: it has no {theirs!r}", file=sys.stderr)
            return 77
        text = text.replace(theirs, ours)
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / "test_parallel.py"
        copy.write_text(text + "\nimport ropewalk.joblib\n")
        selection = Selection()
        code = pytest.main(["-q", "-p", "no:cacheprovider", *sys.argv[2:], str(copy)], plugins=[selection])
    print(f"joblib: {selection.passed} of {selection.collected} passed, {selection.left_out} left out")
    return int(code) or (0 if selection.passed == selection.collected > 0 else 1)


if __name__ == "__main__":
    sys.exit(main())
