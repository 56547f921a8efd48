"""Every public name has documentation.

    api.py CHECK SOURCE

Runs doxygen on docs/Doxyfile. Exit code 77: there is no doxygen.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

SOURCE = pathlib.Path(sys.argv[2]).resolve()


def doxygen(source, output):
    """What it complains of; empty: nothing. Its XML is in `output`/xml."""
    settings = (SOURCE / "docs/Doxyfile").read_text()
    settings += f'OUTPUT_DIRECTORY = "{output}"\nGENERATE_HTML = NO\nGENERATE_XML = YES\nXML_PROGRAMLISTING = NO\n'
    ended = subprocess.run(["doxygen", "-"], input=settings, cwd=source, capture_output=True, text=True)
    complaints = ended.stdout + ended.stderr
    if ended.returncode and not complaints:
        complaints = f"doxygen ended with {ended.returncode}"
    return complaints + undocumented_values(output / "xml")


def undocumented_values(folder):
    """Values of enumerations, of which doxygen says nothing."""
    found = ""
    for file in sorted(folder.glob("*.xml")):
        for member in xml.parse(file).iter("memberdef"):
            if member.get("kind") == "enum" and member.get("prot") == "public":
                for value in member.findall("enumvalue"):
                    if not "".join(value.find("briefdescription").itertext()).strip() + "".join(value.find("detaileddescription").itertext()).strip():
                        found += f"{member.find('location').get('file')}: {member.findtext('name')}::{value.findtext('name')} is not documented\n"
    return found


def documented():
    with tempfile.TemporaryDirectory() as output:
        if complaints := doxygen(SOURCE, pathlib.Path(output)):
            sys.exit(complaints)
        names = sum(len(list(xml.parse(file).iter("memberdef"))) for file in pathlib.Path(output, "xml").glob("*.xml"))
        if names < 600:
            sys.exit(f"doxygen has found only {names} names")


def complains():
    """A name without documentation is reported, of each kind."""
    def expect(header, old, new, wanted):
        with tempfile.TemporaryDirectory() as name:
            copy = pathlib.Path(name) / "source"
            for folder in ("engine/include", "sdk/include"):
                shutil.copytree(SOURCE / folder, copy / folder)
            (copy / "docs").mkdir()
            shutil.copy(SOURCE / "docs/api.dox", copy / "docs")
            text = (copy / header).read_text()
            if text.count(old) != 1:
                sys.exit(f"{header} has {text.count(old)} times {old!r}")
            (copy / header).write_text(text.replace(old, new))
            complaints = doxygen(copy, pathlib.Path(name) / "output")
            if wanted not in complaints:
                sys.exit(f"{header} with {new!r}: {complaints or 'no complaint'}")

    engine, sdk = "engine/include/ropewalk/", "sdk/include/ropewalk/sdk/"
    expect(engine + "version.hpp", "const char* program_version();", "const char* program_version();\nint fresh();", "fresh")
    expect(engine + "error.hpp", "struct Errors {\n", "struct Errors {\n  int fresh;\n", "fresh")
    expect(engine + "error.hpp", "struct Errors {\n", "struct Errors {\n  void fresh();\n", "fresh")
    expect(engine + "error.hpp", "/// All diagnostics found at once", "struct Fresh {\n  int one;  ///< 1\n};\n/// All diagnostics found at once", "Fresh")
    expect(engine + "events.hpp", "enum class StopLevel : int {\n", "enum class StopLevel : int {\n  fresh = 7,\n", "StopLevel::fresh")
    expect(sdk + "abi.h", "#define ROPEWALK_FAILED 1", "#define ROPEWALK_FRESH 2\n#define ROPEWALK_FAILED 1", "ROPEWALK_FRESH")
    expect(sdk + "call.hpp", " public:\n", " public:\n  void fresh();\n", "fresh")


if not shutil.which("doxygen"):
    print("skipped: there is no doxygen")
    sys.exit(77)
globals()[sys.argv[1]]()
