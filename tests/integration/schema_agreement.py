"""`ropewalk schema` and `ropewalk validate` agree, file by file.

Python, because the judge must be somebody else's: Debian's python3-jsonschema knows JSON Schema and nothing of ours.

Every workflow that validate accepts, the schema accepts too. Every workflow that validate refuses for its shape (a code of
EXPRESSIBLE) the schema refuses. The rest is listed here with its reason: codes that no schema can express, and single
files, of which YAML keeps too little for example.

    schema_agreement.py ROPEWALK SOURCE
"""
import ast
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import jsonschema
import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import own_settings
import schema_cases

EXPRESSIBLE = {
    "W201": "unknown task: of a plugin that is installed, or no plugin.task at all",
    "W202": "unknown parameter of a task",
    "W203": "missing parameter of a task",
    "W204": "wrong type",
    "W205": "out of range: a number; durations and sizes with a unit are text",
    "W206": "not a choice",
    "W207": "unknown key",
    "W208": "missing key",
    "W209": "wrong form",
    "W210": "bad name",
    "W212": "unknown executor",
    "W213": "workers with serial",
    "W216": "another version of the language",
    "W223": "parameters that exclude each other",
    "W232": "no range of versions",
}
TEXT = "of the text of the file; a schema sees what was read"
OTHER_FILE = "of another file or of the whole tree of files"
EXPRESSION = "of what an expression says; to a schema it is text"
TWO_PLACES = "compares two places of the file"
INEXPRESSIBLE = {
    **dict.fromkeys(["W101", "W102", "W103", "W105", "W106", "W107", "W108", "W109", "W110", "W111", "W112", "W113", "W114",
                     "W115", "W116", "W117"], TEXT),
    "W104": "an empty file is null, and editors do not complain of a file that is not begun yet",
    "W211": TWO_PLACES + ": two stages of one name",
    "W214": "depends on how many workers a machine has",
    "W217": "the product of the sizes of lists, or numbers far apart",
    "W218": TWO_PLACES + ": a default and the tasks of all stages",
    "W219": TWO_PLACES + ": who reads standard input",
    "W220": "depends on the executor that the task type prefers",
    "W221": "a warning",
    "W222": "a warning",
    "W227": "a warning, and depends on the machine",
    "W228": "depends on the file of the plugin",
    "W224": TWO_PLACES + ": an exclude and the axes of its matrix",
    "W225": "a warning",
    "W226": "a warning",
    "W230": TWO_PLACES + ": stages that wait for each other",
    "W231": TWO_PLACES + ": a stage and the one before it",
    "W233": "depends on the version of the program",
    "W234": OTHER_FILE,
    **dict.fromkeys(["W301", "W302", "W303", "W304", "W305", "W306", "W307", "W308", "W309", "W310", "W311", "W312", "W313",
                     "W314", "W315"], EXPRESSION),
}
# Files whose mistake has an expressible code, and that the schema accepts all the same.
NUMBER = "YAML has made a number of it, and how it was written is gone"
EXCEPTIONS = {
    "hexadecimal.yaml": NUMBER,
    "number-that-would-change.yaml": NUMBER,
    "octal.yaml": NUMBER,
    "too-large-for-a-float.yaml": NUMBER,
    "too-large-for-an-int.yaml": "JSON numbers have no limit, and a bound on each int would hide those that mean something",
    "yes.yaml": "YAML 1.2 reads text, as if it had quotes; validate asks for them",
    "param-default-outside-its-range.yaml": TWO_PLACES + ": a default and its range",
}
# And what validate accepts and the schema does not.
STRICTER = {
    "workflow: defaults: {task: file.nosuch}": "no stage uses that default, so validate does not look at it; in an editor it is seen",
}


class Workflow(yaml.SafeLoader):
    """YAML 1.2, core schema; keys are the text that they are, and unique; no aliases."""

    def compose_node(self, parent, index):
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias")
        return super().compose_node(parent, index)

    def construct_mapping(self, node, deep=False):
        made = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.value in made:
                raise yaml.YAMLError(f"a key that is none, or twice there: {key.value}")
            made[key.value] = self.construct_object(value, deep=True)
        return made


Workflow.yaml_implicit_resolvers = {}
for tag, pattern, first in [
        ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
        ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
        ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
        ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", "-+.0123456789")]:
    Workflow.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(rf"^(?:{pattern})$"), list(first))


def read_int(loader, node):
    text = node.value
    return int(text[2:], {"0o": 8, "0x": 16}[text[:2]]) if text[:2] in ("0o", "0x") else int(text)


Workflow.add_constructor("tag:yaml.org,2002:int", read_int)
Workflow.add_constructor("tag:yaml.org,2002:map", lambda loader, node: loader.construct_mapping(node))


def texts_of_tests(source):
    """The workflows that tests have as one literal, without those that they put together."""
    raw = r'R"(\w*)\(\n?(ropewalk: 1\n.*?)\)\1"'
    quoted = r'(?<![+R]) ?((?:"(?:[^"\\\n]|\\.)*"\s*)+)(?=[,;)}])'
    for file in sorted((source / "tests").rglob("*.cpp")):
        code = file.read_text()
        texts = [text for _, text in re.findall(raw, code, re.S)]
        for literals in re.findall(quoted, re.sub(raw, "", code, flags=re.S)):
            if literals.startswith('"ropewalk: 1\\n'):
                texts.append(ast.literal_eval(f"({literals})"))
        for number, text in enumerate(texts):
            yield f"{file.stem} {number}", text


def scalar_at(node, line, column):
    """The innermost scalar of the tree that covers a place, or None."""
    if isinstance(node, yaml.ScalarNode):
        start, end = (node.start_mark.line, node.start_mark.column), (node.end_mark.line, node.end_mark.column)
        return node if start <= (line, column) < end else None
    children = [each for pair in node.value for each in pair] if isinstance(node, yaml.MappingNode) else node.value
    return next((found for child in children if (found := scalar_at(child, line, column))), None)


def is_of_shape(mistake, tree):
    """Whether a schema could see that mistake."""
    if mistake["code"] not in EXPRESSIBLE or not isinstance(tree, yaml.MappingNode):
        return mistake["code"] in EXPRESSIBLE
    place = (mistake.get("line", 0) - 1, mistake.get("column", 0) - 1)
    scalar = scalar_at(tree, *place)
    if scalar and "${{" in scalar.value:
        return False
    defaults = next((value for key, value in tree.value if key.value == "defaults"), None)
    if defaults and scalar_at(defaults, *place) and mistake["message"].startswith("parameter '"):
        return False  # whose parameter it is depends on the stages
    return mistake["code"] != "W205" or not scalar or re.fullmatch(r"-?[0-9.]+", scalar.value) is not None


def main(program, source, scratch):
    environment = own_settings.environment(scratch)
    schema = json.loads(subprocess.run([program, "schema"], check=True, capture_output=True, text=True, env=environment).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    judge, older = jsonschema.Draft202012Validator(schema), jsonschema.Draft7Validator(schema)
    wrong = []

    codes = set(re.findall(r'"(W\d+)"', (source / "engine/include/ropewalk/codes.hpp").read_text()))
    for code in sorted(codes ^ (EXPRESSIBLE.keys() | INEXPRESSIBLE.keys())) + sorted(EXPRESSIBLE.keys() & INEXPRESSIBLE.keys()):
        wrong.append(f"{code} must stand in one of the two tables, and be a code")

    files = sorted([*(source / "workflows").glob("*.yaml"), *(source / "tests/integration/diagnostics").glob("*.yaml"),
                    *(source / "tests/fuzz/corpus/workflow").iterdir()])
    names = {file: file.name for file in files}
    for number, (name, text) in enumerate([*texts_of_tests(source), *schema_cases.workflows()]):
        files.append(pathlib.Path(scratch, f"{number}.yaml"))
        files[-1].write_text(text)
        names[files[-1]] = name
    said = subprocess.run([program, "validate", "--json", *map(str, files)], capture_output=True, text=True, env=environment)
    told = json.loads(said.stdout)
    counts = {"accepted": 0, "refused for their shape": 0, "refused for something else": 0}
    seen = set()
    for file, verdict in zip(files, told["files"], strict=True):
        mistakes = [each for each in told["mistakes"] if each["severity"] == "error" and each["file"] == str(file)]
        # What the command line did not set is no mistake of the file.
        accepted = verdict["valid"] or (mistakes and all(each["code"].startswith("C") for each in mistakes))
        try:
            text = file.read_bytes().decode()
            tree, document = yaml.compose(text, Workflow), yaml.load(text, Workflow)
        except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
            counts["refused for something else"] += 1
            if accepted:
                wrong.append(f"{names[file]}: validate accepts it, and as YAML it cannot be read: {error}")
            continue
        errors = sorted(judge.iter_errors(document), key=lambda each: str(each.path))
        if older.is_valid(document) == bool(errors):  # many editors read every schema as draft-07
            wrong.append(f"{names[file]}: read as draft-07, the schema says something else")
        of_shape = [each for each in mistakes if is_of_shape(each, tree)]
        if accepted:
            counts["accepted"] += 1
            if errors:
                seen.add(names[file])
            if errors and names[file] not in STRICTER:
                wrong.append(f"{names[file]}: validate accepts it, the schema says: {errors[0].json_path}: {errors[0].message[:300]}")
        elif of_shape:
            counts["refused for their shape"] += 1
            if names[file] in EXCEPTIONS:
                seen.add(names[file])
                if errors:
                    wrong.append(f"{names[file]}: the schema refuses it, so it is no exception")
            elif not errors:
                first = of_shape[0]
                wrong.append(f"{names[file]}:{first.get('line')}: the schema accepts it, validate says {first['code']}: {first['message']}")
        else:
            counts["refused for something else"] += 1
    wrong += [f"{name} is an exception, and it is none" for name in (EXCEPTIONS.keys() | STRICTER.keys()) - seen]

    print(", ".join(f"{count} {what}" for what, count in counts.items()))
    if min(counts["accepted"], counts["refused for their shape"]) < 40:
        wrong.append("too few workflows to tell anything")
    for each in wrong:
        print(each)
    return 1 if wrong else 0


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        sys.exit(main(sys.argv[1], pathlib.Path(sys.argv[2]), scratch))
