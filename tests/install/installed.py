"""The installed tree, used from outside of the source tree.

    installed.py CHECK BUILD SOURCE WORK [ARGUMENT...]

`install` installs the build below WORK/first, and `move` moves that to WORK/"moved prefix". All other checks use one of the two.
Exit code 77: this machine lacks what the check needs, which is printed.
"""
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import own_settings

BUILD, SOURCE, WORK = (pathlib.Path(each).resolve() for each in sys.argv[2:5])
PREFIXES = {"first": WORK / "first", "moved": WORK / "moved prefix"}
HAS_PYTHON = (BUILD / "python/ropewalk/_host.abi3.so").exists()
WARNINGS = "-Wall -Wextra -Werror"


def run(*words, code=0, home=None, cwd=None, **more):
    """Its output, standard error behind standard output. `code`: how it must end; None: in any way."""
    words = [str(word) for word in words]
    ended = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=cwd or WORK,
                           env=own_settings.environment(home or WORK, LC_ALL="C.UTF-8", **more))
    if code is not None and ended.returncode != code:
        sys.exit(f"{' '.join(words)} ended with {ended.returncode}, not {code}:\n{ended.stdout}")
    return ended.stdout


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            print(f"skipped: there is no {program}")
            sys.exit(77)


def expect(truth, what):
    if not truth:
        sys.exit(what)


def files_below(folder):
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if not file.is_dir())


def fresh(name):
    folder = WORK / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def linked_copy(name):
    """Of the installed programs and plugins, to be damaged."""
    copy = fresh(name)
    for part in ("bin", "libexec", "lib"):
        shutil.copytree(PREFIXES["first"] / part, copy / part, copy_function=os.link, ignore=shutil.ignore_patterns("debug", "*.a"))
    return copy


def library_folder(prefix):
    """lib, or lib/x86_64-linux-gnu."""
    return next(prefix.glob("lib/**/cmake/Ropewalk")).parent.parent


# --- the tree ---

def install():
    for prefix in PREFIXES.values():
        shutil.rmtree(prefix, ignore_errors=True)
    prefix = PREFIXES["first"]
    prefix.mkdir(parents=True)
    run("cmake", "--install", BUILD, "--prefix", prefix)
    expect(not (prefix / "lib/debug").exists(), "symbols are installed without having been asked for")
    run("cmake", "--install", BUILD, "--prefix", prefix, "--component", "debug")
    found = [re.sub(r"^lib/[\w-]+-linux-gnu/", "lib/", file) for file in files_below(prefix)]
    for wanted in ("bin/ropewalk", "libexec/ropewalk/ropewalk-host", "libexec/ropewalk/ropewalk-warden", "lib/libropewalk.a",
                   "lib/ropewalk/plugins/file.so", "lib/ropewalk/plugins/sim.so", "include/ropewalk/engine.hpp", "include/ropewalk/sdk/abi.h",
                   "include/ropewalk/sdk/task.hpp", "lib/cmake/Ropewalk/RopewalkConfig.cmake", "lib/pkgconfig/ropewalk.pc",
                   "lib/pkgconfig/ropewalk-plugin.pc", "share/ropewalk/workflow.schema.json", "share/bash-completion/completions/ropewalk"):
        expect(wanted in found, f"{wanted} is not installed")
    public = {file.name for file in (SOURCE / "engine/include/ropewalk").glob("*.h*")}
    headers = {file for file in found if file.startswith("include/") and not file.startswith("include/ropewalk/sdk/")}
    expect(headers == {f"include/ropewalk/{name}" for name in public}, f"not the public headers: {headers}")


def symbols():
    need("readelf")
    prefix = PREFIXES["first"]
    programs = [prefix / "bin/ropewalk", *(prefix / "libexec/ropewalk").iterdir(), *prefix.glob("lib/**/ropewalk/plugins/*.so"),
                *prefix.glob("lib/**/ropewalk/python/ropewalk/*.so")]
    expect(len(programs) >= 8, f"only {programs}")
    for program in programs:
        sections = run("readelf", "--sections", "--wide", program)
        expect(".debug_" not in sections and ".gnu_debuglink" in sections, f"{program} is not stripped, or does not name its symbols")
        expect((".symtab" in sections) == (program.suffix == ".so"), f"{program}: plugins keep names of functions, programs do not")
        identity = re.search(r"Build ID: (\w\w)(\w+)", run("readelf", "--notes", program))
        split = prefix / f"lib/debug/.build-id/{identity[1]}/{identity[2]}.debug"
        expect(split.exists(), f"there are no symbols of {program}: {split}")
        expect(".symtab" in run("readelf", "--sections", "--wide", split), f"{split} has no symbols")


def paths():
    for file in files_below(PREFIXES["first"]):
        if file.startswith("lib/debug/"):
            continue
        content = (PREFIXES["first"] / file).read_bytes()
        for folder in (BUILD, PREFIXES["first"]):
            expect(os.fsencode(folder) + b"/" not in content, f"{file} names {folder}")


def doctor(which):
    program = PREFIXES[which] / "bin/ropewalk"
    found = json.loads(run(program, "doctor", "--json"))
    expect(found["works"] and not found["problems"], json.dumps(found, indent=1))
    expect([each["version"] for each in found["programs"]] == [found["ropewalk"]] * 3, str(found["programs"]))
    shipped = {each["name"] for each in found["plugins"] if each["ships"] and str(PREFIXES[which]) in each["file"]}
    expect(shipped >= {"archive", "file", "shell", "sim", "stdio", "text"}, str(found["plugins"]))
    expect("all that a run needs works" in run(program, "doctor"), "the text differs")
    for executor in ("thread", "process", "process-per-task"):
        expect(run(program, "map", "shell.run", "--range", "3", "-q", "--executor", executor, "--", "echo", "{}") == "0\n1\n2\n", executor)


def python(which):
    """The package is beside the plugins, and hosts find it; its entry is all that the extension exports."""
    prefix = PREFIXES[which]
    package = next(prefix.glob("lib/**/ropewalk/python/ropewalk"), None)
    if package is None:
        print("skipped: the build has no Python")
        sys.exit(77)
    files = {file.name for file in (SOURCE / "sdk/python/ropewalk").iterdir() if file.suffix in (".py", ".pyi", ".typed") or file.name == "py.typed"}
    expect(files <= {file.name for file in package.iterdir()}, str(files))
    exported = run("nm", "--dynamic", "--defined-only", package / "_host.abi3.so").split()
    expect(exported[2::3] == ["PyInit__host"], f"it exports {exported}")
    program, environment = prefix / "bin/ropewalk", {"PATH": "/usr/bin:/bin"}
    folder = fresh(f"python {which}")
    run(program, "new", "plugin", "greeter", "--python", cwd=folder)
    said = run(program, "run", "workflows/example.yaml", "-q", "--results", "-", cwd=folder / "greeter", **environment)
    expect("Hello, Barbara! Hello, Barbara!" in said, said)
    run("/usr/bin/python3", "-m", "unittest", "discover", "tests", cwd=folder / "greeter", PYTHONPATH=str(package.parent))
    said = run(program, "map", "python.call", "--with", "module=math", "--with", "function=hypot", "--with", "args=[3, 4]", "-q", **environment)
    expect(said == '{"value": 5.0}\n', said)


def move():
    os.rename(PREFIXES["first"], PREFIXES["moved"])


# --- what is missing or does not fit ---

def helpers():
    copy = linked_copy("without helpers")
    program = copy / "bin/ropewalk"
    map_noop = [program, "map", "sim.noop", "--range", "1"]
    (copy / "libexec/ropewalk/ropewalk-host").unlink()
    said = run(*map_noop, code=70)
    expect("error[R102]" in said and "libexec/ropewalk/ropewalk-host" in said and "No such file" in said, said)
    expect("ropewalk-host cannot be started" in run(program, "doctor", code=1), "doctor does not name the host")
    (copy / "libexec/ropewalk/ropewalk-warden").unlink()
    said = run(*map_noop, code=70)
    expect("error[R101]" in said and said.count("error[") == 1 and str(copy / "libexec/ropewalk") in said, said)
    found = json.loads(run(program, "doctor", "--json", code=1))
    expect(len(found["problems"]) == 1 and str(copy / "libexec/ropewalk") in found["problems"][0], str(found["problems"]))
    shutil.rmtree(copy / "libexec")
    os.symlink(PREFIXES["first"] / "libexec", copy / "libexec")
    shutil.rmtree(next(copy.glob("lib/**/ropewalk")))
    said = run(program, "doctor", code=1)
    expect("no plugin that ships is in" in said, said)


def versions():
    """A program in place of the real one that lets the real one see another version of the engine."""
    for name in ("ropewalk-host", "ropewalk-warden"):
        copy = linked_copy("other version")
        there = copy / "libexec/ropewalk" / name
        real = there.with_name(name + ".real")
        there.rename(real)
        there.write_text(f'#!/bin/bash\n[[ $1 != --version ]] || {{ echo {name} 9.9.9; exit; }}\nexec "{real}" "${{@:1:$#-1}}" 9.9.9\n')
        there.chmod(0o755)
        said = run(copy / "bin/ropewalk", "map", "sim.noop", "--range", "1", code=70)
        expect("error[R110]" in said and f"{name} is not of version" in said and said.count("error[") == 1, said)
        said = run(copy / "bin/ropewalk", "doctor", code=1)
        expect(f"{name} is version 9.9.9, and ropewalk is version" in said, said)


def manual():
    pages = [file.name for file in PREFIXES["first"].glob("share/man/man?/*")]
    if not pages:
        need("scdoc")
        sys.exit("scdoc is installed, and there are no man pages")
    program = PREFIXES["first"] / "bin/ropewalk"
    commands = re.findall(r"^  ([a-z]+) {2,}", run(program, "--help").partition("Subcommands:\n")[2].partition("\n\n")[0], re.M)
    wanted = {"ropewalk.1", "ropewalk-workflow.5", "ropewalk-plugin.7"} | {f"ropewalk-{name}.1" for name in commands}
    expect(len(commands) > 10 and wanted <= set(pages), f"missing: {wanted - set(pages)}")
    run_page = next(PREFIXES["first"].glob("share/man/man1/ropewalk-run.1")).read_text()
    expect("\\-\\-executor" in run_page or "--executor" in run_page, "the page of run has no --executor")
    language = next(PREFIXES["first"].glob("share/man/man5/*")).read_text()
    expect("retries" in language and "process\\-per\\-task" in language.replace("process-per-task", "process\\-per\\-task"), "the page of workflows lacks keys")


# --- consumers ---

def configure_and_build(source, build, compiler, *options, target="all"):
    c_compiler = {"g++": "gcc", "clang++": "clang"}[compiler]
    run("cmake", "-S", source, "-B", build, "-G", "Ninja", f"-DCMAKE_CXX_COMPILER={compiler}", f"-DCMAKE_C_COMPILER={c_compiler}", "-DCMAKE_BUILD_TYPE=Debug",
        "-DCMAKE_CXX_FLAGS=" + WARNINGS, "-DCMAKE_C_FLAGS=" + WARNINGS, *options)
    run("cmake", "--build", build, "--target", *target.split())


def new_plugin(folder, language, program):
    """What `ropewalk new plugin` makes, outside of the source tree."""
    run(program, "new", "plugin", "greeter", *(["--c"] if language == "c" else []), cwd=folder)
    return folder / "greeter"


def run_its_tests(project, program):
    said = run("ctest", "--test-dir", project / "build", "--output-on-failure", "--no-tests=error")
    expect("100% tests passed" in said and "check" in said and "example" in said, said)
    said = run(program, "run", project / "workflows/example.yaml", "--plugins", project / "build/plugins", "-q", "--results", "-")
    expect("Hello, Barbara! Hello, Barbara!" in said, said)
    exported = run("nm", "--dynamic", "--defined-only", project / "build/plugins/greeter.so").split()
    expect(exported[2::3] == ["ropewalk_plugin_v1"], f"it exports {exported}")


def plugin(which, language, compiler):
    need(compiler, "ninja")
    program = PREFIXES[which] / "bin/ropewalk"
    project = new_plugin(fresh(f"plugin {which} {language} {compiler}"), language, program)
    configure_and_build(project, project / "build", compiler, f"-DCMAKE_PREFIX_PATH={PREFIXES[which]}")
    run_its_tests(project, program)


def plugin_in_tree():
    """The source tree alone: no package of the system is looked for."""
    program = PREFIXES["first"] / "bin/ropewalk"
    project = new_plugin(fresh("plugin in tree"), "cpp", program)
    configure_and_build(project, project / "build", "g++", f"-DROPEWALK_SOURCE={SOURCE}", f"-DROPEWALK={program}",
                        *(f"-DCMAKE_DISABLE_FIND_PACKAGE_{name}=ON" for name in ("Boost", "fmt", "spdlog", "yaml-cpp", "SQLite3", "CLI11", "OpenSSL")))
    run_its_tests(project, program)


def pkg_config(prefix, *words):
    return run("pkg-config", *words, PKG_CONFIG_PATH=str(library_folder(prefix) / "pkgconfig")).split()


def pkg_config_plugin():
    need("pkg-config")
    program = PREFIXES["first"] / "bin/ropewalk"
    project = new_plugin(fresh("plugin by pkg-config"), "cpp", program)
    flags = pkg_config(PREFIXES["first"], "--cflags", "ropewalk-plugin")
    run("g++", "-std=c++20", *WARNINGS.split(), "-shared", "-fPIC", *flags, "greeter.cpp", "-o", "greeter.so", cwd=project)
    run(program, "plugins", "check", "greeter.so", cwd=project)


def embedder(which, compiler):
    need(compiler, "ninja")
    folder = fresh(f"embedder {which} {compiler}")
    shutil.copytree(SOURCE / "tests/install/embedder", folder / "source")
    configure_and_build(folder / "source", folder / "build", compiler, f"-DCMAKE_PREFIX_PATH={PREFIXES[which]}")
    expect(run(folder / "build/embedder") == "exit code 0\n", "it does not run")


def readme():
    """Every program of engine/README.md, compiled and run against the prefix alone."""
    need("g++", "ninja")
    folder = fresh("programs of the readme")
    blocks = re.findall(r"^```cpp\n(.*?)^```$", (SOURCE / "engine/README.md").read_text(), re.M | re.S)
    programs = {f"readme_{number}": text for number, text in enumerate(blocks) if "int main(" in text}
    expect(len(programs) >= 3, f"engine/README.md has {len(programs)} programs")
    lists = "cmake_minimum_required(VERSION 3.25)\nproject(readme LANGUAGES CXX)\nfind_package(Ropewalk 0.1 REQUIRED COMPONENTS engine plugin)\n"
    for name, text in programs.items():
        (folder / f"{name}.cpp").write_text(text)
        lists += f"add_executable({name} {name}.cpp)\ntarget_link_libraries({name} PRIVATE Ropewalk::engine Ropewalk::plugin)\n"
    (folder / "CMakeLists.txt").write_text(lists)
    configure_and_build(folder, folder / "build", "g++", f"-DCMAKE_PREFIX_PATH={PREFIXES['first']}")
    for name, text in programs.items():
        files = int(found[1]) - 1 if (found := re.search(r"argc != (\d)", text)) else int("argv[i]" in text)
        arguments = [SOURCE / "tests/embedding/echo.yaml", folder / "records"][:files]
        silent, held = os.pipe()  # a standard input that stays open, as a terminal's does
        try:
            ended = subprocess.run([folder / "build" / name, *arguments], stdin=silent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   text=True, cwd=folder, env=own_settings.environment(folder))
        finally:
            os.close(silent)
            os.close(held)
        expect(ended.returncode == 0 and ended.stdout, f"the program ended with {ended.returncode}:\n{text}\n{ended.stdout}")
    pool = next(name for name, text in programs.items() if "engine.pool(" in text)
    said = run(folder / "build" / pool, SOURCE / "README.md", "no-such-file", code=1)
    digest = hashlib.sha256((SOURCE / "README.md").read_bytes()).hexdigest()
    expect(digest in said and "checksum/1 failed" in said, said)


def public_headers():
    """Each public header compiles alone, without a warning, and needs nothing but the standard library and Boost."""
    need("g++")
    folder = fresh("public headers")
    include = PREFIXES["first"] / "include"
    for header in files_below(include):
        text = (include / header).read_text()
        foreign = [each for each in re.findall(r'^ *#include [<"](.*?)[>"]', text, re.M) if "/" in each and not each.startswith(("ropewalk/", "sys/", "boost/system/"))]
        expect(not foreign, f"{header} includes {foreign}")
        (folder / "alone.cpp").write_text(f"#include <{header}>\n#include <{header}>\n")
        run("g++", "-std=c++20", "-fsyntax-only", *WARNINGS.split(), f"-I{include}", folder / "alone.cpp")


def pkg_config_engine():
    need("pkg-config")
    folder = fresh("embedder by pkg-config")
    flags = pkg_config(PREFIXES["first"], "--cflags", "--libs", "ropewalk")
    run("g++", "-std=c++20", *WARNINGS.split(), SOURCE / "tests/install/embedder/embedder.cpp", *flags, "-o", folder / "embedder")
    programs = pkg_config(PREFIXES["first"], "--variable=programs", "ropewalk")
    expect(run(folder / "embedder", *programs) == "exit code 0\n", "it does not run")
    said = run(folder / "embedder", code=1)
    expect("looked for in" in said and str(folder) in said, said)


LINKED_PROJECT = """cmake_minimum_required(VERSION 3.25)
project(linked LANGUAGES C CXX)
find_package(Ropewalk 0.1 REQUIRED COMPONENTS engine plugin)
add_executable(linked linked_program.cpp kit.cpp annex.cpp plain.c)
target_link_libraries(linked PRIVATE Ropewalk::engine Ropewalk::plugin)
"""


def linked(which, compiler):
    """A program that links its plugins, in C++ and in C. Its linker drops whatever nothing refers to."""
    need(compiler, "ninja")
    folder = fresh(f"linked {which} {compiler}")
    for name in ("linked_program.cpp", "kit.cpp", "kit.hpp", "annex.cpp", "plain.c"):
        shutil.copy(SOURCE / "tests/linked" / name, folder)
    (folder / "CMakeLists.txt").write_text(LINKED_PROJECT)
    sections = "-ffunction-sections -fdata-sections "
    configure_and_build(folder, folder / "build", compiler, f"-DCMAKE_PREFIX_PATH={PREFIXES[which]}", "-DCMAKE_EXE_LINKER_FLAGS=-Wl,--gc-sections",
                        f"-DCMAKE_CXX_FLAGS={sections}{WARNINGS}", f"-DCMAKE_C_FLAGS={sections}{WARNINGS}")
    expect(run(folder / "build/linked", "run") == "36\n", "it does not run")


def pkg_config_linked():
    """The program of engine/README.md that links a plugin, without CMake."""
    need("pkg-config")
    folder = fresh("linked by pkg-config")
    programs = re.findall(r"```cpp\n(.*?)```", (SOURCE / "engine/README.md").read_text(), re.DOTALL)
    (folder / "program.cpp").write_text(next(each for each in programs if "ROPEWALK_LINKED_PLUGIN" in each))
    flags = pkg_config(PREFIXES["first"], "--cflags", "--libs", "ropewalk", "ropewalk-plugin")
    hosts = pkg_config(PREFIXES["first"], "--variable=programs", "ropewalk")[0]
    run("g++", "-std=c++20", *WARNINGS.split(), f'-DROPEWALK_PROGRAMS="{hosts}"', folder / "program.cpp", *flags, "-o", folder / "program")
    said = run(folder / "program")
    expect(said.startswith("2\nroot/1 crashed") and "Root" in said and said.endswith("\n3\n"), said)


def fetcher(what):
    """The source tree as a part of another build: `configured` builds a plugin only, `built` the engine too, which takes minutes."""
    folder = fresh("fetcher " + what)
    configure_and_build(SOURCE / "tests/install/fetcher", folder, "g++", f"-DROPEWALK_SOURCE={SOURCE}", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON",
                        "-DCMAKE_CXX_FLAGS=", "-DCMAKE_C_FLAGS=", target="plugin_noop" if what == "configured" else "embedder plugin_noop")
    commands = json.loads((folder / "compile_commands.json").read_text())
    expect(not any("-Werror" in each["command"] or "/tests/unit/" in each["file"] for each in commands), "it is given our warnings or tests")
    own = [each["command"] for each in commands if each["file"].endswith("/embedder.cpp")]
    expect(len(own) == 1 and "engine/include" in own[0] and "/rooms/" not in own[0], f"not the public headers: {own}")
    run(BUILD / "bin/ropewalk", "plugins", "check", folder / "plugins/noop.so")
    if what == "built":
        expect(run(folder / "embedder") == "exit code 0\n", "it does not run")


def components():
    folder = fresh("components")
    project = "cmake_minimum_required(VERSION 3.25)\nproject(p LANGUAGES CXX)\nfind_package(Ropewalk {} REQUIRED COMPONENTS {})\n"
    only_plugin = folder / "prefix"
    run("cmake", "--install", BUILD, "--prefix", only_plugin, "--component", "plugin")
    for prefix, version, component, wanted in ((only_plugin, "0.1", "engine", "install libropewalk-dev"), (PREFIXES["first"], "0.1", "pythn", "has no component 'pythn'"),
                                               (PREFIXES["first"], "7.0", "plugin", "0.1.0")):
        (folder / "CMakeLists.txt").write_text(project.format(version, component))
        shutil.rmtree(folder / "build", ignore_errors=True)
        said = " ".join(run("cmake", "-S", folder, "-B", folder / "build", "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}", code=1).split())
        expect(wanted in said, said)


def stale():
    """It was built against a prefix that is somewhere else now."""
    program = WORK / "embedder first g++/build/embedder"
    if not program.exists():
        print("skipped: Consumer.EmbeddersBuildWithGcc has not run")
        sys.exit(77)
    said = run(program, code=1)
    expect("R101: " in said and str(PREFIXES["first"] / "libexec/ropewalk") in said and said.count("R101") == 1, said)
    expect(run(program, PREFIXES["moved"] / "libexec/ropewalk") == "exit code 0\n", "it does not run with the new folder")


# --- packages ---

def packages():
    need("cpack", "dpkg", "dpkg-deb", "dpkg-shlibdeps")
    folder = fresh("packages")
    run("cpack", "--config", BUILD / "CPackConfig.cmake", "-B", folder, "-D", "CPACK_COMPONENTS_ALL=runtime;engine;plugin" + (";python" if HAS_PYTHON else ""))
    made = sorted(folder.glob("*.deb"))
    names = [run("dpkg-deb", "--field", file, "Package").strip() for file in made]
    expect(sorted(names) == sorted(["libropewalk-dev", "ropewalk", "ropewalk-plugin-dev"] + ["python3-ropewalk"] * HAS_PYTHON), str(names))
    needs = {name: run("dpkg-deb", "--field", file, "Depends") for name, file in zip(names, made)}
    expect("libc6" in needs["ropewalk"] and "boost" not in needs["ropewalk"], needs["ropewalk"])
    expect(not needs["ropewalk-plugin-dev"].strip(), "authors of plugins need only a compiler: " + needs["ropewalk-plugin-dev"])
    expect("ropewalk (= " in needs["libropewalk-dev"] and all(each in needs["libropewalk-dev"] for each in ("libboost1.81-dev", "libyaml-cpp-dev", "libsqlite3-dev", "libre2-dev")), needs["libropewalk-dev"])

    root = fresh("root")  # of a system that has nothing but a database of packages
    for each in ("info", "updates", "triggers"):
        (root / "var/lib/dpkg" / each).mkdir(parents=True)
    for each in ("status", "available"):
        (root / "var/lib/dpkg" / each).touch()
    dpkg = ["dpkg", f"--root={root}", f"--log={folder / 'log'}", "--force-not-root", "--force-depends", "--force-bad-path"]
    run(*dpkg, "--install", *made)
    found = json.loads(run(root / "usr/bin/ropewalk", "doctor", "--json"))
    expect(found["works"], json.dumps(found, indent=1))
    expect(run(root / "usr/bin/ropewalk", "map", "shell.run", "--range", "2", "-q", "--", "echo", "{}") == "0\n1\n", "it does not run")
    if HAS_PYTHON:
        expect("ropewalk (= " in needs["python3-ropewalk"] and "python3 (>= 3.11)" in needs["python3-ropewalk"], needs["python3-ropewalk"])
        link = root / "usr/lib/python3/dist-packages/ropewalk"
        run("/usr/bin/python3", "-B", "-c", "import ropewalk; ropewalk.task", PYTHONPATH=str(link.parent))
        said = run(root / "usr/bin/ropewalk", "map", "python.call", "--with", "module=math", "--with", "function=sqrt", "--with", "args=[4]", "-q",
                   PATH="/usr/bin:/bin")
        expect(said == '{"value": 2.0}\n', said)
    run(*dpkg, "--purge", *names)
    left = [file for file in files_below(root) if not file.startswith("var/lib/dpkg/")]
    expect(not left and not (root / "usr").exists(), f"the packages leave {left or 'folders below usr'}")


if __name__ == "__main__":
    WORK.mkdir(parents=True, exist_ok=True)
    globals()[sys.argv[1]](*sys.argv[5:])
