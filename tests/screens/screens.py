"""What a run shows on a terminal, as pictures of text.

    screens.py CHECK ROPEWALK
    screens.py --rewrite ROPEWALK

The real program runs in a pseudo-terminal, and a terminal emulator reads it. A test holds the run still by files for which
its tasks wait, and compares the screen with golden/NAME-COLUMNSxLINES.txt. Times and rates cannot be held still: they are
masked, without changing their width. --rewrite writes the pictures anew.
"""
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import own_settings
from terminal import PATIENCE, Terminal

GOLDEN = pathlib.Path(__file__).resolve().parent / "golden"
SIZES = [(10, 40), (24, 80), (50, 250)]
CHECK, PROGRAM = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
PLUGINS = PROGRAM.parents[1] / "tests/screens"  # of the same build
REWRITE = CHECK == "--rewrite"

# Two tasks of the first stage are held, one has failed. The second stage waits for a retry.
RUNNING = """\
ropewalk: 1
name: running
defaults: {task: actor.play, executor: thread}
stages:
  - name: convert
    workers: 2
    foreach: [a.png, b.png, c.png, d.png, e.png, f.png, 写真/夏休み/とても長い名前/IMG_0007.png, "e\\u0301\\e[2J\\u202e.png", j.png, k.png, l.png]
    with:
      until: "${{ if(index < 6, '', 'go') }}"
      says: "${{ if(index < 6, '', item) }}"
      fraction: 0.45
      fails: "${{ if(index == 3, 'no picture\\nin it', '') }}"
  - name: upload-to-the-archive
    needs: []
    executor: process-per-task
    workers: 2
    foreach: {range: 40}
    retries: {max: 1, delay: 1h, max_delay: 1h}
    with: {fails: "${{ if(index == 2, 'no answer', '') }}"}
"""

MANY = "ropewalk: 1\nname: many\nstages:\n" + "".join(
    f"  - {{name: stage-{number}, task: actor.play, needs: [], executor: thread, workers: 1, foreach: {{range: 10}}, "
    f"with: {{until: \"${{{{ if(index < {number % 10}, '', 'go') }}}}\"}}}}\n" for number in range(60))


def masked(picture):
    """Times and rates, each replaced by a word that ends in the same column."""
    def same_width(word):
        return lambda match: word.rjust(len(match[0]))
    picture = re.sub(r" *[\d,.]+/(?:s|min|h)\b", same_width("RATE"), picture)
    picture = re.sub(r"(?<= in )[\d.]+ (?:ns|us|ms|s)\b", "TIME", picture)
    picture = re.sub(r" +[\d.]+ (?:ns|us|ms|s)\b|  +\d+m\d\ds\b|  +\d+h\d\dm\b", same_width("TIME"), picture)
    picture = re.sub(r" +\d+\.\d+\b", same_width("N"), picture)
    picture = re.sub(r"(TIME  stage-)\d+/\d+$", r"\1N/N", picture, flags=re.M)  # which of them is the longest depends on chance
    picture = re.sub(r"  (cpu|io|mixed)$", "  BOUND", picture, flags=re.M)
    # What another thread says, and tasks that have started together, have any order.
    lines = sorted(picture.split("\n"), key=lambda line: not line.startswith("ropewalk: "))
    ages = [at for at, line in enumerate(lines) if re.match(r" {4,}TIME  \S", line)]
    for at, line in zip(ages, sorted(lines[at] for at in ages)):
        lines[at] = line
    return "\n".join(lines)


def expect_golden(terminal, name, seen=None):
    """Reads until the masked screen is the golden one."""
    screen = terminal.screen
    file = GOLDEN / f"{name}-{screen.columns}x{screen.lines}.txt"
    if REWRITE:
        still, since = "", time.monotonic()
        until = since + PATIENCE
        while time.monotonic() - since < 3 and time.monotonic() < until:  # the picture changes no more
            if not terminal.read(0.05):
                break
            now = masked(terminal.picture())
            if now != still or (seen and not seen(now)):
                still, since = now, time.monotonic()
        file.write_text(masked(terminal.picture()))
        return
    wanted = file.read_text()
    try:
        terminal.wait_for(lambda picture: masked(picture) == wanted, file.name)
    except AssertionError:
        sys.exit(f"the screen is not {file}. Wanted:\n{wanted}\nFound:\n{masked(terminal.picture())}")


def require(condition, what, terminal=None):
    if not condition:
        sys.exit(what + (f". The screen:\n{terminal.picture()}" if terminal else ""))


class Stage:
    """A folder with a workflow, and the terminal in which it runs."""

    def __init__(self, workflow, lines=24, columns=80, words=(), **more):
        self.folder = tempfile.TemporaryDirectory(prefix="screens ")
        self.path = pathlib.Path(self.folder.name)
        (self.path / "a.yaml").write_text(workflow)
        self.terminal = Terminal([PROGRAM, "run", "a.yaml", "--plugins", PLUGINS, *words], lines, columns, self.path, **more)

    def go(self):
        (self.path / "go").touch()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.terminal.__exit__()
        self.folder.cleanup()


def running():
    for lines, columns in SIZES:
        with Stage(RUNNING, lines, columns) as stage:
            expect_golden(stage.terminal, "running", lambda picture: len(re.findall("^ +TIME  convert/", picture, re.M)) == 2 and "39/40" in picture)
            require(stage.terminal.cursor_is_shown, "the cursor is hidden between two frames")


def folded():
    for lines, columns in SIZES:
        with Stage(MANY, lines, columns) as stage:
            expect_golden(stage.terminal, "folded", lambda picture: "TIME  stage-N" in picture)


def frame_below_cursor(terminal):
    lines = masked(terminal.picture()).rstrip("\n").split("\n")
    return lines[:terminal.screen.cursor.y], lines[terminal.screen.cursor.y:]


def resized():
    with Stage(RUNNING) as stage:
        terminal = stage.terminal
        terminal.wait_for(lambda picture: "  convert/6" in picture and "  convert/7" in picture and "39/40" in picture, "long tasks")
        for lines, columns in [(24, 60), (10, 40), (30, 250), (50, 250), (12, 41), (24, 80)]:
            terminal.resize(lines, columns)
            before = len(terminal.bytes)
            terminal.wait_for(lambda _: len(terminal.bytes) > before + 20, "a frame after the resize")
            def is_clean(_):
                above, frame = frame_below_cursor(terminal)
                stages = [line for line in frame if re.match(r"conv|upl", line)]
                return (len(stages) == 2 and len(frame) == 4 and all(re.match(r"convert/3 .*failed|.*no picture| *(in )?it$|$", line) for line in above)
                        and all(re.match(r"conv|upl| +TIME  ", line) for line in frame))
            terminal.wait_for(is_clean, f"a clean frame of {columns}x{lines}")


FAILING = "ropewalk: 1\nname: failing\nstages:\n  - {name: f, task: actor.play, executor: thread, workers: 19, foreach: [" + ", ".join(
    ["go-%d" % (number // 3) for number in range(18)] + ["go"]) + "], with: {until: \"${{ item }}\", fails: \"${{ if(item == 'go', '', 'no picture') }}\"}}\n"


def resized_while_failing():
    """Failures are printed above the frame at the moment of a resize, before it and after it."""
    with Stage(FAILING) as stage:
        terminal = stage.terminal
        terminal.wait_for(lambda picture: "0/19" in picture and "  f/" in picture, "long tasks")
        printed = rb"f/\d+ \(go-\d\) failed: no picture"
        for number, size in enumerate([(24, 60), (10, 40), (30, 250), (50, 250), (12, 41), (24, 80)]):
            if number % 2 == 0:
                (stage.path / f"go-{number}").touch()
            terminal.resize(*size)
            if number % 2 == 1:
                (stage.path / f"go-{number}").touch()
            def is_clean(_):
                above, frame = frame_below_cursor(terminal)
                return (len(re.findall(printed, terminal.bytes)) == 3 * number + 3 and f"{3 * number + 3}/19" in "".join(frame)
                        and all(re.fullmatch(r"f/\d+ \(go-\d\) failed: no picture|", line) for line in above)
                        and all(re.match(r"f  | +TIME  f/", line) for line in frame) and len([line for line in frame if line.startswith("f  ")]) == 1)
            terminal.wait_for(is_clean, f"three more failures above a clean frame of {size[1]}x{size[0]}")
        require(set(re.findall(printed, terminal.bytes)) == {b"f/%d (go-%d) failed: no picture" % (task, task // 3) for task in range(18)}, "a failure is missing")
        stage.go()
        require(terminal.wait() == 1, "the run did not fail", terminal)
        require(terminal.cursor_is_shown and "failed: 1 of 19 tasks succeeded" in terminal.picture(), "the end", terminal)


def suspended():
    """In a shell with job control: Ctrl-Z erases the frame, the shell has the terminal, fg paints the frame again below."""
    with tempfile.TemporaryDirectory(prefix="screens ") as folder:
        (pathlib.Path(folder) / "a.yaml").write_text(RUNNING)
        with Terminal(["/bin/bash", "--norc", "--noprofile", "-i"], 24, 80, folder, environment={"PS1": "shell> ", "ROPEWALK": str(PROGRAM)}) as terminal:
            terminal.wait_for(lambda picture: "shell>" in picture, "the shell")
            terminal.type(f'"$ROPEWALK" run a.yaml --plugins "{PLUGINS}"\n'.encode())
            at_prompt = lambda picture: picture.rstrip("\n").split("\n")[-1].strip() == "shell>"
            for turn in range(2):
                terminal.wait_for(lambda picture: "  convert/6" in picture and "  convert/7" in picture and terminal.screen.cursor.y < 23, "long tasks")
                terminal.type(b"\x1a")
                terminal.wait_for(lambda picture: "Stopped" in picture and at_prompt(picture), "the shell after Ctrl-Z")
                require(terminal.cursor_is_shown, "the cursor is hidden while it is stopped", terminal)
                require(not re.search(r"^convert +thread|^ +[\d ms]+  convert/", terminal.picture(), re.M), "the frame is left above the shell", terminal)
                terminal.type(b"echo typed in between\n")
                terminal.wait_for(lambda picture: "\ntyped in between\n" in picture, "a command of the shell")
                terminal.type(b"clear\n" if turn == 0 else b"")
                terminal.type(b"fg\n")
                def painted(_):
                    above, frame = frame_below_cursor(terminal)
                    return len(frame) == 4 and all(re.match(r"conv|upl| +TIME  ", line) for line in frame) and not any(re.match(r"convert +thread|upload", line) for line in above)
                terminal.wait_for(painted, "the frame after fg")
            terminal.type(b"\x03")
            terminal.wait_for(lambda picture: "cancelled: 44 of 51 tasks" in picture and at_prompt(picture), "the summary, and the shell below it")
            require(terminal.cursor_is_shown, "the cursor is hidden", terminal)
            require("#" not in terminal.picture(), "the frame is left", terminal)
            terminal.type(b"echo code $?\n")
            terminal.wait_for(lambda picture: "\ncode 130\n" in picture, "the code of a program that SIGINT has ended")
            terminal.type(b"exit\n")
            terminal.wait()


def interrupted():
    with Stage(RUNNING) as stage:
        terminal = stage.terminal
        terminal.wait_for(lambda picture: "  convert/6" in picture, "a long task")
        terminal.type(b"\x03")
        code = terminal.wait()
        require(code == -signal.SIGINT, f"the program ended with {code}")
        require(terminal.cursor_is_shown, "the cursor is hidden", terminal)
        require(terminal.screen.cursor.x == 0, "the shell does not begin on a line of its own", terminal)
        expect_golden(terminal, "interrupted")


def ended():
    """Each way to end the program, short of SIGKILL."""
    ways = {"SIGINT three times": [signal.SIGINT] * 3, "SIGQUIT": [signal.SIGQUIT], "a crash": [signal.SIGSEGV], "SIGTERM": [signal.SIGTERM]}
    for way, signals in ways.items():
        with Stage(RUNNING) as stage:
            terminal = stage.terminal
            terminal.wait_for(lambda picture: "  convert/6" in picture, "a long task")
            for number in signals:
                terminal.signal(number)
                if len(signals) > 1:
                    heard = time.monotonic() + 0.5  # the same signal at once counts once
                    while time.monotonic() < heard and terminal.read(0.05):
                        pass
            terminal.wait()
            picture = masked(terminal.picture())
            require(terminal.cursor_is_shown, f"after {way} the cursor is hidden", terminal)
            require(terminal.screen.cursor.x == 0, f"after {way} the shell does not begin on a line of its own", terminal)
            require("#" not in picture and not re.search(r"TIME  convert/", picture), f"after {way} the frame is left", terminal)


def printed():
    """Of commands that `map` runs, and of plugins with -v; lines without an end, and many lines."""
    speaks = "ropewalk: 1\nname: speaks\nstages:\n  - {name: s, task: actor.play, executor: process, foreach: {range: 3}, with: {prints: \"half a line of ${{ index }}\", until: \"${{ if(index == 2, 'go', '') }}\"}}\n"
    with Stage(speaks, words=["-v"]) as stage:
        terminal = stage.terminal
        terminal.wait_for(lambda picture: "s/0 | half a line of 0" in picture and "s/1 | half a line of 1" in picture and "2/3" in picture, "what tasks printed")
        stage.go()
        terminal.wait()
        require("s/2 | half a line of 2" in terminal.picture(), "the last line was overwritten", terminal)
    with tempfile.TemporaryDirectory(prefix="screens ") as folder:
        script = "printf 'loading 50 %%\\r' >&2; until test -e go; do sleep 0.01; done; for i in $(seq 2000); do echo line $i >&2; done; printf end >&2"
        words = [PROGRAM, "map", "shell.run", "--range", "1", "--", "sh", "-c", script]
        with Terminal(words, 24, 80, folder, stdout=subprocess.DEVNULL) as terminal:
            seen = lambda picture: re.search(r"^loading 50 %\S*\n", picture, re.M) and "0/1" in picture
            terminal.wait_for(seen, "a line without an end above the frame")
            first = len(re.findall(rb"\x1b\[\?25l", terminal.bytes))
            terminal.wait_for(lambda _: len(re.findall(rb"\x1b\[\?25l", terminal.bytes)) > first + 12, "more frames")
            require(seen(terminal.picture()), "the line was overwritten by a later frame", terminal)
            (pathlib.Path(folder) / "go").touch()
            require(terminal.wait() == 0, "map failed", terminal)
            text = re.sub(rb"\x1b\[\?25l.*?\x1b\[\?25h|\x1b\[J|\r", b"", terminal.bytes, flags=re.S)  # without the frames
            found = re.findall(rb"^line (\d+)$", text, re.M)
            require([int(each) for each in found] == list(range(1, 2001)), f"{len(found)} of 2000 lines were printed")
            require(re.search(rb"^end$", text, re.M), "the last line was lost")


def redraws():
    with tempfile.TemporaryDirectory(prefix="screens ") as folder:
        words = [PROGRAM, "map", "shell.run", "--range", "300", "-j", "2", "--", "sh", "-c", "echo {} >&2; sleep 0.01"]
        began = time.monotonic()
        with Terminal(words, 24, 80, folder, stdout=subprocess.DEVNULL) as terminal:
            require(terminal.wait() == 0, "map failed", terminal)
            took = time.monotonic() - began
            frames = terminal.bytes.count(b"\x1b[?25l")
            require(2 <= frames <= 10 * took + 1, f"{frames} frames in {took:.2f} s")


PLAIN = """\
ropewalk: 1
name: plain
stages:
  - {name: first, task: actor.play, executor: thread, workers: 2, foreach: [a, b, c], with: {fails: "${{ if(item == 'b', 'no, 100 %\\nof b', '') }}"}}
  - {name: second, task: actor.play, after: any, executor: serial}
"""
PLAIN_LINES = [
    "stage first: 3 tasks on thread with 2 workers",
    "first/1 (b) failed: no, 100 %\\nof b",
    "stage first: failed, 3/3 done in TIME, 1 failed",
    "stage second: 1 task on serial with 1 worker",
    "stage second: succeeded, 1/1 done in TIME",
]


def expect_plain(output, how):
    require(not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", output.replace(b"\r\n", b"\n")), f"{how}: there are control bytes: {output!r}")
    lines = masked(output.decode().replace("\r\n", "\n")).splitlines()
    found = [line for line in lines[:5] if not line.startswith("::")]
    require(found == PLAIN_LINES, f"{how}: the lines are\n" + "\n".join(lines))


def in_pipe(folder, environment, words=()):
    own = own_settings.environment(folder, ROPEWALK_RECORD="false")
    return subprocess.run([PROGRAM, "run", "a.yaml", "--plugins", PLUGINS, *words], cwd=folder, env=own | environment, capture_output=True)


def plain():
    for how, environment in {"TERM=dumb": {"TERM": "dumb"}, "no TERM": {"TERM": ""}, "CI": {"CI": "true"}}.items():
        with Stage(PLAIN, 24, 80, environment={"NO_COLOR": ""} | environment) as stage:
            require(stage.terminal.wait() == 1, f"{how}: the run did not fail", stage.terminal)
            expect_plain(stage.terminal.bytes, how)
    with tempfile.TemporaryDirectory(prefix="screens ") as folder:
        (pathlib.Path(folder) / "a.yaml").write_text(PLAIN)
        expect_plain(in_pipe(folder, {"TERM": "xterm"}).stderr, "a pipe")
        quiet = in_pipe(folder, {}, ["-q"]).stderr.decode()
        require(quiet.startswith("failures:\n"), f"-q does not only report failures:\n{quiet}")


def github():
    with tempfile.TemporaryDirectory(prefix="screens ") as folder:
        sub = pathlib.Path(folder) / "work, 100 %"
        sub.mkdir()
        (sub / "a.yaml").write_text(PLAIN)
        for workspace, file in [(folder, "work%2C 100 %25/a.yaml"), (str(sub), "a.yaml"), ("/usr", "a.yaml"), ("", "a.yaml")]:
            ended = in_pipe(sub, {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": workspace})
            annotations = [line for line in ended.stderr.decode().splitlines() if line.startswith("::")]
            require(annotations == [f"::error file={file},line=4::first/1 (b) failed: no, 100 %25%0Aof b"], f"the annotations are {annotations}")
            require(ended.stdout == b"", f"standard output is not data alone: {ended.stdout!r}")
        quiet = in_pipe(sub, {"GITHUB_ACTIONS": "true"}, ["-q"]).stderr.decode()
        require(quiet.startswith("::error file=a.yaml,line=4::"), f"with -q there is no annotation:\n{quiet}")
        words = [PROGRAM, "map", "actor.play", "--plugins", PLUGINS, "--with", "fails=no"]
        environment = own_settings.environment(folder, GITHUB_ACTIONS="true")
        mapped = subprocess.run(words, cwd=sub, env=environment, capture_output=True, text=True)
        require("\n::error::map/0 failed: no\n" in "\n" + mapped.stderr, f"map has no annotation without a place:\n{mapped.stderr}")


def unread():
    """The run ends although nobody reads more than its first frame. Only the program waits, for a reader of its summary."""
    with Stage(MANY, words=["-v", "--events", "events"]) as stage:
        stage.terminal.wait_for(lambda picture: "stage-0" in picture, "a frame")
        stage.go()
        events = stage.path / "events"
        until = time.monotonic() + PATIENCE
        while '"run_finished"' not in events.read_text():
            require(time.monotonic() < until, "the run waits for its terminal")
            time.sleep(0.01)
        require(stage.terminal.wait() == 0, "the run failed", stage.terminal)
        require("succeeded: 600 of 600 tasks succeeded in" in stage.terminal.picture(), "there is no summary", stage.terminal)


if __name__ == "__main__":
    for check in ["running", "folded", "interrupted"] if REWRITE else [CHECK]:
        globals()[check]()
