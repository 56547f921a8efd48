#!/usr/bin/env python3
"""Reports in a real browser: what they show, how they are used with the mouse and the keyboard, and that no text of a run can do
anything in them.

    report_test.py CHECK ROPEWALK

Each check is a function. It runs workflows in a folder of its own, opens their reports in a headless Chromium, and ends with
what is wrong. KEEP=FOLDER in the environment keeps pictures there.
"""
import contextlib
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import own_settings
from browser import Browser

PROGRAM = pathlib.Path(sys.argv[2]).resolve()
SLOW_MACHINE = 20  # times that may be exceeded: they only end a hang

SMALL = """
ropewalk: 1
name: small
params: {quality: 80}
stages:
  - {name: list, task: sim.sleep, executor: process, with: {seconds: 0.05}}
  - {name: decode, task: shell.run, executor: process, workers: 3, retries: 1, needs: [list], foreach: {range: 12},
     with: {argv: [sh, -c, 'sleep 0.02; test $1 != 7 || { echo "no such picture" >&2; exit 3; }; echo decoded $1', sh, "${{ item }}"]}}
  - {name: pack, task: sim.echo, executor: thread, workers: 2, needs: [decode], after: any, foreach: [red, green, blue], with: {value: "${{ item }}"}}
  - {name: unreached, task: sim.noop, needs: [decode]}
"""

EVIL = ["</script><script>window.owned=1</script>", "</script><img src=x onerror=\"window.owned=1\">", "\"><svg onload=window.owned=1>", "<!--<script>", "a\u2028b\u2029c",
        "\u202egpj.exe", "line\nbreak\ttab", "\x1b[31mred", "'; window.owned=1; '", "&lt;b&gt;", "@script@ ]]>", "zero\u200bwidth"]


class Folder:
    def __init__(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="report ")
        self.path = pathlib.Path(self.temporary.name)

    def ropewalk(self, *words, codes=(0,), **settings):
        environment = own_settings.environment(self.path, **settings)
        ended = subprocess.run([PROGRAM, *map(str, words)], cwd=self.path, env=environment, capture_output=True, text=True)
        if ended.returncode not in codes:
            sys.exit(f"ropewalk {' '.join(map(str, words))} ended with {ended.returncode}:\n{ended.stderr}")
        return ended

    def report(self, workflow, *words, codes=(0,), name="page.html"):
        (self.path / "workflow.yaml").write_text(workflow if isinstance(workflow, str) else json.dumps(workflow))
        self.ropewalk("run", "workflow.yaml", "-q", "--report", name, *words, codes=codes)
        return self.path / name


def require(truth, what, *seen):
    if not truth:
        sys.exit(f"{what}{': ' if seen else ''}{' '.join(map(repr, seen))}")


@contextlib.contextmanager
def opened(file, **options):
    """A browser that shows the report. At the end nothing may have been loaded, and the console must be empty."""
    with Browser(**options) as browser:
        browser.open(file)
        browser.wait("return document.readyState === 'complete' && document.querySelector('#foot p')")
        yield browser
        require(browser.run("return performance.getEntriesByType('resource').length;") == 0, "the page loads something")
        require(browser.run("return window.owned === undefined;"), "text of the run was executed")
        complaints = browser.console()
        require(not complaints, "the console is not empty", complaints)
        if keep := os.environ.get("KEEP"):
            browser.picture(pathlib.Path(keep) / f"{sys.argv[1]}.png", whole=True)


def text_of(browser, selector):
    return browser.run("return [...document.querySelectorAll(arguments[0])].map(each => each.innerText).join('\\n');", selector)


def drawn_colours(browser, selector=".timeline canvas"):
    """How many different colours a canvas has."""
    return browser.run("""
      const canvas = document.querySelector(arguments[0]), bytes = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data, all = new Set();
      for (let i = 0; i < bytes.length; i += 4) all.add(bytes[i] << 16 | bytes[i + 1] << 8 | bytes[i + 2]);
      return all.size;""", selector)


def picture_of(browser, selector=".timeline canvas"):
    return browser.run("return document.querySelector(arguments[0]).toDataURL();", selector)


ROW = 22  # the y of the first worker's row


def first_bar(browser):
    """The x within the first bar of the first worker: where the row is no longer of the colour with which it begins."""
    return browser.run("""
      const canvas = document.querySelector('.timeline canvas'), ratio = canvas.width / canvas.clientWidth, left = Math.ceil(47 * ratio);
      const row = canvas.getContext('2d').getImageData(0, arguments[0] * ratio, canvas.width, 1).data, at = x => row.slice(4 * x, 4 * x + 3).join();
      for (let x = left; x < canvas.width; ++x) if (at(x) !== at(left)) return x / ratio + 8;""", ROW)


def sections():
    """Everything that is promised is there, also as text."""
    folder = Folder()
    with opened(folder.report(SMALL, codes=(1,))) as browser:
        titles = text_of(browser, "h2").splitlines()
        require(titles == ["Stages", "Where the time went", "Timeline", "Failures", "Task times", "Graph of stages", "Setup"], "headings", titles)
        require("failed" in text_of(browser, "header"), "the outcome is missing")
        stages = text_of(browser, "#stages tbody")
        for word in ("decode", "shell.run", "process \u00d73", "\u2717 failed", "skipped"):
            require(word in stages, f"the table of stages has no '{word}'", stages)
        require(len(browser.run("return [...document.querySelectorAll('#time .bar')].map(bar => bar.getAttribute('aria-label'));")) >= 3, "bars without text")
        require("decode/7" in text_of(browser, "#failures tbody") and "no such picture" in text_of(browser, "#failures tbody"), "the failure is missing")
        require(browser.run("return document.querySelectorAll('#times figure svg rect').length;") >= 3, "histograms are empty")
        require("decode/" in text_of(browser, "#times .slowest"), "the slowest are not named")
        require(browser.run("return document.querySelectorAll('#graph .node').length === 4 && document.querySelectorAll('#graph .edge').length === 3;"), "the graph is not whole")
        setup = text_of(browser, "#setup")
        for word in ("ropewalk", "quality", "80", "workflow.yaml", "usable core", "--report page.html"):
            require(word in setup, f"the setup has no '{word}'", setup)
        require(drawn_colours(browser) > 4, "the timeline is empty")
        require(drawn_colours(browser, ".chart:not(.timeline) canvas") > 3, "the load is not drawn")
        browser.click("#stages thead th:nth-child(5) button")  # tasks, the most first
        require(text_of(browser, "#stages tbody tr:first-child th").strip() == "decode", "the table is not sorted", text_of(browser, "#stages tbody"))
        require(browser.run("return document.querySelector('#stages thead th:nth-child(5)').getAttribute('aria-sort');") == "descending", "aria-sort")
        unnamed = browser.run("""return [...document.querySelectorAll('button, input, select, canvas, svg[role=img]')].filter(each => !(each.getAttribute('aria-label') ||
          each.textContent.trim() || each.getAttribute('aria-hidden') || each.labels?.length)).length;""")
        require(unnamed == 0, "controls without a name", unnamed)


LEDGER = {"total_s": 0.5, "user_s": 0.2, "system_s": 0.05, "core_wait_s": 0.05, "blocked_s": 0.075, "dispatch_s": 0.025, "starved_s": 0.025, "start_s": 0.025, "tail_s": 0.05, "residual_s": 0}
COSTS = {"engine_s_per_task": 6.1e-7, "metg_s": 9.4e-7}
LEDGER_SENTENCE = "stage 'decode': tasks were blocked for 15% of the workers' time"


def ledger():
    """A ledger in the record is drawn part by part, in proportion, with its words; without one the report says so."""
    folder = Folder()
    folder.report(SMALL, codes=(1,))
    database = next(folder.path.glob(".ropewalk/runs/*/run.db"))
    with contextlib.closing(sqlite3.connect(database)) as record:
        record.execute("UPDATE stage SET ledger = NULL WHERE name <> 'decode'")
        record.execute("UPDATE stage SET ledger = ? WHERE name = 'decode'", [json.dumps(LEDGER | COSTS)])
        record.commit()
    folder.ropewalk("report", "latest", "-o", "ledger.html")
    with opened(folder.path / "ledger.html") as browser:
        bar = "[...document.querySelectorAll('#time .bar')].find(each => each.getAttribute('aria-label').startsWith('decode'))"
        widths = browser.run(f"return Object.fromEntries([...{bar}.children].map(part => [part.className.split(' ')[1], part.getBoundingClientRect().width]));")
        require(set(widths) == {key for key, value in LEDGER.items() if value and key != "total_s"}, "the parts of the bar", widths)
        whole = browser.run(f"return {bar}.getBoundingClientRect().width;")
        require(abs(sum(widths.values()) - whole) < 1, "the parts do not fill the bar", widths, whole)
        for key, width in widths.items():
            share = width / sum(widths.values())
            require(abs(share - LEDGER[key] / LEDGER["total_s"]) < 0.02, f"the width of {key}", share)
        said = browser.run(f"return {bar}.getAttribute('aria-label');")
        require("waiting for a core 50.0 ms (10 %)" in said and "blocked 75.0 ms (15 %)" in said, "the text of the bar", said)
        require("computed from run times and CPU times" in text_of(browser, "#time .hint"), "stages without a ledger are not explained")
        told = [line for line in text_of(browser, "#time .told").splitlines() if line]
        require(len(told) == 1, "what the ledgers mean", told)
        require(told[0].startswith(LEDGER_SENTENCE), "the sentence is not that of the summary", told)
        require("the engine needs 610 ns of CPU time for each task" in told[0] and "tasks of 940 ns make the stage 50 % efficient (METG)" in told[0], "the costs of the engine", told)
        require(LEDGER_SENTENCE in folder.ropewalk("show", "latest", "-v").stdout, "the summary says something else", told)
        browser.click("#time summary")
        require("engine a task" in text_of(browser, "#time thead") and "610 ns" in text_of(browser, "#time tbody"), "the costs are not in the table", text_of(browser, "#time table"))


def mouse():
    """A click shows the task, a drag moves, the wheel and the buttons zoom."""
    folder = Folder()
    with opened(folder.report(SMALL, codes=(1,))) as browser:
        browser.click("#failures .task")
        details = text_of(browser, "#details")
        for word in ("decode/7", "after 2 attempts", "exited with code 3", "no such picture", "Standard error", "ropewalk why"):
            require(word in details, f"the details have no '{word}'", details)
        browser.click("#details .close")
        require(browser.run("return document.getElementById('details').hidden;"), "the details stay open")
        browser.run("document.querySelector('.timeline').scrollIntoView({block: 'center'});")
        width = browser.run("return document.querySelector('.timeline canvas').clientWidth;")
        bar = first_bar(browser)
        browser.point(".timeline canvas", bar, ROW, "pointerDown", "pointerUp")
        require("list/0" in text_of(browser, "#details h2"), "a click does not show the task", text_of(browser, "#details"))
        browser.click("#details .close")
        whole, before = text_of(browser, "#range"), picture_of(browser)
        browser.click("[aria-label='Zoom in']")
        browser.wait("return document.getElementById('range').textContent !== arguments[0];", whole)
        browser.wait("return document.querySelector('.timeline canvas').toDataURL() !== arguments[0];", before)
        zoomed = text_of(browser, "#range")
        browser.point(".timeline canvas", width / 2, ROW, "pointerDown", (width / 2 - 200, ROW), "pointerUp")
        browser.wait("return document.getElementById('range').textContent !== arguments[0];", zoomed)
        require(browser.run("return document.getElementById('details').hidden;"), "a drag is taken for a click")
        browser.click("[aria-label='Show everything']")
        browser.wait("return document.getElementById('range').textContent === arguments[0];", whole)
        browser.point(".timeline canvas", bar, ROW)
        browser.wait("return !document.getElementById('tip').hidden && document.getElementById('tip').innerText.includes('list/0');")


def keyboard():
    """All of it without a mouse."""
    folder = Folder()
    with opened(folder.report(SMALL, codes=(1,))) as browser:
        browser.run("document.querySelector('.timeline canvas').focus();")
        whole = text_of(browser, "#range")
        browser.press("+")
        browser.wait("return document.getElementById('range').textContent !== arguments[0];", whole)
        zoomed = text_of(browser, "#range")
        browser.press("Right")
        browser.wait("return document.getElementById('range').textContent !== arguments[0];", zoomed)
        browser.press("Home")
        browser.wait("return document.getElementById('range').textContent === arguments[0];", whole)
        browser.press("n", "Enter")
        require("list/0" in text_of(browser, "#details h2"), "Enter does not open the task", text_of(browser, "#details"))
        require(browser.run("return document.activeElement.id;") == "details-title", "the focus does not follow")
        browser.press("Escape")
        require(browser.run("return document.getElementById('details').hidden && document.activeElement === document.querySelector('.timeline canvas');"), "Escape does not go back")
        browser.press("n", "Enter")
        require("decode/" in text_of(browser, "#details h2"), "N does not choose the next task", text_of(browser, "#details h2"))
        browser.press("Escape", "/")
        require(browser.run("return document.activeElement.id;") == "filter", "/ does not filter")
        before = picture_of(browser)
        browser.press(*"green")
        browser.wait("return document.getElementById('filter-count').textContent === '1 of 16 tasks';")
        browser.wait("return document.querySelector('.timeline canvas').toDataURL() !== arguments[0];", before)
        require(text_of(browser, ".found") == "pack/1", "the match is not listed", text_of(browser, ".found"))
        browser.press("Escape")
        browser.wait("return document.getElementById('filter-count').textContent === '' && document.activeElement.tagName === 'CANVAS';")
        browser.run("const outcome = document.querySelector('[aria-label=Outcome]'); outcome.value = 'failure'; outcome.dispatchEvent(new Event('change'));")
        browser.wait("return document.getElementById('filter-count').textContent === '1 of 16 tasks';")


def looks():
    """Dark, light, narrow and on paper."""
    folder = Folder()
    page = folder.report(SMALL, codes=(1,))
    background = "return getComputedStyle(document.body).backgroundColor;"
    with opened(page) as browser:
        light, drawing = browser.run(background), picture_of(browser)
        browser.click("#theme")
        require(browser.run(background) != light, "the theme does not change")
        browser.wait("return document.querySelector('.timeline canvas').toDataURL() !== arguments[0];", drawing)
        browser.click("#theme")
        require(browser.run(background) == light, "the theme does not change back")
        paper = browser.paper()
        require(paper.startswith(b"%PDF") and len(paper) > 20000, "the page does not print", len(paper))
        require(browser.run("return document.querySelectorAll('main details[open]').length;") == 0, "printing leaves details open")
    with opened(page, width=500) as browser:
        browser.of_session("POST", "goog/cdp/execute", {"cmd": "Emulation.setDeviceMetricsOverride", "params": {"width": 360, "height": 720, "deviceScaleFactor": 2, "mobile": True}})
        browser.wait("return innerWidth === 360 && document.querySelector('.timeline canvas').clientWidth < 360;")
        require(browser.run("return document.documentElement.scrollWidth;") <= 360, "the page is wider than a small window", browser.run("return document.documentElement.scrollWidth;"))


def hostile():
    """Names, items, parameters, outputs and messages of a run are shown as text, whatever they contain."""
    folder = Folder()
    (folder.path / "bytes.bin").write_bytes(b"caf\xe9 \xff</script><img src=x onerror=window.owned=1>\n")
    command = ["sh", "-c", "printf '%s' \"$1\"; printf '%s' \"$1\" >&2; cat bytes.bin; exit 1", "sh", "${{ item }}"]
    stage = {"name": "s", "task": "shell.run", "executor": "process", "foreach": EVIL, "with": {"argv": command}}
    page = folder.report({"ropewalk": 1, "name": EVIL[0], "params": {"evil": "".join(EVIL)}, "stages": [stage]}, codes=(1,))
    with opened(page) as browser:
        require(browser.run("return document.querySelectorAll('img, iframe, object, embed, script[src], link').length;") == 0, "text became markup")
        require(browser.run("return document.querySelectorAll('script').length;") == 1, "text became a script")
        for i, text in enumerate(EVIL):
            browser.run("[...document.querySelectorAll('#failures .task')].find(each => each.textContent === arguments[0]).click();", f"s/{i}")
            shown = browser.run("return document.getElementById('details').textContent;")
            plain = "".join(f"\\u{ord(c):04x}" if ord(c) > 255 else f"\\x{ord(c):02x}" if ord(c) < 32 and c not in "\n\t" else c for c in text)
            require(plain in shown, "an item is not shown as it is", plain, shown[:600])
            require("caf\\xe9 \\xff</script><img src=x" in shown, "bytes are not shown", shown[:600])
            browser.run("document.querySelector('#details .close').click();")
        require(EVIL[0] in text_of(browser, "header"), "the name of the workflow is not shown", text_of(browser, "header"))


def states():
    """A run without a task, one with one task, and one that was killed say so."""
    folder = Folder()
    empty = folder.report("ropewalk: 1\nname: empty\nstages: [{name: e, task: sim.noop, foreach: {range: 0}}]\n", codes=(5,), name="empty.html")
    with opened(empty) as browser:
        require("no task at all" in text_of(browser, ".notice"), "an empty run does not say so", text_of(browser, "main"))
        require("No attempt of a task is recorded" in text_of(browser, "#timeline"), "the timeline of an empty run")
    single = folder.report("ropewalk: 1\nname: one\nstages: [{name: e, task: sim.noop}]\n", name="one.html")
    with opened(single) as browser:
        browser.run("document.querySelector('.timeline canvas').focus();")
        browser.press("n", "Enter")
        require("e/0" in text_of(browser, "#details h2"), "the only task cannot be opened")
    (folder.path / "killed.yaml").write_text("ropewalk: 1\nname: killed\nstages: [{name: k, task: shell.run, executor: serial, foreach: {range: 3}, with: {argv: [sh, -c, 'test $1 = 0 || exec sleep 1000', sh, '${{ item }}']}}]\n")
    folder.ropewalk("run", "killed.yaml", "-q", codes=(-signal.SIGKILL,), ROPEWALK_FAILPOINTS="record.after_commit=kill@1", ROPEWALK_DURABILITY="task")
    folder.ropewalk("report", "latest", "-o", "killed.html")
    with opened(folder.path / "killed.html") as browser:
        require("was killed" in text_of(browser, ".notice"), "a killed run does not say so", text_of(browser, ".notice"))
        require("killed" in text_of(browser, "header"), "the state of a killed run")


def resumed():
    """Each resume has the reasons for which tasks ran again, in the words of the program."""
    folder = Folder()
    folder.report(SMALL, codes=(1,))
    said = folder.ropewalk("resume", "--set", "quality=90", codes=(1,)).stderr
    notes = [line.removeprefix("ropewalk: ") for line in said.splitlines() if line.startswith("ropewalk: stage ")]
    require(len(notes) >= 3 and "1 runs because it had failed" in "".join(notes), "what the resume said", said)
    folder.ropewalk("report", "latest", "-o", "resumed.html")
    with opened(folder.path / "resumed.html") as browser:
        setup = text_of(browser, "#setup")
        require("Kept by the resume (session 2)" in setup, "there is no heading", setup)
        for note in notes:
            require(note in setup, "a reason is missing", note, setup)


def live():
    """A run that goes on lists what runs, since when and with which item; it says until when the record is known."""
    folder = Folder()
    (folder.path / "live.yaml").write_text("ropewalk: 1\nname: live\nstages: [{name: k, task: shell.run, executor: process, workers: 2, foreach: [short, '</script><b>long'], with: {argv: [sh, -c, 'test \"$1\" = short || exec sleep 1000', sh, '${{ item }}']}}]\n")
    program = subprocess.Popen([PROGRAM, "run", "live.yaml", "-q"], cwd=folder.path, env=own_settings.environment(folder.path))
    try:
        until = time.monotonic() + 300
        while "\"running\": [{" not in folder.ropewalk("report", "latest", "-o", "-", codes=(0, 2, 74)).stdout:
            require(time.monotonic() < until and program.poll() is None, "nothing runs")
            time.sleep(0.05)
        folder.ropewalk("report", "latest", "-o", "live.html")
    finally:
        program.kill()
        program.wait()
    with opened(folder.path / "live.html") as browser:
        require("still going" in text_of(browser, ".notice"), "it does not say that it goes on", text_of(browser, "main"))
        require(text_of(browser, "#running h2") == "Running now", "there is no section", text_of(browser, "main"))
        rows = text_of(browser, "#running tbody").splitlines()
        require(len(rows) == 1 and rows[0].startswith("k/1") and "</script><b>long" in rows[0], "the running task", rows)
        require("whose end was not recorded at 20" in text_of(browser, "#running .hint"), "it does not say until when it is known", text_of(browser, "#running"))
    until = time.monotonic() + 300
    while " killed " not in folder.ropewalk("runs").stdout:
        require(time.monotonic() < until, "the run is not killed")
        time.sleep(0.05)
    folder.ropewalk("report", "latest", "-o", "killed.html")
    with opened(folder.path / "killed.html") as browser:
        require(text_of(browser, "#running h2") == "Running when it was killed", "there is no section", text_of(browser, "main"))
        require("k/1" in text_of(browser, "#running tbody"), "what ran when it was killed", text_of(browser, "#running"))


MODES = {
    "schema": 1, "ropewalk": "0.1.0", "workflow": "photos", "rounds": 5, "same_results": True, "started": "2026-11-29T12:03:00Z", "machine": "ada (Linux 6.1.0 x86_64)", "cores": 8,
    "command": ["ropewalk", "compare", "photos.yaml", "--set", "name=a b"], "verdict": "thread x8 is 3.9 +- 0.1 times faster than serial",
    "notes": ["run 3 of thread x8 is an outlier: 1.60 s, and the median is 1.03 s", "other load of the machine kept 0.8 cores busy on average"],
    "modes": [
        {"mode": "serial", "wall_s": [4.02, 4.0, 4.05, 3.98, 4.01], "median_s": 4.01, "low_s": 3.98, "high_s": 4.05, "confidence": 0.9375, "cpu_s": 20.0, "failed": 0, "crashed": 0, "outliers": []},
        {"mode": "thread x8", "wall_s": [1.03, 1.02, 1.6, 1.04, 1.03], "median_s": 1.03, "low_s": 1.02, "high_s": 1.6, "confidence": 0.9375, "speed_up": {"ratio": 3.9, "low": 3.8, "high": 4.0, "evident": True}, "cpu_s": 20.4, "failed": 0, "crashed": 0, "outliers": [3]},
        {"mode": "process x8", "wall_s": [4.1, 3.9, 4.0, 4.2, 4.0], "median_s": 4.0, "low_s": 3.9, "high_s": 4.2, "confidence": 0.9375, "speed_up": {"ratio": 0.99, "low": 0.95, "high": 1.04, "evident": False}, "cpu_s": 21.0, "failed": 5, "crashed": 5, "outliers": []},
        {"mode": "process-per-task x8", "wall_s": [9.1, 9.0, 9.2, 9.1, 9.0], "median_s": 9.1, "low_s": 9.0, "high_s": 9.2, "confidence": 0.9375, "speed_up": {"ratio": 0.44, "low": 0.43, "high": 0.45, "evident": True}, "cpu_s": 60.0, "failed": 0, "crashed": 0, "outliers": []}]}


def comparison_page(comparison):
    folder = Folder()
    (folder.path / "modes.json").write_text(json.dumps(comparison))
    folder.ropewalk("report", "modes.json")
    return folder, folder.path / "modes.html"


def modes():
    """A comparison shows each run as a point, outliers as another sign, medians, intervals and speed-ups, and all of it as text."""
    folder, page = comparison_page(MODES)
    with opened(page) as browser:
        require(text_of(browser, "h2").splitlines() == ["Modes", "Every run", "What disturbed it", "Setup"], "headings", text_of(browser, "h2"))
        require(text_of(browser, ".lead") == "thread x8 is 3.9 \u00b1 0.1 times faster than serial", "the sentence", text_of(browser, ".lead"))
        require("\u2713 same results in all runs" in text_of(browser, "header"), "the results", text_of(browser, "header"))
        require("process x8: 5 tasks failed in 5 runs, 5 of them by a crash" in text_of(browser, ".notice"), "the failures", text_of(browser, ".notice"))
        points = browser.run("return [...document.querySelectorAll('.mode-row .runs:not(.axis)')].map(svg => [svg.querySelectorAll('circle.run').length, svg.querySelectorAll('.outlier').length]);")
        require(points == [[5, 0], [4, 1], [5, 0], [5, 0]], "the points of runs and outliers", points)
        # In proportion to their times, from 0.
        lefts = browser.run("return [...document.querySelectorAll('.mode-row .runs:not(.axis)')].map(svg => [svg.getBoundingClientRect().left, svg.querySelector('.median').getBoundingClientRect().x]);")
        spans = [median - left for left, median in lefts]
        require(abs(spans[0] / spans[1] - 4.01 / 1.03) < 0.05 and abs(spans[3] / spans[0] - 9.1 / 4.01) < 0.05, "the places of medians", spans)
        label = browser.run("return document.querySelectorAll('.mode-row .runs')[1].getAttribute('aria-label');")
        require(label == "thread x8: 5 runs, 1 outlier among them, median 1.03 s, interval 1.02 s to 1.60 s", "the drawing has no text", label)
        rows = text_of(browser, "#modes tbody").splitlines()
        require(len(rows) == 4 and "baseline" in rows[0] and "3.90\u00d7" in rows[1] and "3.80\u00d7 to 4.00\u00d7" in rows[1] and "\u25b2 faster" in rows[1], "the table", rows)
        require("no evidence" in rows[2] and "5 (5 crashed)" in rows[2] and "\u25bc slower" in rows[3], "the verdicts", rows)
        third = text_of(browser, "#runs tbody tr:nth-child(3)")
        require("1.60 s \u2717 outlier" in third and "4.05 s" in third, "the rounds", third)
        for note in MODES["notes"]:
            require(note in text_of(browser, "#disturbances"), "a disturbance is missing", note)
        setup = text_of(browser, "#setup")
        for word in ("ada (Linux 6.1.0 x86_64), 8 usable cores", "ropewalk compare photos.yaml --set 'name=a b'", "2026-11-29T12:03:00Z"):
            require(word in setup, f"the setup has no '{word}'", setup)
        # With the keyboard: the table is sorted by its median, the slowest first.
        browser.run("document.querySelector('#modes thead th:nth-child(3) button').focus();")
        browser.press("Enter")
        require(text_of(browser, "#modes tbody tr:first-child th").strip() == "process-per-task x8", "the table is not sorted", text_of(browser, "#modes tbody"))
        unnamed = browser.run("return [...document.querySelectorAll('button, svg[role=img]')].filter(each => !(each.getAttribute('aria-label') || each.textContent.trim())).length;")
        require(unnamed == 0, "controls without a name", unnamed)
    differ = MODES | {"same_results": False, "difference": "stage 'hash', task 3: 1 with serial, and 2 with thread x8", "notes": [], "rounds": 6}
    folder, page = comparison_page(differ)
    with opened(page) as browser:
        require("\u2717 the results differ" in text_of(browser, "header"), "a difference is not shown", text_of(browser, "header"))
        notices = text_of(browser, ".notice")
        require("The results differ: stage 'hash', task 3: 1 with serial, and 2 with thread x8" in notices and "before its 6 rounds were complete" in notices, "the notices", notices)
        require("No outlier, no drift" in text_of(browser, "#disturbances"), "an undisturbed machine", text_of(browser, "#disturbances"))
    nothing = [{"mode": mode["mode"], "wall_s": [], "cpu_s": 0, "failed": 0, "crashed": 0, "outliers": []} for mode in MODES["modes"]]
    folder, page = comparison_page(MODES | {"modes": nothing, "verdict": "no run has ended", "notes": []})
    with opened(page) as browser:
        require("no two runs have ended" in text_of(browser, "header") and "same results" not in text_of(browser, "header"), "results are said to be the same without a run", text_of(browser, "header"))
        require(text_of(browser, ".mode-row .number").splitlines() == ["no run"] * 4, "modes without a run", text_of(browser, "#modes"))
    # Of a comparison that this program makes itself.
    folder = Folder()
    (folder.path / "workflow.yaml").write_text("ropewalk: 1\nname: own\nstages: [{name: a, task: sim.noop, foreach: {range: 9}}]\n")
    folder.ropewalk("compare", "workflow.yaml", "--runs", "2", "--executor", "serial,thread", "--report", "own.html")
    with opened(folder.path / "own.html") as browser:
        require(browser.run("return document.querySelectorAll('#modes tbody tr').length;") == 2, "two modes", text_of(browser, "#modes"))
        require("own" in text_of(browser, "h1"), "the workflow", text_of(browser, "h1"))


def modes_looks():
    """Dark, light, narrow and on paper."""
    folder, page = comparison_page(MODES)
    background = "return getComputedStyle(document.body).backgroundColor;"
    with opened(page) as browser:
        light = browser.run(background)
        browser.click("#theme")
        require(browser.run(background) != light, "the theme does not change")
        if keep := os.environ.get("KEEP"):
            browser.picture(pathlib.Path(keep) / "modes_dark.png", whole=True)
        paper = browser.paper()
        require(paper.startswith(b"%PDF") and len(paper) > 10000, "the page does not print", len(paper))
        if keep := os.environ.get("KEEP"):
            (pathlib.Path(keep) / "modes.pdf").write_bytes(paper)
        require(browser.run("return document.documentElement.dataset.theme;") == "dark", "printing changes the theme")
    with opened(page, width=500) as browser:
        browser.of_session("POST", "goog/cdp/execute", {"cmd": "Emulation.setDeviceMetricsOverride", "params": {"width": 360, "height": 720, "deviceScaleFactor": 2, "mobile": True}})
        browser.wait("return innerWidth === 360;")
        require(browser.run("return document.documentElement.scrollWidth;") <= 360, "the page is wider than a small window", browser.run("return document.documentElement.scrollWidth;"))
        if keep := os.environ.get("KEEP"):
            browser.picture(pathlib.Path(keep) / "modes_narrow.png", whole=True)


def hostile_modes():
    """Whatever stands in the file is text."""
    evil = "".join(EVIL)
    modes = [{**mode, "mode": evil} for mode in MODES["modes"]]
    folder, page = comparison_page(MODES | {"workflow": evil, "modes": modes, "notes": [evil], "verdict": evil, "difference": evil, "started": evil, "machine": evil, "command": [evil], "ropewalk": evil})
    with opened(page) as browser:
        require(browser.run("return document.querySelectorAll('img, iframe, object, embed, script[src], link').length;") == 0, "text became markup")
        require(browser.run("return document.querySelectorAll('script').length;") == 1, "text became a script")
        require("</script><script>window.owned=1</script>" in text_of(browser, "#disturbances"), "a note is not shown as it is", text_of(browser, "#disturbances"))


def pair():
    """Two runs stand side by side, with the same scales and what changed."""
    folder = Folder()
    folder.report(SMALL, codes=(1,))
    folder.report(SMALL.replace("sleep 0.02", "sleep 0.08"), codes=(1,))
    names = [run["name"] for run in json.loads(folder.ropewalk("runs", "--json").stdout)["runs"]]
    folder.ropewalk("report", names[1], names[0], "-o", "pair.html")
    with opened(folder.path / "pair.html") as browser:
        require(browser.run("return document.querySelectorAll('.timeline canvas').length;") == 2, "two timelines")
        require("\u25b2 slower" in text_of(browser, "#changes"), "the change is not shown", text_of(browser, "#changes"))
        places = browser.run("return [...document.querySelectorAll('.timeline')].map(each => [each.getBoundingClientRect().top, each.getBoundingClientRect().left]);")
        require(places[0][0] == places[1][0] and places[0][1] < places[1][1], "the runs are not beside each other", places)
        before = browser.run("return document.querySelectorAll('.timeline canvas')[1].toDataURL();")
        browser.click("[aria-label='Zoom in']")
        browser.wait("return document.querySelectorAll('.timeline canvas')[1].toDataURL() !== arguments[0];", before)


def many(tasks, limit_ms):
    """A run of many tasks opens, draws, zooms and shows a task. Prints how long that takes."""
    folder = Folder()
    half = tasks // 2
    page = folder.report({"ropewalk": 1, "name": "many", "stages": [
        {"name": "tiny", "task": "sim.noop", "executor": "thread", "workers": 2, "foreach": {"range": half}},
        {"name": "echo", "task": "sim.echo", "executor": "process", "workers": 2, "foreach": {"range": tasks - half - 2}, "with": {"value": "${{ item }}"}},
        {"name": "commands", "task": "shell.run", "executor": "process", "foreach": {"range": 2}, "with": {"argv": ["sh", "-c", "exit $1", "sh", "${{ item }}"]}}]}, codes=(1,))
    with opened(page) as browser:
        opened_ms = float(browser.wait("return document.documentElement.dataset.drawn;"))
        frames = browser.of_session("POST", "execute/async", {"script": """
            const done = arguments[0], canvas = document.querySelector('.timeline canvas'), all = [];
            canvas.focus();
            const press = key => canvas.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
            let step = 0, last = performance.now();
            const frame = () => {
              const now = performance.now();
              all.push(now - last);
              last = now;
              press(step < 12 ? '+' : step < 36 ? 'ArrowRight' : '-');
              if (++step < 48) requestAnimationFrame(frame); else done(all.slice(1).sort((a, b) => a - b));
            };
            requestAnimationFrame(frame);""", "args": []})
        print(f"{tasks} tasks: {page.stat().st_size / 1e6:.1f} MB, open and drawn after {opened_ms:.0f} ms; frames while zooming: median {frames[len(frames) // 2]:.0f} ms, longest {frames[-1]:.0f} ms")
        require(opened_ms < limit_ms * SLOW_MACHINE, "the report takes too long to open", opened_ms)
        require(drawn_colours(browser) > 3, "the timeline is empty")
        browser.press("Home", "n", "Enter")
        require(text_of(browser, "#details h2").strip() != "", "no task is shown")
        browser.press("Escape")
        browser.click("#failures .task")
        require("commands/1" in text_of(browser, "#details h2"), "the failure is not shown")
        browser.press("Escape", "/")
        browser.press(*f"tiny/{half - 1}")
        browser.wait("return document.getElementById('filter-count').textContent.startsWith('1 of ');")


def hundred_thousand():
    many(100_000, 2000)


def million():
    many(1_000_000, 20_000)


globals()[sys.argv[1]]()
