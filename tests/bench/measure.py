"""Measures Ropewalk beside its peers and reports which gates it meets. Run by script/bench after the build.

Each area is measured in rounds. A round runs every system once, in random order. Ratios are computed within a round
only, because a disturbance that lasts longer than a round affects both sides. A figure is a line of JSON {area, system,
round, value} in build/bench/figures.jsonl; verdicts.py prints the table.
usage: measure.py BUILD [--rounds N] [AREA...]
"""
import argparse
import json
import os
import platform
import random
import resource
import sys
import time

import verdicts
from areas import AREAS, Bench

DISTURBED = 0.15  # of the machine: others' CPU time and what the hypervisor took


class Machine:
    """The load of the machine by other processes while an area is measured."""

    def __init__(self):
        self.start, self.own, self.total = time.monotonic(), self.own_seconds(), self.busy()

    @staticmethod
    def own_seconds():
        uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(use.ru_utime + use.ru_stime for use in uses)

    @staticmethod
    def busy():
        with open("/proc/stat") as stat:
            user, nice, system, _, _, irq, softirq, steal = map(int, stat.readline().split()[1:9])
        return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")

    def foreign(self):
        """The share of the machine used by other processes."""
        seconds = (time.monotonic() - self.start) * os.cpu_count()
        return max(0.0, self.busy() - self.total - (self.own_seconds() - self.own)) / seconds


def measure(bench, area, rounds):
    """All rounds of an area: its figures, and the share of the machine used by other processes."""
    machine, figures = Machine(), []
    for number in range(rounds):
        steps = area.steps(bench)
        random.shuffle(steps)
        for step in steps:
            for system, value in step():
                figures.append({"area": area.name, "system": system, "round": number, "value": value})
    return figures, machine.foreign()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--rounds", type=int, help="instead of each area's own number")
    parser.add_argument("areas", nargs="*", metavar="AREA", help=", ".join(AREAS))
    options = parser.parse_intermixed_args()
    for name in options.areas:
        if name not in AREAS:
            sys.exit(f"measure: there is no area '{name}' (has: {', '.join(AREAS)})")

    print(f"machine: {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {platform.system()} {platform.release()}, "
          f"{time.strftime('%Y-%m-%d %H:%M')}", flush=True)
    with Bench(options.build) as bench:
        figures, disturbed = [], {}
        for area in [AREAS[name] for name in options.areas or AREAS]:
            start = time.monotonic()
            rounds = options.rounds or area.rounds
            found, foreign = measure(bench, area, rounds)
            note = ""
            if foreign > DISTURBED:
                again, less = measure(bench, area, rounds)
                note = f", disturbed ({foreign:.0%} of the machine), repeated ({less:.0%})"
                if less < foreign:
                    found, foreign = again, less
            disturbed[area.name] = foreign > DISTURBED
            figures += found
            # Write after each area, so that measured figures are available even if the rest is not.
            with open(os.path.join(bench.build, "bench", "figures.jsonl"), "w") as file:
                file.writelines(json.dumps(figure) + "\n" for figure in figures)
            print(f"[{time.monotonic() - start:6.1f} s] {area.name}: {rounds} rounds{note}", flush=True)
    lines, missed = verdicts.table(figures, disturbed)
    print("\n".join(lines))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
