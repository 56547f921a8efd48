"""The documents agree with the program and with the tests.

    documents.py CHECK ROPEWALK

Each check reads the output of the program (schema, help, messages) and searches the documents for it, so that a new key,
function, option, field or failure id fails a test until a document describes it. A term is documented if it begins a row
of a table in its section.
"""
import functools
import json
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import own_settings

PROGRAM = pathlib.Path(sys.argv[2]).resolve()
SOURCE = pathlib.Path(__file__).resolve().parents[2]
DOCS = SOURCE / "docs"
PLUGIN_PARAMETERS = "with"  # of the schema: belongs to the installed plugins


def ended(*arguments, cwd=None, **more):
    """Runs the program; without `cwd` in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="documents ") as folder:
        environment = own_settings.environment(folder, ROPEWALK_RECORD="false")
        return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, env=environment, cwd=cwd or folder, **more)


def output_of(*arguments, code=0, **more):
    """Returns the program's stdout. `code`: the required exit code; None: any."""
    run = ended(*arguments, **more)
    if code is not None and run.returncode != code:
        sys.exit(f"ropewalk {' '.join(map(str, arguments))} ended with {run.returncode}:\n{run.stdout}{run.stderr}")
    return run.stdout


class Page:
    """A Markdown file, cut at its headings."""

    def __init__(self, name):
        self.name, self.sections = name, {"": ""}
        self.text = (SOURCE / name).read_text()
        title, fenced = "", False
        for line in self.text.splitlines():
            fenced ^= line.startswith("```")
            heading = None if fenced else re.match(r"#+ (.*)", line)
            if heading:
                title = heading[1].strip("`").lower()
                self.sections.setdefault(title, "")
            self.sections[title] += line + "\n"

    def terms(self, title):
        """The code at the start of the rows of a section's tables; several in one cell count separately."""
        if title not in self.sections:
            return None
        cells = re.findall(r"^\| *((?:`[^`\n]+`(?:, | )?)+)[^|\n`]*\|", self.sections[title], re.M)
        return [term.replace("\\|", "|") for cell in cells for term in re.findall(r"`([^`]+)`", cell)]


class Verdict:
    def __init__(self):
        self.missing = []

    def require(self, page, title, wanted, what):
        terms = page.terms(title)
        if terms is None:
            self.missing.append(f"{page.name} has no section '{title}'")
            return
        for term in wanted:
            if term not in terms:
                self.missing.append(f"{page.name}, section '{title}': no row begins with `{term}` ({what})")

    def end(self):
        if self.missing:
            sys.exit("\n".join(self.missing))


def anchor(title):
    """The anchor that GitHub generates for a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def documents():
    tracked = [SOURCE / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "engine/ARCHITECTURE.md", "engine/README.md", "sdk/README.md", "sdk/python/README.md", "tests/bench/README.md")]
    return [file for file in tracked if file.exists()] + sorted(DOCS.rglob("*.md"))


def links():
    """Every relative link leads to a file, and its fragment to a heading of that file. Files of the repository that are named
    in code exist. Every code block is closed. ARCHITECTURE.md links every decision, and each has a unique number."""
    architecture = (SOURCE / "engine/ARCHITECTURE.md").read_text()
    wrong = [f"engine/ARCHITECTURE.md does not link {file.name}" for file in sorted((DOCS / "decisions").glob("*.md")) if file.name not in architecture]
    numbers = [file.name[:4] for file in sorted((DOCS / "decisions").glob("*.md"))]
    wrong += [f"docs/decisions: there are {numbers.count(number)} records {number}" for number in sorted(set(numbers)) if numbers.count(number) > 1]
    for file in documents():
        if len(re.findall(r"^ *```", file.read_text(), re.M)) % 2:
            wrong.append(f"{file.relative_to(SOURCE)}: a code block is not closed")
        prose = re.sub(r"```.*?```", "", file.read_text(), flags=re.S)
        for name in re.findall(r"`((?:docs|engine|plugins|script|sdk|tests|workflows)/[\w./-]*)`", prose):
            if not (SOURCE / name).exists():
                wrong.append(f"{file.relative_to(SOURCE)}: there is no {name}")
        text = re.sub(r"`[^`\n]*`", "", prose)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, fragment = target.partition("#")
            other = (file.parent / name).resolve() if name else file
            if not other.exists():
                wrong.append(f"{file.relative_to(SOURCE)}: there is no {target}")
            elif fragment and fragment not in [anchor(title) for title in re.findall(r"^#+ (.*)$", other.read_text(), re.M)]:
                wrong.append(f"{file.relative_to(SOURCE)}: {target} has no such heading")
    if wrong:
        sys.exit("\n".join(wrong))


@functools.cache
def schema():
    return json.loads(output_of("schema"))


def properties_in(node):
    """The keys of the map that a part of the schema describes, in any of its forms."""
    if "properties" in node:
        return list(node["properties"])
    if "$ref" in node:
        return properties_in(schema()["$defs"][node["$ref"].rsplit("/", 1)[1]])
    return [key for form in node.get("anyOf", []) for key in properties_in(form)]


def choices_in(node):
    return [word for form in [node, *node.get("anyOf", [])] for word in form.get("enum", [])] + [word for form in node.get("anyOf", []) for word in choices_in(form) if "anyOf" in form]


def all_keys(node):
    if isinstance(node, list):
        for each in node:
            yield from all_keys(each)
    elif isinstance(node, dict):
        for name, each in node.items():
            if name == "properties":
                yield from each
                for key, value in each.items():
                    if key != PLUGIN_PARAMETERS:
                        yield from all_keys(value)
            elif name != PLUGIN_PARAMETERS:
                yield from all_keys(each)


def hints(value):
    """The hints of the error caused by an expression."""
    workflow = {"ropewalk": 1, "stages": [{"name": "s", "task": "sim.echo", "with": {"value": "${{ %s }}" % value}}]}
    document = json.loads(output_of("validate", "--json", "-", code=3, input=json.dumps(workflow)))
    return document["mistakes"][0]["hint"]


def language():
    page, verdict = Page("docs/workflow-language.md"), Verdict()
    top, stage = schema()["properties"], schema()["$defs"]["stage"]["properties"]
    foreach = {key: value for form in schema()["$defs"]["foreach"]["anyOf"] for key, value in form.get("properties", {}).items()}
    tables = {"workflow keys": list(top), "requires": properties_in(top["requires"]), "plugins": properties_in(top["plugins"]),
              "params": properties_in(schema()["$defs"]["param"]), "defaults": properties_in(top["defaults"]), "stages": list(stage),
              "foreach": list(foreach), "range": properties_in(foreach["range"]), "lines": properties_in(foreach["lines"]), "blocks": properties_in(foreach["blocks"]),
              "retries": properties_in(stage["retries"]) + ["exit"], "limits": properties_in(stage["limits"]), "on_error": properties_in(stage["on_error"])}
    for title, keys in tables.items():
        if not keys:
            verdict.missing.append(f"the schema has no keys for the section '{title}'")
        verdict.require(page, title, keys, "a key of the schema")
    known = {key for keys in tables.values() for key in keys}
    for key in sorted(set(all_keys(schema())) - known):
        verdict.missing.append(f"the schema has a key '{key}' of a table that {page.name} does not have")

    for title in ("executor", "on_error", "drift", "inputs", "after"):
        words = choices_in(stage[title])
        if not words:
            verdict.missing.append(f"the schema has no choices for '{title}'")
        verdict.require(page, title, words, "a choice of the schema")
    kinds = [form for form in stage["retries"]["anyOf"] if "properties" in form][0]["properties"]["when"]
    verdict.require(page, "retries", choices_in(kinds), "a kind of failure")
    declared = [form for form in schema()["$defs"]["param"]["anyOf"] if "properties" in form][0]
    verdict.require(page, "types", declared["properties"]["type"]["enum"], "a type")

    roots = re.search(r"begins with (.*), a number", hints("nothing_of_this_name"))[1].split(", ")
    names = page.terms("names")
    for root in roots:
        if not any(re.fullmatch(rf"{root}(\..*)?", name) for name in names):
            verdict.missing.append(f"{page.name}, section 'names': no row for '{root}'")
    for hint, before in ((hints("workflow.nothing_of_this_name"), "workflow."), (hints("run.nothing_of_this_name"), "run.")):
        verdict.require(page, "names", [before + name for name in hint.partition("it has: ")[2].split(", ")], "a name")
    verdict.end()


@functools.cache
def function_names():
    return hints("nothing_of_this_name(1)").partition("the functions are: ")[2].split()


def functions():
    """The error for a call with a wrong number of arguments contains the signature."""
    page, verdict = Page("docs/workflow-language.md"), Verdict()
    signatures = [hints(f"{name}({1 if name == 'now' else ''})").partition("it is written ")[2] for name in function_names()]
    if not signatures or not all(signatures):
        verdict.missing.append("the program does not say how its functions are written")
    verdict.require(page, "functions", signatures, "a function")
    for term in page.terms("functions"):
        if term not in signatures:
            verdict.missing.append(f"{page.name}, section 'functions': the program has no function `{term}`")
    verdict.end()


def examples():
    """Each row of the functions has an example, `call` = `value as JSON`."""
    rows = re.findall(r"^\| `(.*?)` \|.*\| `(.*)` = `(.*)` \|$", Page("docs/workflow-language.md").sections["functions"], re.M)
    if sorted(re.match(r"\w+", signature)[0] for signature, _, _ in rows) != sorted(function_names()):
        sys.exit("there is a function without an example, or one that does not stand alone in its row")
    stages = [{"name": f"e{i}", "task": "sim.echo", "needs": [], "with": {"value": "${{ %s }}" % call}} for i, (_, call, _) in enumerate(rows)]
    lines = output_of("run", "-", "-q", "--results", "-", input=json.dumps({"ropewalk": 1, "stages": stages})).splitlines()
    wrong = []
    for (signature, call, value), line in zip(rows, lines, strict=True):
        given = json.loads(line)["value"]["value"]
        if json.dumps(given) != json.dumps(json.loads(value)) or not re.search(rf"\b{re.match(r'[a-z_0-9]+', signature)[0]}\(", call):
            wrong.append(f"{signature}: {call} is {json.dumps(given)}, not {value}")
    if wrong:
        sys.exit("\n".join(wrong))


def workflows():
    """Validates every YAML block that begins with `ropewalk: 1` and names no plugin of its own."""
    count = 0
    for file in documents():
        for text in re.findall(r"^```yaml\n(.*?)^```", file.read_text(), re.M | re.S):
            if not re.search(r"^ropewalk: 1$", text, re.M) or "\nstages:" not in text or "plugins: {path:" in text:
                continue
            output_of("validate", "-", input=text)
            count += 1
    if count == 0:
        sys.exit("no document shows a workflow")


def printed():
    """A workflow that is followed by "With `--results -` this prints:" prints these lines, among others."""
    count = 0
    for file in documents():
        shown = re.findall(r"^```yaml\n(ropewalk: 1\n[^`]*?)^```\n\nWith `--results -` this prints:\n\n```\n(.*?)^```", file.read_text(), re.M | re.S)
        for workflow, lines in shown:
            output = output_of("run", "-", "-q", "--results", "-", code=None, input=workflow)
            for line in lines.splitlines():
                if line not in output.splitlines():
                    sys.exit(f"{file.relative_to(SOURCE)}: the workflow does not print\n{line}\nbut\n{output}")
            count += 1
    if count == 0:
        sys.exit("no document shows what a workflow prints")


def help_of(*command):
    """The options and the commands listed by a help text, by their longest names."""
    text = output_of(*command, "--help")
    options = [names.split(",")[-1] for names in re.findall(r"^  (-[\w,-]+)", text, re.M)]
    commands = re.findall(r"^  ([a-z]+) {2,}", text.partition("Subcommands:\n")[2].partition("\n\n")[0], re.M)
    return options, commands


def commands():
    """Every option is in the section of its command, or in a shared section that applies to it."""
    page, verdict = Page("docs/command-line.md"), Verdict()
    groups = ("planning options", "running options", "common options")
    options, names = help_of()
    verdict.require(page, "commands", options + names, "of ropewalk --help")
    every = set(options)
    for name in names:
        section = page.sections.get(name, "")
        documented = set(page.terms(name) or [])
        for group in groups:
            if f"[{group}]" in section.lower():
                documented |= set(page.terms(group))
        options, subcommands = help_of(name)
        verdict.require(page, name, [f"{name} {each}" for each in subcommands], "a command")
        for each in subcommands:
            options += help_of(name, each)[0]
        for option in options:
            if option != "--help" and option not in documented:
                verdict.missing.append(f"{page.name}, section '{name}': no row begins with `{option}`, here or in a group that applies")
        every |= set(options)
    for title, text in page.sections.items():
        for term in page.terms(title):
            if term.startswith("--") and term not in every:
                verdict.missing.append(f"{page.name}, section '{title}': the program has no option `{term}`")
    codes = re.search(r"Exit codes: (.*?)\.\n", output_of("--help"), re.S)[1]
    verdict.require(page, "exit codes", re.findall(r"\b(\d+) ", codes), "an exit code")
    verdict.end()


def golden(file):
    """The fields and the events in the expected texts of a test."""
    text = (SOURCE / file).read_text().replace('\\"', '"')
    return set(re.findall(r'"(\w+)": ', text)), set(re.findall(r'"event": "(\w+)"', text))


def fields_of(document, without=()):
    """The names of all members of JSON, except those of users: values and items."""
    if isinstance(document, list):
        return {name for each in document for name in fields_of(each, without)}
    if isinstance(document, dict):
        return set(document) | {name for key, each in document.items() if key not in without for name in fields_of(each, without)}
    return set()


FAILING = """
ropewalk: 1
stages:
  - {name: build, task: shell.run, foreach: [good, bad], with: {argv: [sh, -c, 'echo $0; echo no >&2; test $0 = good', "${{ item }}"]}}
  - {name: crash, task: sim.fail, needs: [], with: {how: crash}, retries: 1}
  - {name: gone, task: sim.fail, needs: [], with: {how: exit}}
  - {name: never, task: sim.noop, needs: [gone]}
  - {name: left-out, task: sim.noop, needs: [], if: "${{ false }}"}
"""


def fields():
    """Every field of the tests' golden texts, and of the program's output, has a row in the section of its output."""
    page, verdict = Page("docs/command-line.md"), Verdict()
    users = ("value", "item")
    with tempfile.TemporaryDirectory(prefix="documents ") as folder:
        run = json.loads(output_of("run", "-", "--json", "--results", "results", "--events", "events", code=1, input=FAILING, cwd=folder))
        results, events = ([json.loads(line) for line in (pathlib.Path(folder) / name).read_text().splitlines()] for name in ("results", "events"))
    graph = json.loads(output_of("graph", "-", "--format", "json", input=FAILING))
    invalid = json.loads(output_of("validate", "-", "--json", code=3, input="ropewalk: 1\nstages: [{name: a, task: sim.slep}]\n"))
    config = json.loads(output_of("config", "--json"))
    doctor = json.loads(output_of("doctor", "--json"))
    comparison = json.loads(output_of("compare", "-", "--executor", "serial,process", "--runs", "2", "--json", code=1, input=FAILING))
    metrics = re.findall(r"^# TYPE (\w+) ", (SOURCE / "tests/unit/report/golden/run.prom").read_text(), re.M)
    verdict.require(page, "--metrics", metrics, "the golden file has it")
    columns = (SOURCE / "tests/unit/report/golden/run.joblog").read_text().splitlines()[0].split("\t")
    verdict.require(page, "--joblog", columns, "the golden file has it")
    with tempfile.TemporaryDirectory(prefix="documents ") as folder:
        output_of("run", "-", "--record", "-q", code=1, input=FAILING, cwd=folder)
        runs = json.loads(output_of("runs", "--json", cwd=folder))
    written = {"--json": fields_of(run, users), "--results": fields_of(results, users), "--events": fields_of(events, users),
               "validate --json": fields_of(invalid), "graph --format json": fields_of(graph), "config --json": fields_of(config), "runs --json": fields_of(runs),
               "compare --json": fields_of(comparison) | golden("tests/unit/history/mode_comparison_test.cpp")[0],
               "doctor --json": fields_of(doctor) | golden("tests/unit/ropewalk_program/doctor_text_test.cpp")[0]}
    for title, names in written.items():
        verdict.require(page, title, sorted(names), "the program writes it")
    for title, file in (("--json", "json_test"), ("--results", "results_test"), ("--events", "events_test")):
        names, kinds = golden(f"tests/unit/report/{file}.cpp")
        if not names:
            verdict.missing.append(f"{file}.cpp has no golden text")
        names -= {"base64", "digest", "size"}  # of the values in these texts
        verdict.require(page, title, sorted(names | kinds), f"{file}.cpp has it")
    verdict.end()


def record():
    """The page of the record shows every table with every column, and each query with what sqlite3 prints for the workflow that
    the page shows. Times, addresses and process ids differ from run to run; the order of rows does not count."""
    text = (DOCS / "record.md").read_text()
    workflow = re.search(r"^```yaml\n(ropewalk: 1\n.*?)^```", text, re.M | re.S)[1]
    queries = re.findall(r"^```sql\n(.*?)^```\n+```\n(.*?)^```", text, re.M | re.S)
    contract = "execution is at-least-once; the record is exactly-once; an acknowledged result survives sigkill of anything"
    if contract not in " ".join((SOURCE / "README.md").read_text().lower().split()):
        sys.exit(f"README.md does not say: {contract}")
    if len(queries) < 10:
        sys.exit(f"docs/record.md has {len(queries)} queries with their output, not ten")

    def comparable(output):
        lines = [re.sub(r"\b\d+\.\d+\b", "N", re.sub(r"\b0x[0-9a-f]+\b", "ADDRESS", re.sub(r" +", " ", line.strip()))) for line in output.splitlines()]
        return sorted(line for line in lines if not re.fullmatch(r"[- ]*", line))

    with tempfile.TemporaryDirectory(prefix="documents ") as folder:
        output_of("run", "-", "--record", "-q", input=workflow, cwd=folder)
        database, = pathlib.Path(folder).glob(".ropewalk/runs/*/run.db")

        def sqlite(query):
            return subprocess.run(["sqlite3", "-readonly", "-header", "-column", database, query], capture_output=True, text=True, check=True).stdout

        wrong = []
        for query, shown in queries:
            printed = sqlite(query)
            if comparable(printed) != comparable(shown):
                wrong.append(f"docs/record.md: this query prints\n{printed}{query}")
        page = Page("docs/record.md")
        for table in sqlite("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')").split()[2:]:
            columns = sqlite(f"SELECT name FROM pragma_table_info('{table}')").split()[2:]
            missing = set(columns) - set(page.terms(table) or [])
            if missing:
                wrong.append(f"docs/record.md, section '{table}': no row begins with {', '.join(sorted(missing))}")
    if wrong:
        sys.exit("\n".join(wrong))


def readme():
    """The plugin, the program and the error in README.md work as shown."""
    text = (SOURCE / "README.md").read_text()
    blocks = re.findall(r"^```cpp\n(.*?)^```", text, re.M | re.S)
    plugin, program = [next(each for each in blocks if sign in each) for sign in ("ROPEWALK_PLUGIN(", "ropewalk::Engine")]
    build, call, printed = re.search(r"with `(g\+\+ [^`]*)`", text)[1], *re.search(r"`ropewalk (map hello[^`]*)` prints `([^`]*)`", text).groups()
    with tempfile.TemporaryDirectory(prefix="documents ") as folder:
        root = pathlib.Path(folder)
        (root / "sdk").symlink_to(SOURCE / "sdk")
        (root / "hello.cpp").write_text(plugin)
        (root / "program.cpp").write_text("#include <ropewalk/engine.hpp>\nint main() {\n" + program + "}\n")
        subprocess.run(build.split(), cwd=folder, check=True)
        subprocess.run(["g++", "-std=c++20", "-fsyntax-only", "-I", SOURCE / "engine/include", "program.cpp"], cwd=folder, check=True)
        given = output_of(*call.split(), cwd=folder)
        if given.strip() != printed:
            sys.exit(f"README.md: 'ropewalk {call}' prints {given.strip()}, not {printed}")
        error = re.search(r"^waits\.yaml:\d+:\d+: error.*$", text, re.M)[0]
        workflow = re.search(r"^\$ cat waits\.yaml\n(.*?)\n\n", text, re.M | re.S)[1]
        (root / "waits.yaml").write_text(workflow + "\n")
        output_of("validate", "waits.yaml", cwd=folder)
        line = int(error.split(":")[1]) - 1
        lines = workflow.split("\n")
        lines[line] = lines[line].replace("seconds", "secnds")
        (root / "waits.yaml").write_text("\n".join(lines) + "\n")
        said = ended("validate", "waits.yaml", cwd=folder).stderr
        if said.split("\n")[0] != error:
            sys.exit(f"README.md: the error is {said}")


def configuration():
    """Every key of a configuration file, and every variable that the program reads."""
    page, verdict = Page("docs/configuration.md"), Verdict()
    with tempfile.TemporaryDirectory(prefix="documents ") as folder:
        (pathlib.Path(folder) / ".ropewalk.yaml").write_text("nothing_of_this_name: 1\n")
        said = ended("config", cwd=folder).stderr
    keys = re.search(r"a configuration takes: (.*)", said)
    verdict.require(page, "files", keys[1].split(", ") if keys else ["of the message"], "a key of a configuration")
    read = set()
    for file in (SOURCE / "engine").rglob("*.cpp"):
        if file.name != "failpoint.cpp":  # of builds for tests
            read |= set(re.findall(r"(?:getenv|variable|set_and_not|user_folder)\(\"([A-Z_]+)\"", file.read_text()))
    verdict.require(page, "variables", sorted(read), "a variable")
    verdict.end()


def tests_with_ids():
    """The failure ids in the name of each test, from the sources: {"Suite.Name": {"W06", ...}}."""
    names = []
    for file in sorted((SOURCE / "tests").rglob("*")):
        if file.suffix in (".cpp", ".hpp"):
            names += [f"{suite}.{name}" for suite, name in re.findall(r"\bTEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\)", file.read_text())]
        elif file.name == "CMakeLists.txt":
            names += re.findall(r"(?:add_test\(NAME|ropewalk_script_test\() *([\w.]+)", file.read_text())
    return {name: set(re.findall(r"(?<=[._])[A-Z]\d\d(?=_)", name)) for name in names}


def faults():
    """Every id has one row, which lists the tests with that id."""
    page, tests, wrong = Page("docs/faults.md"), tests_with_ids(), []
    rows = re.findall(r"^\| `([A-Z]\d\d)` \| (.+?) \| (.+?) \| (.*) \|$", page.text, re.M)
    documented = [row[0] for row in rows]
    used = {each for ids in tests.values() for each in ids}
    wrong += [f"no row for {each}, which a test's name carries" for each in sorted(used - set(documented))]
    wrong += [f"two rows for {each}" for each in sorted(set(documented)) if documented.count(each) > 1]
    for fault, _, _, cell in rows:
        named = re.findall(r"`(\w+\.\w+)`", cell)
        wrong += [f"{fault} names no test"] if not named else []
        wrong += [f"{fault}: there is no test {name} that carries this id" for name in named if fault not in tests.get(name, ())]
    if wrong or not used:
        sys.exit("\n".join(["docs/faults.md:", *wrong]))


if __name__ == "__main__":
    globals()[sys.argv[1]]()
