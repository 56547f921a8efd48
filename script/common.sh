# Sourced by the other scripts: paths, and steps that print one line each. The output of a step goes to
# build/log/STEP.txt and is shown only if the step fails.

export LC_ALL=C
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build
log=$build/log
cd "$root"
mkdir -p "$log"

now_us() { echo "${EPOCHREALTIME/[.,]/}"; }

# step NAME COMMAND...: runs the command quietly. A failure shows the end of its log and ends the script.
step() {
  local name=$1 start took status=0
  shift
  start=$(now_us)
  "$@" >"$log/$name.txt" 2>&1 </dev/null || status=$?
  took=$((($(now_us) - start) / 100000))
  if ((status == 0)); then
    printf '[%4d.%d s] %s\n' $((took / 10)) $((took % 10)) "$name"
    return 0
  fi
  printf '[%4d.%d s] %s failed with exit code %d; the end of %s:\n' $((took / 10)) $((took % 10)) "$name" "$status" "$log/$name.txt" >&2
  tail -n 40 "$log/$name.txt" >&2
  exit 1
}

# Ninja runs CMake again when a CMake file changes.
configure() { [[ -f $build/build.ninja ]] || cmake --preset dev; }

# run_tests NAME CTEST-ARGUMENT...: runs ctest with its output in NAME.txt, and shows the end of that if it fails. Sets
# tests_status and the numbers passed, failed and skipped. tests_under is a command prefix, by default none.
run_tests() {
  local name=$1 start took junit
  shift
  junit=$log/junit.xml
  start=$(now_us) tests_status=0
  rm -f "$junit"
  ${tests_under[@]+"${tests_under[@]}"} ctest --no-tests=error --output-junit "$junit" "$@" >"$log/$name.txt" 2>&1 </dev/null || tests_status=$?
  took=$((($(now_us) - start) / 100000))
  printf '[%4d.%d s] %s\n' $((took / 10)) $((took % 10)) "$name"
  failed=$(junit_number failures "$junit")
  skipped=$(($(junit_number skipped "$junit") + $(junit_number disabled "$junit")))
  passed=$(($(junit_number tests "$junit") - failed - skipped))
  ((tests_status != 0)) || return 0
  echo "the end of $log/$name.txt:" >&2
  tail -n 80 "$log/$name.txt" | grep -Ev '^ +Start +[0-9]+: | Passed +[0-9.]+ sec$|\(Skipped\)$' >&2 || true
  echo "what the failed tests printed:" >&2
  failed_outputs "$log/$name.txt" >&2
  ((failed + skipped + passed > 0)) || failed=1
}

# failed_outputs FILE: of each test that failed, what it printed, at most 60 lines.
failed_outputs() {
  awk '/^ *[0-9]+\/[0-9]+ Test +#/ { shows = /\*\*\*/ && !/\*\*\*Skipped/ ? 60 : 0 }
       /^ +Start +[0-9]+: / { next }
       shows-- > 0' "$1"
}

# junit_number ATTRIBUTE FILE: an attribute of the first element of ctest's report.
junit_number() {
  local value
  value=$(grep --max-count=1 --only-matching --extended-regexp \
    "^[[:space:]]*$1=\"[0-9]+\"|[[:space:]]$1=\"[0-9]+\"" "$2" 2>/dev/null) || true
  value=${value%%$'\n'*}
  value=${value//[!0-9]/}
  echo "${value:-0}"
}

# end_with_summary: prints the numbers of run_tests as the last line; fails if a test failed or none passed.
end_with_summary() {
  ((skipped > 0)) && echo "$passed passed, $failed failed, $skipped skipped" || echo "$passed passed, $failed failed"
  ((tests_status == 0 && failed == 0 && passed > 0))
}
