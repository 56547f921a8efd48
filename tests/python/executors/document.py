"""Runs the programs of docs/python.md, and compares what they print. usage: document.py all FILE"""

import importlib.util
import os
import pathlib
import re
import subprocess
import sys
import tempfile

PATIENCE_S = 300


def main():
    text = pathlib.Path(sys.argv[2]).read_text()
    blocks = re.findall(r"^```python\n(.*?)^```\n```\n(.*?)^```\n", text, re.DOTALL | re.MULTILINE)
    alone = text.count("```python\n") - len(blocks)
    failed = [f"{alone} programs without their output"] if alone else []
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    for number, (program, expected) in enumerate(blocks, 1):
        missing = [name for name in ("joblib",) if f"import {name}\n" in program
                   and importlib.util.find_spec(name) is None]
        if missing:
            print(f"program {number} needs {missing[0]}, which is not installed")
            continue
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "program.py")
            path.write_text(program)
            ran = subprocess.run([sys.executable, "-B", path], cwd=folder, env=env, text=True, capture_output=True,
                                 timeout=PATIENCE_S)
        if (ran.returncode, ran.stdout) != (0, expected):
            failed.append(f"program {number} exited with {ran.returncode} and printed\n{ran.stdout}{ran.stderr}")
    print("\n".join(failed) or f"{len(blocks)} programs do what the document says")
    return 1 if failed or not blocks else 0


if __name__ == "__main__":
    sys.exit(main())
