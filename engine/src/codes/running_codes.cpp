#include "codes/tables.hpp"

#include <ropewalk/codes.hpp>

namespace ropewalk {

std::span<const Explanation> running_codes() {
  static constexpr Explanation kTable[] = {
      {codes::kNoWarden, "the warden cannot be started",
       "ropewalk-warden is the parent of all processes of a run. It lies beside ropewalk in a build, and in "
       "libexec/ropewalk of an installation, which can be moved as a whole. It needs some file descriptors.",
       "$ cp build/bin/ropewalk ~/bin/", "$ cp build/bin/ropewalk* ~/bin/"},
      {codes::kNoHost, "a host cannot be started",
       "ropewalk-host is the process in which plugins run. It lies beside ropewalk-warden, from the same build; many "
       "workers need many processes and file descriptors.",
       "$ ulimit -n 64", "$ ulimit -n 4096"},
      {codes::kNoBoardMemory, "no memory for a board",
       "Engine and hosts share some memory for each worker, and the machine, or the memory limit of this container, "
       "has not enough of it left. Use fewer workers.",
       "workers: 4096", "workers: 64"},
      {codes::kHostsKilled, "every host is killed from outside",
       "Another process, or the kernel for want of memory, kills every ropewalk-host process before it begins a task. "
       "The stage fails after fifty such hosts in a row, "
       "at the earliest ten seconds after the first of them, and never while one of its hosts makes progress. Finished "
       "tasks keep their results; the others end as not started. "
       "Find what kills the processes (a watchdog, a batch system, pkill), stop it, and start the run again.",
       "$ while sleep 0.01; do pkill -9 ropewalk-host; done & ropewalk run flow.yaml",
       "(stop the loop, then start the run again)"},
      {codes::kSmallStack, "the stack is too small",
       "Ropewalk raises a small limit of the stack by itself. Here the hard limit does not allow it.", "$ ulimit -s 64",
       "$ ulimit -s 8192"},
      {codes::kNoProcFiles, "/proc is not mounted",
       "A warning. The run goes on, but processes that tasks leave behind are not found, and the memory and CPU time "
       "of hosts are not measured.",
       "$ unshare -m sh -c 'umount -l /proc; ropewalk run flow.yaml'", "$ mount -t proc proc /proc"},
      {codes::kProgramVersion, "the programs are of different versions",
       "ropewalk, or a program that embeds its engine, starts ropewalk-host and ropewalk-warden, and all of them are "
       "from one build. Here one is of another version: an installation that was updated in part, or a program that "
       "was linked with the library before the update. 'ropewalk doctor' names the programs and their versions; "
       "install all of them again.",
       "(ropewalk 0.1.0 in bin, and ropewalk-host 0.2.0 in libexec/ropewalk)", "$ ropewalk doctor"},
      {codes::kBadParameterValue, "a task's parameters cannot be made from its item",
       "An expression under 'with' or 'vars' has no value for this item, or one of another type than the parameter's. "
       "That task fails, the others run.",
       "- {name: wait, task: sim.sleep, foreach: {lines: numbers.txt}, with: {seconds: \"${{ float(item) }}\"}}  # a "
       "line is 'soon'",
       "(correct the line, or leave the task out with on_error: ignore)"},
      {codes::kItemsUnreadable, "the items of a stage cannot be read",
       "The file or folder behind 'foreach' is not there or may not be read. Names of data are relative to where "
       "ropewalk was started.",
       "- {name: fetch, task: sim.noop, foreach: {lines: ulrs.txt}}",
       "- {name: fetch, task: sim.noop, foreach: {lines: urls.txt}}"},
      {codes::kBadItems, "what 'foreach' gives is no list of items",
       "An expression gave something else than a list, a line of a jsonl file is not JSON, or there are more than "
       "1,000,000,000 items.",
       "- {name: each, task: sim.noop, foreach: \"${{ stages.before.result.value }}\"}  # which is 5",
       "- {name: each, task: sim.noop, foreach: \"${{ range(stages.before.result.value) }}\"}"},
      {codes::kBadPattern, "this pattern cannot be used",
       "A [ or { of a glob pattern is never closed, or its braces stand for too many patterns. Text from ${{ }} in a "
       "pattern is taken literally.",
       "- {name: hash, task: sim.noop, foreach: {glob: \"src/[a-\"}}",
       "- {name: hash, task: sim.noop, foreach: {glob: \"src/[a-z]*\"}}"},
      {codes::kBadOutput, "an output cannot be made of a task's result",
       "The task has succeeded, but an expression under 'outputs' has no value for its result; the task fails with "
       "that message.",
       "outputs: {first: \"${{ split(result.stdout, ',')[0] }}\", second: \"${{ split(result.stdout, ',')[1] }}\"}  # "
       "of 'a'",
       "outputs: {all: \"${{ split(result.stdout, ',') }}\"}"},
      {codes::kBadCondition, "an 'if' that cannot be asked",
       "Its expression has no value: it reads what a stage that was left out or failed did not give. Use ?? for what "
       "may be absent. The stage ends as failed.",
       "if: \"${{ stages.count.result.value > 0 }}\"  # count was left out",
       "if: \"${{ (stages.count.result.value ?? 0) > 0 }}\""},
      {codes::kNoRecord, "there is no such record",
       "The record of a run is the file run.db in .ropewalk/runs/ID. The message says why it cannot be opened: it is "
       "not there, or you may not read it.",
       "$ ropewalk resume no/such/folder", "$ ropewalk run photos.yaml"},
      {codes::kRecordForeign, "a file that is no record of a run",
       "A record is a SQLite database that ropewalk has made. The file is something else, or a database of another "
       "program; it is left as it is.",
       "(ropewalk resume ./album, a folder whose run.db is another program's)",
       "(ropewalk resume .ropewalk/runs/20261129-120300-quiet-otter)"},
      {codes::kRecordDamaged, "the record of a run is damaged",
       "The file is cut short, or its content is not what was written. Ropewalk repairs no record, because a guess "
       "could pass for a result. "
       "Restore it from a copy, or run the workflow again. Copy a live run with its log: run.db and run.db-wal.",
       "$ head -c 5000 run.db > copy/run.db; ropewalk resume ./copy",
       "$ cp run.db copy/run.db; ropewalk resume ./copy"},
      {codes::kRecordVersion, "the record is newer than the program",
       "A newer ropewalk wrote it, with tables that this one does not know. It is not read, because what is unknown "
       "may change the meaning of what is known.",
       "(a record of ropewalk 2.0, read with ropewalk 1.0)", "(the same record, read with ropewalk 2.0)"},
      {codes::kRecordInUse, "another engine works on this run",
       "One engine at a time writes to a record. The message names its process. The lock ends with that process, "
       "however it ends.",
       "(ropewalk resume quiet-otter, while another resume of it runs)",
       "(ropewalk resume quiet-otter, when the other has ended)"},
      {codes::kRecordUnwritable, "a run cannot be recorded",
       "The folder of records cannot be made, locked or written to: the file system is read-only, full or has no "
       "locks. "
       "A full disk stops dispatch and ends the run with exit code 74; what is recorded is kept. Free some space, or "
       "name another folder.",
       "$ ropewalk run photos.yaml --record-dir /proc", "$ ropewalk run photos.yaml --record-dir records"},
      {codes::kRecordOtherWorkflow, "the workflow has none of the stages of the run",
       "A resume keeps what the run has done, stage by stage, by the names of the stages. None of these names is in "
       "the "
       "workflow any more, so it is another workflow. Stages that were added, moved, edited or removed are fine as "
       "long "
       "as one is left.",
       "$ cp other.yaml photos.yaml; ropewalk resume", "$ ropewalk run photos.yaml"},
      {codes::kRunStillAlive, "processes of the old run are still alive",
       "A resume begins when nothing of the run is left, so that no task runs twice at the same time. The message "
       "names the processes. They usually end within a second of their engine.",
       "$ kill -9 $(pidof ropewalk); ropewalk resume", "(wait for the processes to end, or kill them)"},
      {codes::kEngineBusy, "the engine runs another run",
       "For programs that embed the engine: an engine has one pool of hosts and runs one run at a time. A run of "
       "Engine::start() goes on until wait() has returned or the Run is destroyed.",
       "(engine.start(plan, observer), and again before the first has ended)",
       "(a second Engine, or the same when the first run has ended)"},
      {codes::kRunIsOver, "the run is over",
       "For programs that embed the engine: Run::wait() returns the result once. After it, and after the Run was moved "
       "to another object, there is nothing to step, to wait for or to poll.",
       "(run.wait(), and then run.step())", "(while (*run.step()) poll(...), and then run.wait())"},
      {codes::kNoEventDescriptor, "no descriptor for the events of a run",
       "For programs that embed the engine: Run::fd() makes two descriptors, and the process has none left.",
       "(run.fd() with 1,024 open files and ulimit -n 1024)", "(the same with ulimit -n 4096)"},
      {codes::kValueUnlike, "a value is not what the program reads",
       "For programs that embed the engine: Value::get() reads a field of a result as a C++ type. The field is not "
       "there, has a value of another type, or holds a number that does not fit. The message names the field, the type "
       "that was read, and the value.",
       "(result.get<int>(\"widht\") of a result with the field width)", "(result.get<int>(\"width\"))"},
      {codes::kPoolTakesNone, "the pool takes no further tasks",
       "For programs that embed the engine: Pool::close(), Engine::stop() or the end of the engine has closed the "
       "pool, "
       "or it was moved to another object. Results of its futures can still be read.",
       "(pool.close(), and then pool.submit(...))", "(submit all tasks, and then pool.close())"},
      {codes::kOtherThread, "a pool is used from another thread",
       "For programs that embed the engine: a pool, its futures and its batches belong to the thread that called "
       "Engine::pool(). Another thread may have an engine and pools of its own.",
       "(std::thread([&] { future.get(); }))", "(future.get() on the thread of the pool, and the value passed on)"},
      {codes::kPoolInTurn, "an observer waits for tasks",
       "For programs that embed the engine: observers are called in the middle of the engine's work, so that what they "
       "wait for cannot happen. They may submit tasks. Callbacks of Future::then() may wait too.",
       "(future.get() in Observer::tasks_finished())", "(future.then(callback), and get() in the callback)"},
      {codes::kBadFuture, "there is no such future",
       "For programs that embed the engine: a default-constructed or moved-from Future or Batch has no task, and "
       "as_completed() cannot wait for tasks of two engines at once.",
       "(Future future; future.get())", "(Future future = pool.submit(...); future.get())"},
      {codes::kPoolBroken, "the pool cannot go on",
       "For programs that embed the engine: the processes of the pool cannot be started, or were killed again and "
       "again. The message has the cause. All its tasks have ended.",
       "(pool.submit(...), where something kills every process named ropewalk-host)",
       "(the same without it, with a new pool)"},
      {codes::kBadArguments, "the arguments of a pool's task make no sense",
       "For programs that embed the engine: a parameter is given twice, the columns of Pool::submit_all() differ in "
       "length, or a number of PoolOptions or TaskOptions lies outside its range. The message has the range.",
       "(pool.submit({{\"path\", a}, {\"path\", b}}))", "(pool.submit({{\"path\", a}}))"},
      {codes::kEngineInHost, "an engine is used by a constructor that runs in a host",
       "For programs with linked plugins (ROPEWALK_LINKED_PLUGIN): to run their tasks, the engine starts the program "
       "again. Constructors of its static objects run in that process too, and main() does not. An engine that such a "
       "constructor uses would start the program for ever, so it refuses all work there. Use the engine in main().",
       "static ropewalk::Engine engine = start_everything();", "int main() { ropewalk::Engine engine; }"},
  };
  return kTable;
}

}  // namespace ropewalk
