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
