"""The gates and aims, and the table that reports which are met.

Figures are compared within a round. A gate applies to the lower quartile of these ratios, because disturbances only make
a ratio worse; an aim applies to the median. A missing peer is "absent", which is neither a pass nor a miss.
usage: verdicts.py FIGURES      (build/bench/figures.jsonl)
"""
import dataclasses
import json
import math
import statistics
import sys

from areas import WORKLOADS


@dataclasses.dataclass
class Gate:
    area: str
    system: str
    peer: str | tuple | None  # None: the figure itself is compared with the gate; a tuple: the one with the lowest median
    gate: float
    aim: float
    scale: float = 1  # of the peer: 0.5 makes "serial / 2" of "serial"
    what: str = ""    # instead of "SYSTEM against PEER"

    def title(self):
        return self.what or (f"{self.system} / {self.peer}" if self.peer else self.system)


GATES = [
    Gate("empty", "ropewalk process", "mp.Pool imap_unordered(1)", 1 / 100, 1 / 500),
    Gate("empty", "ropewalk process", "mp.Pool imap_unordered(100)", 1 / 5, 1 / 15),
    Gate("empty", "ropewalk process", "Asio post + future", 1, 1),
    Gate("empty", "ropewalk process", "limit_processes", 2.5, 1.5),
    Gate("empty", "ropewalk process", "ropewalk thread", 1.3, 1.1),
    Gate("empty", "ropewalk thread", "Asio post", 0.5, 0.25),
    Gate("empty", "ropewalk thread", "OpenMP tasks", 1, 0.5),
    Gate("empty", "ropewalk thread", "oneTBB parallel_for", 2.5, 1.2),
    Gate("empty", "ropewalk thread", "limit_threads", 2.5, 1.5),
    Gate("empty", "ropewalk thread", "ThreadPoolExecutor", 1 / 200, 1 / 200),
    Gate("pool", "ropewalk process, a future each", None, 1.5, 1.0, what="a future for each task of processes, us"),
    Gate("pool", "ropewalk process, a span", None, 0.2, 0.15, what="a span of tasks of processes, us a task"),
    Gate("pool", "ropewalk process, a future each", "threads + queue + std::future", 1, 0.5),
    Gate("pool", "ropewalk thread, a future each", "threads + queue + std::future", 1, 0.5),
    Gate("pool", "ropewalk thread, a future each", "Asio post + future", 1.5, 1),
    Gate("pool", "ropewalk thread, a span", "threads + queue + std::future", 0.1, 0.1),
    Gate("python", "a typed task, us", None, 0.6, 0.3),
    Gate("python", "a typed task, us", "ProcessPoolExecutor, us", 1 / 100, 1 / 300),
    Gate("python", "python.call, us", None, 1.2, 0.6),
    Gate("python", "ropewalk.ProcessExecutor, us", "ProcessPoolExecutor, us", 1 / 4, 1 / 8),
    Gate("python", "ropewalk.ProcessExecutor, us", "ThreadPoolExecutor, us", 1.5, 1),
    Gate("python", "ropewalk with one task of a plugin, ms", "python3 -c pass, ms", 3, 2),
    Gate("python", "process-per-task, ms", "mp.Pool, fork, maxtasksperchild=1, ms", 1 / 4, 1 / 6),
    Gate("python", "process-per-task with numpy, ms", "mp.Pool, fork, maxtasksperchild=1 with numpy, ms", 1 / 2, 1 / 4),
    Gate("python", "a shared argument of 64 MiB, ms", None, 2, 1),
    Gate("python", "a result of 64 MiB, ms", "a fresh memcpy of 64 MiB, ms", 4, 2),
    *(Gate("python", f"late after a timeout in a {what}, s", None, 0.2, 0.05) for what in ("sleep", "lock", "loop")),
    Gate("python", "2,000 tasks that set a variable, s", None, 2, 0.5),
    Gate("metg", "ropewalk thread", "Asio post", 0.5, 0.2),
    Gate("metg", "ropewalk process", "OpenMPI", 1 / 20, 1 / 50),
    Gate("metg", "ropewalk thread", "limit_threads", 3, 1.5),
    Gate("metg", "ropewalk process", "limit_processes", 3, 1.5),
    Gate("idle", "ropewalk thread", "ThreadPoolExecutor", 0.6, 0.3),
    Gate("idle", "ropewalk process", "mp.Pool", 0.6, 0.3),
    Gate("cli", "ropewalk", None, 1.5, 1.5, what="1e6 tasks through the CLI, us a task"),
    Gate("forked", "ropewalk process-per-task", "xargs -P2", 0.5, 0.3),
    Gate("command", "ropewalk shell.run", "xargs -P2", 0.9, 0.75),
    Gate("command", "ropewalk shell.run", "make -j2", 0.9, 0.75),
    Gate("command", "ropewalk shell.run", "GNU parallel -j2", 0.12, 0.12),
    Gate("mapped", "ropewalk map", "xargs -P2 -n1", 1.0, 0.75),
    Gate("waits", "ropewalk 256", None, 1.01, 1.01, what="10,000 waits on 256 threads / ideal"),
    Gate("waits", "ropewalk 1024", None, 1.08, 1.08, what="10,000 waits on 1,024 threads / ideal"),
    Gate("waits", "ropewalk 1024 CPU s", "ThreadPoolExecutor 1024 CPU s", 0.4, 0.4),
    Gate("sha", "ropewalk process", "ropewalk serial", 1.08, 1.04, 0.5, what="ropewalk process / (serial / 2)"),
    Gate("sha", "ropewalk thread", "ropewalk serial", 1.08, 1.04, 0.5, what="ropewalk thread / (serial / 2)"),
    Gate("sha", "ropewalk process", "ThreadPoolExecutor", 1, 1),
    Gate("sha", "ropewalk thread", "ThreadPoolExecutor", 1, 1),
    Gate("start", "ropewalk thread", "ninja", 2, 1.6),
    Gate("start", "ropewalk two hosts", "ninja", 2.75, 2),
    Gate("start", "ropewalk two hosts", "ProcessPoolExecutor", 0.1, 0.1),
    *(Gate("record", f"{name}, us a task, recorded", f"{name}, us a task, not recorded", gate, gate, what=f"{name}, recorded / not recorded")
      for name, gate in (("1,000,000 empty", 1.5), ("20 us on threads", 1.1), ("20 us on processes", 1.1), ("cold start", 1.15))),
    Gate("record", "CPU us a task for the record", None, 2, 0.5),
    Gate("record", "bytes a task", None, 200, 50),
    Gate("record", "showing 1,000,000 tasks, s", None, 2, 1),
    Gate("handover", "ropewalk", "AF_UNIX stream", 0.5, 0.35),
    Gate("pipeline", "two", "one", 1.15, 1.05),
    Gate("language", "validate an ordinary file, ms", None, 50, 25),
    Gate("language", "plan chain of 1,000, s", None, 1, 0.5),
    Gate("language", "plan 10,000 side by side, s", None, 1, 0.5),
    Gate("language", "run a chain of 1,000, s", None, 1, 0.5),
    Gate("language", "first of 1,000,000 lines, ms", None, 200, 50),
    Gate("language", "a stream of 1,000,000 adds, MB", None, 150, 50),
    Gate("language", "item.member, us", None, 0.5, 0.1),
    *(Gate("auto", f"{workload.name}: {system}", tuple(f"{workload.name}: {each}" for each in workload.executors()),
           1.1, 1.02, what=f"{workload.name}: {system} / best fixed")
      for workload in WORKLOADS for system in ("auto", "auto again")),
    Gate("growth", "ropewalk bytes a task", None, 64, 64),
    Gate("growth", "ropewalk process 1000000", "ropewalk process 10000", 1.1, 1.0),
    Gate("growth", "ropewalk thread 1000000", "ropewalk thread 10000", 1.1, 1.0),
]


def by_system(figures, area):
    values = {}
    for figure in figures:
        if figure["area"] == area:
            values.setdefault(figure["system"], {})[figure["round"]] = figure["value"]
    return values


def ratios(gate, values):
    """One ratio per round that has both sides; None if a side is absent."""
    name = gate.peer
    if isinstance(name, tuple):
        present = [each for each in name if each in values]
        name = min(present, key=lambda each: statistics.median(values[each].values()), default="")
    own, peer = values.get(gate.system), values.get(name) if name else None
    if own is None or (gate.peer and peer is None):
        return None
    if not gate.peer:
        return sorted(own.values())
    # A peer that could not be measured in a round is absent from it.
    pairs = [(own[each], peer[each] * gate.scale) for each in own if each in peer]
    return sorted(a / b for a, b in pairs if b and not math.isinf(b)) or None


def lower_quartile(values):
    return values[(len(values) - 1) // 4]


def judge(gate, found):
    if found is None:
        return "absent"
    if lower_quartile(found) > gate.gate:
        return "MISSED"
    return "aim" if statistics.median(found) <= gate.aim else "gate"


def number(value):
    return f"{value:.4f}" if value < 0.1 else f"{value:.3f}" if value < 10 else f"{value:.1f}"


def table(figures, disturbed):
    """The lines to print, and the gates that were missed."""
    lines, missed, absent = [], [], 0
    areas = list(dict.fromkeys(figure["area"] for figure in figures))
    for area in areas:
        lines += ["", f"{area}{' (disturbed)' if disturbed.get(area) else ''}: median (min .. max)"]
        for system, rounds in sorted(by_system(figures, area).items(), key=lambda each: statistics.median(each[1].values())):
            values = rounds.values()
            lines.append(f"  {system:<44} {number(statistics.median(values)):>10} ({number(min(values))} .. {number(max(values))})")
    lines += ["", f"{'ratio, round by round':<62} {'median':>9} {'quartile':>9} {'min':>9} {'max':>9} {'gate':>8} {'aim':>8}  verdict"]
    for gate in GATES:
        if gate.area not in areas:
            continue
        found = ratios(gate, by_system(figures, gate.area))
        verdict = judge(gate, found)
        if verdict == "MISSED":
            missed.append(gate)
        absent += verdict == "absent"
        if verdict == "MISSED" and disturbed.get(gate.area):
            verdict += " (disturbed)"
        cells = ["-"] * 4 if found is None else map(number, (statistics.median(found), lower_quartile(found), found[0], found[-1]))
        lines.append(f"{gate.area + ': ' + gate.title():<62} " + " ".join(f"{cell:>9}" for cell in cells) +
                     f" {number(gate.gate):>8} {number(gate.aim):>8}  {verdict}")
    held = sum(1 for gate in GATES if gate.area in areas) - len(missed) - absent
    lines += ["", f"{held} gates held, {len(missed)} missed, {absent} absent"]
    return lines, missed


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        text, gates_missed = table([json.loads(line) for line in file], {})
    print("\n".join(text))
    sys.exit(1 if gates_missed else 0)
