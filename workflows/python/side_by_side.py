"""What threads and processes buy in Python: the same calls one by one, with concurrent.futures and with Ropewalk.

From the folder of Ropewalk's sources: PYTHONPATH=build/python python3 workflows/python/side_by_side.py
"""

import argparse
import concurrent.futures
import time
from collections.abc import Callable

import lesson
import ropewalk

TASKS = 8

# Each is made with the number of its workers.
EXECUTORS: dict[str, Callable[[int], concurrent.futures.Executor]] = {
    "ThreadPoolExecutor": concurrent.futures.ThreadPoolExecutor,
    "ropewalk.ThreadExecutor": ropewalk.ThreadExecutor,
    "ProcessPoolExecutor": concurrent.futures.ProcessPoolExecutor,
    "ropewalk.ProcessExecutor": ropewalk.ProcessExecutor,
}


def one_by_one(function: Callable, calls: list[tuple]) -> tuple[float, list]:
    """Seconds, and the results."""
    start = time.perf_counter()
    results = [function(*call) for call in calls]
    return time.perf_counter() - start, results


def with_executor(make: Callable[[int], concurrent.futures.Executor], workers: int, function: Callable,
                  calls: list[tuple]) -> tuple[float, list]:
    """Seconds, without those in which the workers start, and the results."""
    with make(workers) as executor:
        list(executor.map(lesson.wait, [0.05] * workers))
        start = time.perf_counter()
        results = list(executor.map(function, *zip(*calls)))
        return time.perf_counter() - start, results


def row(name: str, seconds: float, serial: float) -> str:
    return f"  {name:26}{seconds * 1000:8.0f} ms{serial / seconds:8.1f}x"


def compare(title: str, why: str, workers: int, function: Callable, calls: list[tuple]) -> None:
    serial, wanted = one_by_one(function, calls)
    print(f"{title}\n{row('one by one', serial, serial)}")
    for name, make in EXECUTORS.items():
        seconds, results = with_executor(make, workers, function, calls)
        assert results == wanted, f"{name} has other results"
        print(row(f"{name} x{workers}", seconds, serial))
    print(f"  {why}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.1, help="how long each task waits")
    parser.add_argument("--part", type=int, default=20000, help="so many numbers each task looks at")
    options = parser.parse_args()
    compare(f"{TASKS} tasks that wait {options.seconds} s", "A thread that waits lets others go on.", TASKS, lesson.wait,
            [(options.seconds,)] * TASKS)
    parts = [(i * options.part, (i + 1) * options.part) for i in range(TASKS)]
    compare(f"{TASKS} tasks that count primes", "Threads share one interpreter, whose lock lets one of them compute.", 2,
            lesson.count_primes, parts)


if __name__ == "__main__":
    main()
