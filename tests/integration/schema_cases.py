"""One thing at a time, right and wrong: what the workflows that are there happen not to say."""

OF_A_STAGE = """
executor: serial|executor: process-per-task|executor: "thr${{ 'ead' }}"|executor: threads|executor: 1|executor: [serial]|executor:
executor: auto|executor: auto, workers: 4|executor: auto, per_host: 2|executor: auto, drift: keep
workers: auto|workers: 1|workers: 4096|workers: 4097|workers: 0|workers: -1|workers: 1.5|workers: many|workers: "2"|workers: true
workers: "${{ 1 + 1 }}"|workers: 2, executor: serial|workers: auto, executor: serial|workers: {n: 1}|workers: ~
cores: 1|cores: 4096|cores: 4097|cores: 0|cores: auto|cores: many|cores: "${{ 1 + 1 }}"|cores: 1.5|cores: [1]|cores: ~
per_host: 2|per_host: auto|per_host: 0|per_host: 2, executor: thread|per_host: 2, executor: process-per-task|per_host: 1, executor: serial
python: python3|python: ./env|python: [a]|python: {a: b}|python:|python: "${{ 'python3' }}"|python: 3
drift: keep|drift: replace|drift: ignore|drift: keep, executor: process|drift: keep, executor: thread|drift: replace, executor: process-per-task|drift: true|drift: [keep]
on_error: {stop_after: 3}|on_error: {stop_after: 5%}|on_error: {stop_after: 101%}|on_error: {stop_after: 0}|on_error: {stop_after: some}|on_error: {}|on_error: {stop: 3}|on_error: {stop_after: "${{ 3 }}"}
on_error: continue|on_error: stop|on_error: ignore|on_error: skip|on_error: false|on_error: ""
timeout: 1s|timeout: 1h30m|timeout: 1.5s|timeout: 30|timeout: 30m1h|timeout: 1 s|timeout: -1s|timeout: ""|timeout: 5 min|timeout: "${{ '1s' }}"|timeout: [1s]
deadline: 1s|deadline: 2h30m|deadline: 30|deadline: soon|deadline: "${{ '1s' }}"|deadline: [1s]|deadline:
retries: 0|retries: 1000|retries: 1001|retries: -1|retries: "3"|retries: 1.5|retries: {}|retries: [1]|retries: no|retries: "${{ 2 }}"
retries: {max: 2}|retries: {max: two}|retries: {tries: 2}|retries: {delay: 1s, max_delay: 5s}|retries: {delay: 1}|retries: {backoff: 2}
retries: {backoff: 0.5}|retries: {backoff: 1001}|retries: {backoff: "2"}|retries: {jitter: 0.2}|retries: {jitter: 1}|retries: {jitter: 2}
retries: {when: crash}|retries: {when: [crash, timeout]}|retries: {when: []}|retries: {when: [crush]}|retries: {when: error}|retries: {when: {a: b}}
retries: {when: {exit: 75}}|retries: {when: {exit: [75, 111]}}|retries: {when: [crash, {exit: 2}]}|retries: {when: {exit: 256}}|retries: {when: {exit: []}}|retries: {when: {exit: a}}|retries: {when: {}}
retries: {unless: crash}|retries: {unless: [{exit: 2}]}|retries: {unless: []}|retries: {unless: [2]}|retries: {unless: {exit: "${{ 2 }}"}}|retries: {unless: [{code: 2}]}
limits: {}|limits: {memory: 1GiB}|limits: {memory: 64MiB}|limits: {memory: 1 GiB}|limits: {memory: 1gb}|limits: {memory: 100000000}|limits: {memory: -1}
limits: {memory: 1.5GiB}|limits: {memory: 01GiB}|limits: {cpu_time: 1s}|limits: {cpu_time: 1}|limits: {files: 1GB}|limits: {output: 1MiB}|limits: {cpus: 2}|limits: 1GiB
env: {A: b}|env: {A: 1, B: true, C: 1.5}|env: {1A: b}|env: {ROPEWALK_A: b}|env: {A: [b]}|env: {A: }|env: [A=b]|env: {A: "${{ 1 }}"}
vars: {a: 1}|vars: {a: [1, {b: c}]}|vars: {A: 1}|vars: {a: }|vars: [a]|vars: {a: [~]}
outputs: {a: 1}|outputs: {a: "${{ result }}"}|outputs: {A: 1}|outputs: text
needs: []|needs: [a b]|needs: a|needs: [[a]]|needs: {a: b}|needs: ["${{ 1 }}"]|needs: [1]
after: any|after: never|after: [any]
finally: true|finally: false|finally: always|finally: "true"|finally: "${{ true }}"|finally: 1|finally: [true]|finally:
if: true|if: false|if: "${{ 1 < 2 }}"|if: yes|if: 1|if: "true"|if: [true]|if:
with: {}|with: {value: 1}|with: []|with: text|with:
foreach: []|foreach: [1, a, true, [b], {c: d}]|foreach: [~]|foreach: 3|foreach: abc|foreach: "${{ [1] }}"|foreach: {}|foreach:
foreach: {range: 3}|foreach: {range: 0}|foreach: {range: -1}|foreach: {range: "3"}|foreach: {range: 1.5}|foreach: {range: [3]}|foreach: {range: "${{ 3 }}"}
foreach: {range: {to: 3}}|foreach: {range: {from: 1, to: 3, step: 2}}|foreach: {range: {from: 1}}|foreach: {range: {to: 3, step: 0}}|foreach: {range: {to: 3, by: 2}}|foreach: {range: {to: a}}
foreach: {glob: "*.c"}|foreach: {glob: ["*.c", "*.h"]}|foreach: {glob: []}|foreach: {glob: {a: b}}|foreach: {glob: [[a]]}|foreach: {glob: 1}
foreach: {glob: "*.c", exclude: "a.c"}|foreach: {glob: ["*.c"], exclude: [a.c, "**/b/"]}|foreach: {exclude: a.c, glob: "*.c"}|foreach: {glob: "*.c", exclude: []}|foreach: {glob: "*.c", exclude: [{a: b}]}
foreach: {glob: "*.c", exclude: {a: b}}|foreach: {glob: "*.c", exclude: a, lines: b}|foreach: {exclude: a}|foreach: {range: 3, exclude: a}|foreach: {glob: "*.c", include: [{a: b}]}
foreach: {lines: a}|foreach: {lines: 1}|foreach: {lines: [a]}|foreach: {lines: {file: a}}|foreach: {lines: {file: 1, end: "\\0"}}|foreach: {lines: {file: a, end: 0}}
foreach: {lines: {file: a, end: ""}}|foreach: {lines: {file: a, end: ";;"}}|foreach: {lines: {file: a, end: "\\xe9"}}|foreach: {lines: {file: a, end: '\\0'}}|foreach: {lines: {file: a, end: "${{ ';' }}"}}
foreach: {lines: {end: ";"}}|foreach: {lines: {file: [a]}}|foreach: {lines: {file: a, end: true}}|foreach: {lines: {name: a}}|foreach: {lines: {file: a, end: [";"]}}|foreach: {jsonl: a}|foreach: {jsonl: {a: b}}|foreach: {results: [a]}|foreach: {rnage: 3}
foreach: {list: [1]}|foreach: {list: "${{ [1] }}"}|foreach: {list: 3}|foreach: {list: [1], batch: 2}|foreach: {list: [1], range: 3}|foreach: {batch: 2}
foreach: {range: 3, batch: 0}|foreach: {range: 3, batch: "${{ 2 }}"}|foreach: {range: 3, batch: [2]}|foreach: {range: 3, shuffle: 1}|foreach: {range: 3, shuffle: a}|foreach: {range: 3, shuffle: 1.5}
foreach: {range: 3, where: true}|foreach: {range: 3, where: "${{ item > 1 }}"}|foreach: {range: 3, where: [a]}|foreach: {range: 3, where: 1}|foreach: {matrix: {a: [1]}, where: true, batch: 2}
foreach: {zip: {a: [1], b: [2]}}|foreach: {zip: {}}|foreach: {zip: [1]}|foreach: {zip: {A: [1]}}|foreach: {zip: {a: [1]}, exclude: [{a: 1}]}|foreach: {zip: {a: [1]}, batch: 2}
foreach: {blocks: a}|foreach: {blocks: {file: a, size: 1MiB, lines: 3, end: ";"}}|foreach: {blocks: {size: 1}}|foreach: {blocks: {file: a, lines: 0}}|foreach: {blocks: [a]}|foreach: {blocks: {file: a, step: 1}}
foreach: {glob: "*.c", in: src}|foreach: {glob: "*.c", in: [src]}|foreach: {range: 3, in: src}|foreach: {glob: "*.c", in: src, exclude: a, batch: 2}
foreach: {matrix: {a: [1, 2], b: [c]}}|foreach: {matrix: {}}|foreach: {matrix: [1]}|foreach: {matrix: {a: 1}}|foreach: {matrix: {A: [1]}}|foreach: {matrix: {a: "${{ [1] }}"}}
foreach: {matrix: {a: [1]}, exclude: [{a: 1}]}|foreach: {matrix: {a: [1]}, include: [{b: 1}]}|foreach: {matrix: {a: [1]}, range: 3}|foreach: {matrix: {a: [1]}, exclude: {a: 1}}
foreach: {matrix: {a: [1]}, include: [1]}|foreach: {include: [{a: 1}]}|foreach: {range: 3, glob: a}
"""

OF_A_PARAM = """
1|true|1.5|abc|"1"|[1, 2]|[a, [b]]|~|""|[~]|"${{ 1 }}"|["${{ 1 }}"]|{}
{type: int}|{type: text}|{type: path}|{type: size}|{type: any}|{type: number}|{type: [int]}|{default: 1}|{default: [1]}|{default: {a: b}}|{help: text}|{typ: int}
{type: int, default: 1}|{type: int, default: a}|{type: int, default: "1"}|{type: int, default: "${{ 1 }}"}|{type: text, default: 1}|{type: text, default: true}|{type: text, default: [a]}
{type: bool, default: true}|{type: bool, default: 1}|{type: float, default: 1}|{type: float, default: a}|{type: duration, default: 30s}|{type: duration, default: 30}|{type: duration, default: 30x}
{type: size, default: 1MiB}|{type: size, default: 5}|{type: size, default: -5}|{type: size, default: many}|{type: map, default: {a: 1}}|{type: map, default: [a]}|{type: list, default: [a]}|{type: list, default: a}
{type: list, of: int}|{type: map, of: text}|{type: int, of: int}|{type: text, of: text}|{type: list, of: ints}|{type: any, of: int}
{type: int, min: 1, max: 5}|{type: int, min: a}|{type: text, min: 1}|{type: list, max: 1}|{type: bool, min: 1}|{type: duration, min: 1s}|{type: duration, min: 1}|{type: float, max: 0.5}|{type: any, min: 1}
{type: text, choices: [a, b]}|{type: text, choices: a}|{type: int, choices: [1, 2]}|{type: int, choices: [a]}|{type: text, choices: [1, true]}|{type: int, choices: {a: 1}}
{type: int, help: text}|{type: int, help: 1}|{type: int, help: [a]}|{type: int, secret: true}|{type: int, secret: 1}|{type: int, secret: "true"}|{type: int, hidden: true}
"""

OF_A_WORKFLOW = """
name: a|name: 1|name: [a]|name: "${{ 1 }}"|name:|description: text|description: {a: b}|description: "${{ a }}"|titel: a
requires: {}|requires: {ropewalk: ">=0.1"}|requires: {ropewalk: ">=0.1, <2"}|requires: {ropewalk: 1}|requires: {ropewalk: "0.1"}|requires: {ropewalk: ">=a"}|requires: {ropewalk: ">=0.1,"}
requires: {plugins: {sim: ">=0"}}|requires: {plugins: {Sim: ">=0"}}|requires: {plugins: {sim: 1}}|requires: {plugins: [sim]}|requires: [sim]|requires: {sim: ">=0"}|requires: {plugins: {sim: "> 0.0.1"}}
plugins: {path: [a]}|plugins: {path: a}|plugins: {paths: [a]}|plugins: [a]|plugins: {path: [[a]]}|plugins: {}|plugins: {load_timeout: 60s}|plugins: {load_timeout: 60}|plugins: {load_timeout: soon}|plugins: {load_timeout: [1s]}
params: {A: 1}|params: [a]|params: {a: 1, b: 2}|vars: {a: 1}|vars: {A: 1}|vars: a|env: {A: 1}|env: {a-b: 1}|env: a
deadline: 1h|deadline: 5|deadline: {run: 1h}|deadline:|defaults: {deadline: 1h}|defaults: {deadline: soon}
defaults: {}|defaults: {executor: thread}|defaults: {executor: treads}|defaults: {timeout: 1}|defaults: {timeout: 1s}|defaults: {name: a}|defaults: {foreach: [1]}|defaults: {needs: []}|defaults: {workers: 2}
defaults: {retries: {max: 1}}|defaults: {retries: {maximum: 1}}|defaults: {limits: {memory: 1GiB}}|defaults: {env: {A: b}}|defaults: {env: {1: b}}|defaults: {with: []}|defaults: []|defaults: {task: file.nosuch}
"""

WHOLE = """
{ropewalk: 1, stages: [{name: a, task: sim.nop}]}
{ropewalk: 1, stages: [{name: a, task: sim}]}
{ropewalk: 1, stages: [{name: a, task: Sim.noop}]}
{ropewalk: 1, stages: [{name: a, task: [sim.noop]}]}
{ropewalk: 1, stages: [{name: a, task: "${{ 'sim.noop' }}"}]}
{ropewalk: 1, stages: [{name: a b, task: sim.noop}]}
{ropewalk: 1, stages: [{name: true, task: sim.noop}]}
{ropewalk: 1, stages: [{name: 1, task: sim.noop}]}
{ropewalk: 1, stages: [{name: [a], task: sim.noop}]}
{ropewalk: 1, stages: [{name: a, task: sim.noop}, {name: b, task: sim.noop, needs: [a]}]}
{ropewalk: 1, stages: [{name: a, task: sim.noop}, {name: b, task: sim.noop, needs: [a], after: failure}]}
{ropewalk: 1, stages: [{name: a, task: sim.noop}, {name: b, task: sim.echo, foreach: {results: a}, with: {value: "${{ index }}"}}]}
{ropewalk: 1, stages: [sim.noop]}
{ropewalk: 1, stages: {name: a, task: sim.noop}}
{ropewalk: 1, stages: sim.noop}
{ropewalk: 1, stages: []}
{ropewalk: 1}
{ropewalk: "1", stages: [{name: a, task: sim.noop}]}
{ropewalk: one, stages: [{name: a, task: sim.noop}]}
{ropewalk: 2, stages: [{name: a, task: sim.noop}]}
{stages: [{name: a, task: sim.noop}]}
{ropewalk: 1, defaults: {task: sim.noop}, stages: [{name: a}]}
{ropewalk: 1, defaults: {workers: 2}, stages: [{name: a}]}
{ropewalk: 1, defaults: {with: {path: a}}, stages: [{name: a, task: file.checksum}]}
{ropewalk: 1, stages: [{name: a, task: file.checksum}]}
{ropewalk: 1, stages: [{name: a, task: file.checksum, with: {}}]}
{ropewalk: 1, stages: [{name: a, task: file.checksum, with: {path: a}}]}
{ropewalk: 1, stages: [{name: a, task: file.checksum, with: {path: [a]}}]}
{ropewalk: 1, stages: [{name: a, task: file.checksum, with: {path: a, algorithm: md5}}]}
{ropewalk: 1, stages: [{name: a, task: file.checksum, with: {path: a, algorithm: md6}}]}
{ropewalk: 1, stages: [{name: a, task: file.checksum, with: {path: a, algorithm: "${{ 'md5' }}"}}]}
{ropewalk: 1, stages: [{name: a, task: archive.compress, with: {path: a, level: 19}}]}
{ropewalk: 1, stages: [{name: a, task: archive.compress, with: {path: a, level: 20}}]}
{ropewalk: 1, stages: [{name: a, task: archive.compress, with: {path: a, level: high}}]}
{ropewalk: 1, stages: [{name: a, task: archive.compress, with: {path: a, level: ~}}]}
{ropewalk: 1, stages: [{name: a, task: shell.run, with: {argv: [a, 1, true]}}]}
{ropewalk: 1, stages: [{name: a, task: shell.run, with: {argv: a}}]}
{ropewalk: 1, stages: [{name: a, task: shell.run, with: {argv: [a], command: a}}]}
{ropewalk: 1, stages: [{name: a, task: shell.run, with: {cwd: a}}]}
{ropewalk: 1, stages: [{name: a, task: shell.run}]}
{ropewalk: 1, defaults: {with: {command: a}}, stages: [{name: a, task: shell.run, with: {argv: [a]}}]}
{ropewalk: 1, defaults: {with: {command: a}}, stages: [{name: a, task: shell.run}]}
{ropewalk: 1, stages: [{name: a, task: file.write, with: {path: a}}]}
{ropewalk: 1, stages: [{name: a, task: file.write, with: {path: a, text: b, lines: [c]}}]}
{ropewalk: 1, stages: [{name: a, task: shell.run, with: {argv: [a, [b]]}}]}
{ropewalk: 1, stages: [{name: a, task: shell.run, with: {argv: "${{ ['a'] }}"}}]}
"""


def workflows():
    """(name, text) of each."""
    stage, stages = "{name: a, task: sim.noop, %s}", "stages: [{name: a, task: sim.noop}]"
    for name, forms, around in (("stage", OF_A_STAGE, "{ropewalk: 1, stages: [%s]}" % stage),
                                ("param", OF_A_PARAM, "{ropewalk: 1, params: {p: %s}, " + stages + "}"),
                                ("workflow", OF_A_WORKFLOW, "{ropewalk: 1, %s, " + stages + "}"),
                                ("whole", WHOLE, "%s")):
        for form in (form for line in forms.strip().splitlines() for form in (line.split("|") if name != "whole" else [line])):
            yield f"{name}: {form}", around % form + "\n"
