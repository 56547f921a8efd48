#!/usr/bin/env python3
"""Checks that the folders of the engine keep to the rooms that they declare.

usage: rooms.py CHECK ROOMS_FILE SOURCE_DIR COMPILER

ROOMS_FILE is written by CMakeLists.txt. Prints what is wrong, a line each, and exits with 1 if there is anything.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

check, rooms_file, source_dir, compiler = sys.argv[1:]
root = pathlib.Path(source_dir)


class Target:
    def __init__(self, line):
        self.name, folder, sources, exports, uses, includes = line.split("|")
        self.folder = pathlib.Path(folder)
        self.room = self.folder.name
        self.sources = sources.split(",")
        self.exports = self.rooms_in(exports)
        self.uses = self.rooms_in(uses)
        self.includes = list(dict.fromkeys(each for each in includes.split(",") if each))
        self.is_room = self.folder.parent.name == "src"

    @staticmethod
    def rooms_in(libraries):
        parts = {"ropewalk_warden_parts": "warden"}
        return {parts.get(each, each.removeprefix("ropewalk_")) for each in libraries.split(",") if each.startswith("ropewalk_")}


targets = [Target(line) for line in pathlib.Path(rooms_file).read_text().splitlines() if line]
rooms = {each.room: each for each in targets if each.is_room}
roots = set(rooms) | {"host", "warden"}  # folders that an include may name


def files_of(target):
    """Its sources with their headers; a room has all headers of its folder."""
    stems = {pathlib.Path(each).stem for each in target.sources}
    others = [each for each in targets if each is not target and each.folder == target.folder]
    of_others = {pathlib.Path(each).stem for other in others for each in other.sources}
    for file in sorted(target.folder.iterdir()):
        if file.suffix in (".cpp", ".hpp") and (file.stem in stems or (file.suffix == ".hpp" and file.stem not in of_others)):
            yield file


def includes_of(file):
    for number, line in enumerate(file.read_text().splitlines(), 1):
        if found := re.match(r'\s*#\s*include\s+"(\w+)/', line):
            if found[1] in roots:
                yield number, found[1]


def check_declared():
    """A header includes what its target exports; a source what it exports or uses."""
    for target in targets:
        for file in files_of(target):
            allowed = target.exports | {target.room} | (target.uses if file.suffix == ".cpp" else set())
            for number, room in includes_of(file):
                if room not in allowed:
                    yield f"{file}:{number}: {target.name} does not declare the room '{room}'"


def reachable(target):
    """The rooms that it declares, and those that their headers include."""
    found, waiting = {target.room}, list(target.exports | target.uses)
    while waiting:
        room = waiting.pop()
        if room in found or room not in rooms:
            continue
        found.add(room)
        waiting += rooms[room].exports
    return found


def header_of(room):
    return next((f"{room}/{file.name}" for file in sorted(rooms[room].folder.glob("*.hpp"))), None)


def compile_with(target, text):
    with tempfile.TemporaryDirectory() as folder:
        probe = pathlib.Path(folder) / "probe.cpp"
        probe.write_text(text)
        command = [compiler, "-std=c++20", "-fsyntax-only", "-DFMT_SHARED", *(f"-I{each}" for each in target.includes), str(probe)]
        done = subprocess.run(command, capture_output=True, text=True)
        return done.returncode == 0, done.stderr


def check_visible():
    """The compiler finds the headers of just the rooms that a room may see."""
    for target in rooms.values():
        may = reachable(target)
        text = ""
        for room in rooms:
            if header := header_of(room):
                text += f'#if {"!" if room in may else ""}__has_include("{header}")\n#error {"no " if room in may else ""}{room}\n#endif\n'
        if not compile_with(target, text)[0]:
            wrong = re.findall(r"#error (.*)", compile_with(target, text)[1])
            yield f"{target.name}: visible, but not declared, or the other way round: {', '.join(sorted(set(wrong)))}"


def check_compiles():
    run = rooms["run"]
    good, errors = compile_with(run, '#include "executors/executor.hpp"\n')
    if not good:
        yield f"a source of run that includes a room that run declares does not compile:\n{errors}"
    for header in ("workflow/yaml.hpp", "planner/stage_graph.hpp", "expressions/binding.hpp"):
        if compile_with(run, f'#include "{header}"\n')[0]:
            yield f"a source of run that includes {header} compiles, though run does not declare its room"


def check_layers():
    """Each room declares rooms that engine/CMakeLists.txt names before it."""
    order = re.findall(r"add_subdirectory\(src/(\w+)\)", (root / "engine/CMakeLists.txt").read_text())
    if sorted(order) != sorted(rooms):
        yield f"engine/CMakeLists.txt has {sorted(order)}, and the rooms are {sorted(rooms)}"
    for target in rooms.values():
        for room in sorted(target.exports | target.uses):
            if room in rooms and order.index(room) > order.index(target.room):
                yield f"{target.name} declares '{room}', which stands behind it in engine/CMakeLists.txt"


def check_flags():
    """Diagnostics name inputs as InputNames says. `codes` holds the texts of `ropewalk explain`, and key_tables.cpp those of
    `ropewalk schema`: they are pages of the program's manual."""
    flags = set(re.findall(r'"(?:-\w,)?(--[a-z][a-z-]*)"', (root / "engine/programs/ropewalk/grammar.cpp").read_text()))
    if len(flags) < 10:
        yield f"grammar.cpp has only these flags: {sorted(flags)}"
    manual = [root / "engine/src/codes", root / "engine/src/workflow/key_tables.cpp"]
    for file in sorted((root / "engine/src").rglob("*.[ch]pp")):
        if any(each == file or each in file.parents for each in manual):
            continue
        for number, line in enumerate(file.read_text().splitlines(), 1):
            for text in re.findall(r'"((?:[^"\\]|\\.)*)"', line.partition("  //")[0]):
                if flags & set(re.findall(r"--[a-z][a-z-]*", text)):
                    yield f"{file}:{number}: the library speaks of a flag: {text}"


def check_parser():
    """parse_text() is called where each scalar is parsed once, and nowhere else."""
    allowed = {"expression.hpp", "expression.cpp", "parsed_scalars.cpp"}
    for file in sorted((root / "engine").rglob("*.[ch]pp")):
        if "parse_text(" in file.read_text() and file.name not in allowed:
            yield f"{file} parses expressions by itself; ParsedScalars has them parsed"


def check_program():
    """The command line uses the public headers, as a program that embeds the engine does, and those that program_includes.txt
    lists with a reason. Public headers include no private one."""
    kept = (root / "tests/rooms/program_includes.txt").read_text()
    listed = {line for line in kept.splitlines() if line and not line.startswith("#")}
    found = {}
    for file in sorted((root / "engine/programs/ropewalk").glob("*.[ch]pp")):
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if (include := re.match(r'#include "((\w+)/[\w.]+)"', line)) and include[2] in rooms:
                found.setdefault(include[1], f"{file}:{number}")
    for header in sorted(set(found) - listed):
        yield f"{found[header]}: {header} is private; make it public, or give a reason in tests/rooms/program_includes.txt"
    for header in sorted(listed - set(found)):
        yield f"tests/rooms/program_includes.txt lists {header}, which the program does not include"
    for file in sorted((root / "engine/include/ropewalk").glob("*.hpp")):
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if line.startswith('#include "'):
                yield f"{file}:{number}: a public header includes a private one: {line}"


problems = list(globals()[f"check_{check}"]())
print(*problems, sep="\n")
sys.exit(1 if problems else 0)
