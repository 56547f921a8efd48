#include "codes/tables.hpp"

#include <ropewalk/codes.hpp>

namespace ropewalk {

std::span<const Explanation> expression_codes() {
  static constexpr Explanation kTable[] = {
      {codes::kExpressionSyntax, "this is no expression",
       "Between ${{ and }} stands an expression: names, numbers, 'text', + - * / %, comparisons, && || !, .member, "
       "[n], [*], f(x), a ?? b. A minus between two values has a space on both "
       "sides. There is no ?: but if(c, a, b). Text that only looks like one is written $${{.",
       "- {name: show, task: sim.echo, with: {value: \"${{ (1 + 2 }}\"}}",
       "- {name: show, task: sim.echo, with: {value: \"${{ (1 + 2) }}\"}}"},
      {codes::kUnknownName, "nothing has this name",
       "An expression begins with params, vars, env, item, index, result, stages, workflow or run, or calls one of the "
       "functions that the message lists.",
       "params: {width: 640}\nstages:\n  - {name: show, task: sim.echo, with: {value: \"${{ parms.width }}\"}}",
       "params: {width: 640}\nstages:\n  - {name: show, task: sim.echo, with: {value: \"${{ params.width }}\"}}"},
      {codes::kUnknownParam, "the workflow has no such param",
       "What params.NAME reads is declared under 'params' of the workflow, with a type or a default, and can be set "
       "with --set NAME=VALUE.",
       "params: {width: 640}\nstages:\n  - {name: show, task: sim.echo, with: {value: \"${{ params.widht }}\"}}",
       "params: {width: 640}\nstages:\n  - {name: show, task: sim.echo, with: {value: \"${{ params.width }}\"}}"},
      {codes::kUnknownStage, "there is no such stage",
       "'needs', 'foreach: {results: ...}' and stages.NAME name a stage of the workflow or of a file that it includes.",
       "- {name: fetch, task: sim.noop}\n- {name: hash, task: sim.noop, needs: [fecth]}",
       "- {name: fetch, task: sim.noop}\n- {name: hash, task: sim.noop, needs: [fetch]}"},
      {codes::kLaterStage, "a stage reads its own results",
       "Results can be read when their stage has ended, so not by that stage itself. What a task knows of its own "
       "result belongs under 'outputs'.",
       "- {name: count, task: sim.noop, foreach: {results: count}}",
       "- {name: count, task: sim.noop, foreach: {range: 3}}"},
      {codes::kUnknownField, "a result or an item has no such field",
       "A result has the fields that its task type declares and those of 'outputs'; an item of a matrix has its axes. "
       "The message lists them.",
       "- {name: hash, task: file.checksum, with: {path: a}}\n- {name: show, task: sim.echo, with: {value: \"${{ "
       "stages.hash.result.digst }}\"}}",
       "- {name: hash, task: file.checksum, with: {path: a}}\n- {name: show, task: sim.echo, with: {value: \"${{ "
       "stages.hash.result.digest }}\"}}"},
      {codes::kNoItemHere, "there is no item here",
       "'item' and 'index' belong to the tasks of a stage with 'foreach'. What is the same for all tasks, such as "
       "'env' and 'if', cannot read them.",
       "- {name: show, task: sim.echo, with: {value: \"${{ item }}\"}}",
       "- {name: show, task: sim.echo, foreach: [a, b], with: {value: \"${{ item }}\"}}"},
      {codes::kNoValue, "this expression has no value",
       "It divides by zero, asks a list for an element that it does not have, adds text to a number, or reads "
       "something that is known only later. Numbers never wrap and never become infinite. All evaluations before the "
       "run together may make at most 32 MiB of values and handle at most 10 million elements.",
       "- {name: show, task: sim.echo, with: {value: \"${{ 1 / 0 }}\"}}",
       "- {name: show, task: sim.echo, with: {value: \"${{ 1 / 2 }}\"}}"},
      {codes::kWrongArguments, "a function with too few or too many values",
       "The message says how many values the function takes.",
       "- {name: show, task: sim.echo, with: {value: \"${{ trim() }}\"}}",
       "- {name: show, task: sim.echo, with: {value: \"${{ trim(' a ') }}\"}}"},
      {codes::kUnknownVar, "there is no such var here",
       "Vars of the workflow can be read everywhere, those of a stage in that stage, and each may read only those that "
       "stand before it.",
       "vars: {into: out}\nstages:\n  - {name: show, task: sim.echo, with: {value: \"${{ vars.itno }}\"}}",
       "vars: {into: out}\nstages:\n  - {name: show, task: sim.echo, with: {value: \"${{ vars.into }}\"}}"},
      {codes::kNoResultHere, "there is no result here",
       "'result' is what the task itself has given, so only 'outputs' can read it. Another stage's is "
       "stages.NAME.result, or .results of a stage with 'foreach'.",
       "- {name: show, task: sim.echo, with: {value: \"${{ result.value }}\"}}",
       "- {name: show, task: sim.echo, with: {value: 1}, outputs: {twice: \"${{ result.value }}\"}}"},
      {codes::kWrongReader, "a var or an output reads what it cannot",
       "Vars are made of params, env, other vars, item and index; outputs of item, index, vars and the task's own "
       "result. Results of other stages are read under 'with' or 'foreach'.",
       "- {name: a, task: sim.noop}\n- {name: b, task: sim.noop, outputs: {n: \"${{ stages.a.tasks }}\"}}",
       "- {name: a, task: sim.noop}\n- {name: b, task: sim.echo, with: {value: \"${{ stages.a.tasks }}\"}}"},
      {codes::kTooLargeVar, "a var is too large",
       "A var has at most 1 MiB with all that it reads, so that vars which double each other cannot fill the memory. "
       "Large data belongs in a file.",
       "(ten vars, each twenty times the one before)", "(a file, read with foreach: {lines: FILE})"},
      {codes::kUnsetVariable, "an environment variable is not set",
       "env.NAME of the environment in which ropewalk was started, or of 'env' of the workflow. Say what holds where "
       "it is not set, or set it.",
       "- {name: show, task: sim.echo, with: {value: \"${{ env.SURELY_NOT_SET }}\"}}",
       "- {name: show, task: sim.echo, with: {value: \"${{ env.SURELY_NOT_SET ?? 'none' }}\"}}"},
      {codes::kNoAttemptHere, "there is no attempt here",
       "'attempt' is the number of an attempt, from 1, and 'previous' how the one before it ended. What is the same "
       "for all attempts of a task, such as its item, 'if' and 'vars', cannot read them.",
       "- {name: show, task: sim.echo, foreach: \"${{ [attempt] }}\", with: {value: 1}}",
       "- {name: show, task: sim.echo, retries: 2, with: {value: \"attempt ${{ attempt }}\"}}"}};
  return kTable;
}

}  // namespace ropewalk
