#!/usr/bin/env python3
"""The layout of what others compile against, compared with kept dumps.

    kept_abi.py CHECK SOURCE [LIBRARY]

CHECK is a function below. SOURCE: the source tree. LIBRARY: the archive libropewalk.a. Exit code 77: this machine lacks
abidw and abidiff, or is not the one that the dumps are of.

    sdk.abi              the types of abi.h, as abidw writes them
    library.abi.xz       the types of the public headers of the engine
    library_symbols.txt  the functions of these headers that the library defines

`script/abi` writes the three anew.
"""
import lzma
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

SOURCE = pathlib.Path(sys.argv[2]).resolve()
KEPT = SOURCE / "tests/abi"
SDK, ENGINE = SOURCE / "sdk/include", SOURCE / "engine/include"
ANEW = "If every user of the old one may break, run script/abi, and write it down in CHANGELOG.md."


def run(*words, may_fail=False):
    ended = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if ended.returncode and not may_fail:
        sys.exit(f"{' '.join(map(str, words))} ended with {ended.returncode}:\n{ended.stdout}{ended.stderr}")
    return ended


def public_headers(root):
    return sorted(file for file in root.rglob("*.hpp") if "sdk" not in file.relative_to(root).parts)


def public_types(root):
    """Names of the structs, classes and enums that are defined in the namespace ropewalk itself."""
    found = []
    for header in public_headers(root):
        text = re.sub(r"^namespace (\w*detail) \{.*?^\}  // namespace \1", "", header.read_text(), flags=re.M | re.S)
        text = re.sub(r"^template <.*>\n(?:struct|class) \w+", "", text, flags=re.M)  # users compile them
        found += re.findall(r"^(?:struct|class|enum class) (\w+)[^;(]*\{", text, re.M)
    return sorted(set(found))


def public_functions(root):
    """Names of the functions that are declared, not defined, in the namespace ropewalk or in one that ends in detail, which templates
    of the headers call."""
    found = set()
    for header in public_headers(root):
        text = re.sub(r"//.*| = \{\}", "", header.read_text())
        found |= set(re.findall(r"^(?!using|return|template|#|\s)[^\n;{}()=]*?\b(\w+)\([^;{}]*\)(?: noexcept)?;", text, re.M))
    return found


# --- dumps ---

def slim(dump):
    """Keeps of the types of other libraries their names and sizes, and drops what nothing refers to."""
    tree = xml.fromstring(dump)
    for unit in tree.iter("abi-instr"):
        for namespace in unit.findall("namespace-decl"):
            if namespace.get("name") != "ropewalk":
                for each in [*namespace.iter("class-decl"), *namespace.iter("union-decl")]:
                    for part in list(each):
                        each.remove(part)
    types = {"class-decl", "union-decl", "typedef-decl", "pointer-type-def", "reference-type-def", "qualified-type-def", "function-type",
             "array-type-def", "type-decl", "enum-decl", "namespace-decl"}
    removed = True
    while removed:
        removed = False
        used = {value for each in tree.iter() for name, value in each.items() if name in ("type-id", "naming-typedef-id")}
        for parent in list(tree.iter()):
            for each in list(parent) if parent.tag in ("abi-instr", "namespace-decl") else []:
                if each.tag in types and each.get("id") not in used and (each.tag != "namespace-decl" or not len(each)):
                    parent.remove(each)
                    removed = True
    xml.indent(tree, " ")
    return xml.tostring(tree, encoding="unicode") + "\n"


def dump_of(folder, source, compiler, include, headers, exported):
    """What abidw reads from `source`, compiled as a shared object that exports the functions named `exported`."""
    (folder / "exported").write_text(f"{{ global: {exported}; local: *; }};")
    library = folder / "surface.so"
    # -femit-class-debug-always: of classes with virtual functions too, whose tables are in another object.
    run(*compiler, "-g", "-O0", "-femit-class-debug-always", "-fPIC", "-shared", f"-Wl,--version-script={folder / 'exported'}",
        *(f"-I{each}" for each in include), source, "-o", library)
    dump = run("abidw", "--no-show-locs", "--no-comp-dir-path", "--no-corpus-path", "--type-id-style", "hash", "--drop-private-types",
               "--headers-dir", headers, library).stdout
    return dump.replace(str(folder), "")


def sdk_dump(folder, root=SDK):
    source = folder / "sdk.c"
    types = re.findall(r"^typedef struct (ropewalk_\w+) \{", (root / "ropewalk/sdk/abi.h").read_text(), re.M)
    source.write_text("#include <ropewalk/sdk/abi.h>\n" + "".join(f"void keep_{name}(const {name}* it) {{ (void)it; }}\n" for name in types))
    return dump_of(folder, source, ["gcc", "-std=c11"], [root], root, "keep_*")


def as_before(dump, kept):
    """The structs of a dump as far as one reads them who knows those of `kept`: a struct is passed by pointer, with its size, so
    a new member at its end breaks nobody."""
    tree = xml.fromstring(dump)
    sizes = {each.get("name"): int(each.get("size-in-bits")) for each in xml.fromstring(kept).iter("class-decl") if each.get("size-in-bits")}
    for each in tree.iter("class-decl"):
        size = sizes.get(each.get("name"))
        if size is not None and int(each.get("size-in-bits", 0)) > size:
            for member in each.findall("data-member"):
                if int(member.get("layout-offset-in-bits")) >= size:
                    each.remove(member)
            each.set("size-in-bits", str(size))
    return xml.tostring(tree, encoding="unicode")


def library_dump(folder, root=ENGINE):
    source = folder / "library.cpp"
    source.write_text("".join(f"#include <{header.relative_to(root)}>\n" for header in public_headers(root)) +
                      "".join(f'extern "C" void keep_{name}(const ropewalk::{name}&) {{}}\n' for name in public_types(root)))
    return slim(dump_of(folder, source, ["g++", "-std=c++20"], [root, SDK], root, "keep_*"))


def symbols_of(library):
    """The functions of the public headers that the archive defines, demangled, ascending."""
    named = "|".join(sorted(public_functions(ENGINE)))
    classes = "|".join(public_types(ENGINE))
    public = re.compile(rf"ropewalk::(?:(?:detail::)?(?:{named})(?:\[abi:cxx11\])?\(|(?:{classes})::(?!\w+::|~?State)[\w~]+(?:\[abi:cxx11\])?\()")
    lines = run("nm", "--demangle", "--defined-only", "--extern-only", library).stdout.splitlines()
    found = {line.split(" ", 2)[2] for line in lines if " T " in line}
    return "".join(sorted(each + "\n" for each in found if public.match(each) and "{lambda" not in each))


def compare(folder, kept, now):
    """What abidiff reports of the change from `kept` to `now`; empty: nothing that breaks anybody."""
    (folder / "kept.abi").write_text(kept)
    (folder / "now.abi").write_text(now)
    ended = run("abidiff", "--no-added-syms", folder / "kept.abi", folder / "now.abi", may_fail=True)
    if ended.returncode & 3:  # it could not compare them
        sys.exit(f"abidiff ended with {ended.returncode}: {ended.stdout}{ended.stderr}")
    return ended.stdout if ended.returncode else ""


def kept_sdk():
    return (KEPT / "sdk.abi").read_text()


def kept_library():
    return lzma.decompress((KEPT / "library.abi.xz").read_bytes()).decode()


# --- checks ---

def sdk(folder):
    if changes := compare(folder, kept_sdk(), as_before(sdk_dump(folder), kept_sdk())):
        yield f"abi.h differs from tests/abi/sdk.abi:\n{changes}{ANEW}"


def library(folder):
    if changes := compare(folder, kept_library(), library_dump(folder)):
        yield f"The public headers of the engine differ from tests/abi/library.abi.xz:\n{changes}{ANEW}"


def symbols(folder):
    kept = set((KEPT / "library_symbols.txt").read_text().splitlines())
    now = set(symbols_of(sys.argv[3]).splitlines())
    if len(now) < 40:
        yield f"only {len(now)} functions of the public headers are found in the library"
    for gone in sorted(kept - now):
        yield f"the library has no {gone} any more; {ANEW}"


def changed(folder, root, header, line, new):
    """A copy of an include folder in which `new` takes the place of the one line of a header that begins with `line`. `{}` in it is
    the line itself."""
    copy = folder / "include"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(root, copy)
    lines = (copy / "ropewalk" / header).read_text().splitlines()
    places = [place for place, each in enumerate(lines) if each.startswith(line)]
    if len(places) != 1:
        sys.exit(f"{header} has {len(places)} lines that begin with {line!r}")
    lines[places[0]] = new.replace("{}", lines[places[0]])
    (copy / "ropewalk" / header).write_text("\n".join(lines) + "\n")
    return copy


def breaks(folder):
    """The comparison reports every change that breaks others, and no other."""
    def of_sdk(what, line, new, wanted):
        now = sdk_dump(folder, changed(folder, SDK, "sdk/abi.h", line, new))
        found = compare(folder, kept_sdk(), as_before(now, kept_sdk()))
        if bool(found) != wanted:
            yield f"abi.h, {what}: {found or 'nothing is reported'}"

    index = "  uint64_t (*index)(const ropewalk_call* call);"
    yield from of_sdk("a removed function", index, "", True)
    yield from of_sdk("a function of another type", index, index.replace("uint64_t", "uint32_t"), True)
    yield from of_sdk("a function in the middle", index, "{}\n  void (*fresh)(void);", True)
    yield from of_sdk("a function at the end", "  const void* (*query)(const char* name);", "{}\n  void (*fresh)(void);", False)

    def of_library(what, header, line, new, wanted):
        found = compare(folder, kept_library(), library_dump(folder, changed(folder, ENGINE, header, line, new)))
        if bool(found) != wanted:
            yield f"{header}, {what}: {found or 'nothing is reported'}"

    yield from of_library("a removed field", "record_options.hpp", "  bool only_failed = false;", "", True)
    yield from of_library("a field of another type", "error.hpp", "  int column = 0;", "  short column = 0;", True)
    yield from of_library("a removed virtual function", "record.hpp", "  virtual Result<void> check() const {", "", True)
    yield from of_library("a new function", "error.hpp", "  Errors() = default;", "{}\n  int size() const;", False)


def write(folder):
    (KEPT / "sdk.abi").write_text(sdk_dump(folder))
    (KEPT / "library.abi.xz").write_bytes(lzma.compress(library_dump(folder).encode(), preset=9 | lzma.PRESET_EXTREME))
    (KEPT / "library_symbols.txt").write_text(symbols_of(sys.argv[3]))
    yield from ()


if platform.machine() != "x86_64" or not all(shutil.which(each) for each in ("abidw", "abidiff", "gcc", "g++", "nm")):
    print("skipped: the dumps are of g++ on x86-64, and abidiff compares them")
    sys.exit(77)
with tempfile.TemporaryDirectory(prefix="kept abi ") as made:
    problems = list(globals()[sys.argv[1]](pathlib.Path(made)))
print(*problems, sep="\n", end="\n" if problems else "")
sys.exit(1 if problems else 0)
