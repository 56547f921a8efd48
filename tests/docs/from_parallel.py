"""The rows of docs/from-parallel.md do what xargs and GNU parallel do.

    from_parallel.py ROPEWALK

Runs both lines of each row in folders with the same files, and compares what they print and the files that they leave.
Lines that do not ask for an order are compared without one.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import own_settings

PROGRAM = pathlib.Path(sys.argv[1]).resolve()
PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/from-parallel.md"
LEAST_ROWS = 40
PATIENCE_S = 120

FILES = {
    "names": "ann\nbob\neve x\n",
    "numbers": "".join(f"{number}\n" for number in range(1, 21)),
    "jobs": "echo one\necho two; echo three\n",
    "table.csv": "a,1\nb,2\n",
    "a.log": "1\n2\n",
    "b.log": "1\n",
    "c d.log": "",
    "src/x.c": "x\n",
    "src/y.c": "y\ny\n",
    "src/sub/z.c": "z\n",
}
OWN_FORM = {"out"}  # folders whose form differs, and whose content the line prints


def rows():
    """The lines of each row, of xargs or parallel and of map."""
    text = PAGE.read_text()
    for title in ("xargs", "GNU parallel"):
        section = text.split(f"\n## {title}\n")[1].split("\n## ")[0]
        for line in section.splitlines():
            cells = re.fullmatch(r"\| `(.*)` \| `(.*)` \|", line)
            if cells:
                yield tuple(cell.replace("\\|", "|") for cell in cells.groups())


def files_in(folder):
    """What was written, by name. Of a joblog the columns that do not depend on the clock or on the form of a command."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if name.split("/")[0] in OWN_FORM:
            continue
        content = path.read_bytes() if path.is_file() else None
        if name.endswith(".gz"):
            content = content[10:]  # without the time
        if name == "log":
            content = sorted((row.split("\t")[0], *row.split("\t")[6:8]) for row in content.decode().splitlines())
        found[name] = content
    return found


def outcome_of(line, folder, home):
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    environment = own_settings.environment(home, ROPEWALK_RECORD="false")
    environment["PATH"] = f"{PROGRAM.parent}:{environment.get('PATH', '/usr/local/bin:/usr/bin:/bin')}"
    environment["HOME"] = str(home)
    run = subprocess.run(["bash", "-c", line], cwd=folder, env=environment, capture_output=True, text=True,
                         stdin=subprocess.DEVNULL, timeout=PATIENCE_S)
    return run, files_in(folder)


def main():
    if not shutil.which("parallel"):
        sys.exit("GNU parallel is missing: script/bootstrap --test installs it")
    all_rows = list(rows())
    wrong = []
    if len(all_rows) < LEAST_ROWS:
        wrong.append(f"there are {len(all_rows)} rows, and {LEAST_ROWS} are promised")
    for theirs, ours in all_rows:
        with tempfile.TemporaryDirectory(prefix="from parallel ") as top:
            base = pathlib.Path(top)
            for name in ("theirs", "ours", "home"):
                (base / name).mkdir()
            (base / "home/.parallel").mkdir()
            (base / "home/.parallel/will-cite").touch()
            (their_run, their_files), (our_run, our_files) = (
                outcome_of(line, base / name, base / "home") for name, line in (("theirs", theirs), ("ours", ours)))
        ordered = re.search(r"\bparallel -k|\bxargs(?!.* -P)", theirs) is not None
        shown = [run.stdout if ordered else sorted(run.stdout.splitlines()) for run in (their_run, our_run)]
        if shown[0] != shown[1]:
            wrong.append(f"{theirs}\n{ours}\n  print {shown[0]!r}\n  and   {shown[1]!r}\n{our_run.stderr}")
        elif their_files != our_files:
            wrong.append(f"{theirs}\n{ours}\n  leave {their_files}\n  and   {our_files}")
        elif (their_run.returncode == 0) != (our_run.returncode == 0):
            wrong.append(f"{theirs}\n{ours}\n  end with {their_run.returncode}\n  and      {our_run.returncode}\n{our_run.stderr}")
        elif not their_run.stdout and their_files.keys() == FILES.keys():
            wrong.append(f"{theirs}\n  shows nothing: it prints nothing and leaves no file")
    if wrong:
        sys.exit("\n\n".join(wrong))


main()
