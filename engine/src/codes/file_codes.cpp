#include "codes/tables.hpp"

#include <ropewalk/codes.hpp>

namespace ropewalk {

std::span<const Explanation> file_codes() {
  static constexpr Explanation kTable[] = {
      {codes::kUnreadableFile, "the file cannot be read",
       "There is no file of that name, or you may not read it, or the disk failed. Names on the command line are "
       "relative to where ropewalk was started, those under "
       "'include' to the file that includes.",
       "include: [parts/fecth.yaml]", "(name a file that is there: include: [parts/fetch.yaml])"},
      {codes::kNotAFile, "this is no regular file",
       "A workflow is a regular file, or '-' for standard input. A folder, FIFO or device is not opened, since reading "
       "it might never end.",
       "$ ropewalk run /tmp", "$ ropewalk run photos.yaml"},
      {codes::kFileTooLarge, "the file is too large",
       "A workflow has at most 1 MiB, and all files that include each other at most 4 MiB. Long lists of items are "
       "data and belong in a file of their own, which may be of any size.",
       "(a million names, written into the workflow as foreach: [a.jpg, b.jpg, ...])",
       "(the names in names.txt, one a line) foreach: {lines: names.txt}"},
      {codes::kEmptyFile, "there is nothing in the file",
       "The file is empty or has nothing but comments. A workflow begins with the line 'ropewalk: 1' and has a list of "
       "stages.",
       "(an empty file)", "stages:\n  - {name: hello, task: sim.noop}"},
      {codes::kBadEncoding, "the text is not plain UTF-8",
       "A workflow is UTF-8. Files from other editors may be UTF-16 or Latin-1; columns and names would then mean "
       "something else than they show. A byte order mark at the beginning is skipped.",
       "(a file that was saved as UTF-16)", "$ iconv -f UTF-16 -t UTF-8 old.yaml > photos.yaml"},
      {codes::kControlCharacter, "a character that cannot be seen",
       "NUL, escape and other control characters, and marks that turn the direction of writing, are refused: what a "
       "reader sees would not be what is run. Write \\t or \\n inside of double quotes "
       "where the character is meant.",
       "name: \"a\x01"
       "b\"",
       "name: \"ab\""},
      {codes::kYamlSyntax, "this is not YAML",
       "The text breaks a rule of YAML: a bracket that is never closed, ': ' inside of a plain value, an indentation "
       "that fits nothing. A value with ': ' or ' #' in it is put in quotes.",
       "description: photos: all of them", "description: \"photos: all of them\""},
      {codes::kTabIndent, "a tab indents",
       "YAML indents with blanks only; how wide a tab is differs from editor to editor.",
       "stages:\n  - name: hello\n\ttask: sim.noop", "stages:\n  - name: hello\n    task: sim.noop"},
      {codes::kUnclosedQuote, "a quote is never closed",
       "Text that begins with ' or \" ends with the same. Inside of '...' a quote is written twice, inside of \"...\" "
       "as \\\".",
       "description: \"all photos", "description: \"all photos\""},
      {codes::kAlias, "an anchor or alias",
       "&name and *name of YAML are not part of a workflow: a few lines of them can mean millions. Say what stages "
       "share under 'defaults', what is read in several places under 'vars' or 'params'.",
       "stages:\n  - {name: a, task: sim.noop, retries: &often {max: 3}}\n  - {name: b, task: sim.noop, retries: "
       "*often}",
       "defaults: {retries: {max: 3}}\nstages:\n  - {name: a, task: sim.noop}\n  - {name: b, task: sim.noop}"},
      {codes::kTag, "a tag",
       "!name of YAML is not part of a workflow. Types follow from what is declared; another file is taken in with "
       "'include'; a value that begins with ! is put in quotes.",
       "name: !shout hello", "name: \"!shout hello\""},
      {codes::kMergeKey, "a merge key",
       "<< of YAML is not part of a workflow. 'defaults' are for what all stages share.",
       "defaults:\n  <<: {workers: 2}", "defaults:\n  workers: 2"},
      {codes::kDuplicateKey, "a key is given twice",
       "Of two equal keys of a map YAML readers silently keep one, and not all the same one. Remove one of them.",
       "stages:\n  - {name: hello, task: sim.noop, name: again}", "stages:\n  - {name: hello, task: sim.noop}"},
      {codes::kSecondDocument, "something follows the workflow",
       "A file is one workflow: nothing may follow '---' or '...'. Put a second one into a file of its own.",
       "stages:\n  - {name: hello, task: sim.noop}\n---\nname: more", "stages:\n  - {name: hello, task: sim.noop}"},
      {codes::kTooDeep, "lists and maps are nested too deep",
       "At most 64 levels. Deeper data belongs in a file that a task reads.", "(65 brackets in each other)",
       "(at most 64)"},
      {codes::kTooManyNodes, "too many keys and values",
       "A workflow has at most 100,000 of them. Long lists of items belong in a file of their own.",
       "(foreach: with a list of 200,000 names)", "(the names in names.txt, one a line) foreach: {lines: names.txt}"},
      {codes::kUnquotedExpression, "an expression without quotes",
       "Inside of { } and [ ] YAML ends a plain value at } or a comma, so also inside of ${{ }}; and ': ' or ' #' in "
       "an expression ends it anywhere. Put the value in quotes.",
       "stages:\n  - {name: hello, task: sim.echo, foreach: [1, 2], with: {value: ${{ item }}}}",
       "stages:\n  - {name: hello, task: sim.echo, foreach: [1, 2], with: {value: \"${{ item }}\"}}"},
  };
  return kTable;
}

}  // namespace ropewalk
