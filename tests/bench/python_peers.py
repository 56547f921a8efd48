"""The pools of Python's standard library and joblib, timing themselves.

usage: python_peers.py AREA SYSTEM [ARGUMENT...]      prints one number: ns a task, us, or seconds
"""
import concurrent.futures
import hashlib
import multiprocessing
import os
import statistics
import sys
import time


def same(value):
    return value


def wait(seconds):
    time.sleep(seconds)


def digest(path):
    # Same as file.checksum: pieces of 256 KiB. hashlib uses OpenSSL and releases the interpreter lock meanwhile.
    with open(path, "rb", buffering=0) as file:
        sha, piece = hashlib.sha256(), bytearray(1 << 18)
        view = memoryview(piece)
        while size := file.readinto(view):
            sha.update(view[:size])
    return sha.hexdigest()


def timed(tasks, body):
    start = time.perf_counter()
    results = body()
    seconds = time.perf_counter() - start
    if results is not None and sorted(results) != list(range(tasks)):
        sys.exit("python_peers: wrong results")
    return seconds * 1e9 / tasks


def empty(system):
    tasks = {"ThreadPoolExecutor": 8_000, "mp.Pool imap_unordered(1)": 15_000, "mp.Pool imap_unordered(100)": 150_000,
             "ProcessPoolExecutor": 1_500, "joblib": 1_000}[system]
    if system == "ThreadPoolExecutor":
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            list(pool.map(same, range(100)))
            return timed(tasks, lambda: [each.result() for each in
                                         concurrent.futures.as_completed([pool.submit(same, i) for i in range(tasks)])])
    if system == "ProcessPoolExecutor":
        with concurrent.futures.ProcessPoolExecutor(2) as pool:
            list(pool.map(same, range(100)))
            return timed(tasks, lambda: [each.result() for each in
                                         concurrent.futures.as_completed([pool.submit(same, i) for i in range(tasks)])])
    if system == "joblib":
        import joblib
        with joblib.Parallel(n_jobs=2, batch_size=1) as parallel:
            parallel(joblib.delayed(same)(i) for i in range(20))
            return timed(tasks, lambda: parallel(joblib.delayed(same)(i) for i in range(tasks)))
    with multiprocessing.Pool(2) as pool:
        chunk = 100 if system.endswith("(100)") else 1
        list(pool.imap_unordered(same, range(1000), chunk))
        return timed(tasks, lambda: list(pool.imap_unordered(same, range(tasks), chunk)))


def idle(system):
    times = []

    def ask(call):
        for _ in range(31):
            time.sleep(0.005)
            start = time.perf_counter()
            call()
            times.append((time.perf_counter() - start) * 1e6)

    if system == "ThreadPoolExecutor":
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            list(pool.map(same, range(100)))
            ask(lambda: pool.submit(same, 1).result())
    else:
        with multiprocessing.Pool(2) as pool:
            pool.map(same, range(100))
            ask(lambda: pool.apply(same, (1,)))
    return statistics.median(times)


def waits(system, threads):
    start, cpu = time.perf_counter(), time.process_time()
    with concurrent.futures.ThreadPoolExecutor(int(threads)) as pool:
        for each in [pool.submit(wait, 0.1) for _ in range(10_000)]:
            each.result()
    return f"{time.perf_counter() - start} {time.process_time() - cpu}"


def sha(system, folder):
    files = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
    start = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        digests = list(pool.map(digest, files))
    assert len(set(digests)) == len(files)
    return time.perf_counter() - start


def start(system):
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        list(pool.map(same, range(2)))
    return 0


if __name__ == "__main__":
    print({"empty": empty, "idle": idle, "waits": waits, "sha": sha, "start": start}[sys.argv[1]](*sys.argv[2:]))
