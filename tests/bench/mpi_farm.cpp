// OpenMPI as commonly used for a bag of tasks: a master that gives each worker its next task when the last result has
// arrived. Started by mpirun with three ranks; times itself, so that mpirun's own start is excluded.
// usage: mpirun -np 3 mpi_farm (empty TASKS | metg)

#include "metg.hpp"
#include "work.hpp"

#include <mpi.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace {

using ropewalk::bench::chain;

struct Task {
  std::int64_t seed, turns;
};
struct Done {
  std::int64_t seed, value;
};
constexpr int kTask = 1, kStop = 2;

void work() {
  for (;;) {
    Task task;
    MPI_Status status;
    MPI_Recv(&task, sizeof task, MPI_BYTE, 0, MPI_ANY_TAG, MPI_COMM_WORLD, &status);
    if (status.MPI_TAG == kStop) return;
    const Done done{task.seed, chain(task.seed, task.turns)};
    MPI_Send(&done, sizeof done, MPI_BYTE, 0, kTask, MPI_COMM_WORLD);
  }
}

double run(std::uint64_t tasks, std::int64_t turns, int workers) {
  std::vector<std::int64_t> results(tasks, -1);
  const auto start = ropewalk::bench::Clock::now();
  std::uint64_t next = 0, ended = 0;
  const auto give = [&](int worker) {
    const Task task{static_cast<std::int64_t>(next++), turns};
    MPI_Send(&task, sizeof task, MPI_BYTE, worker, kTask, MPI_COMM_WORLD);
  };
  for (int worker = 1; worker <= workers && next < tasks; ++worker) give(worker);
  for (; ended < tasks; ++ended) {
    Done done;
    MPI_Status status;
    MPI_Recv(&done, sizeof done, MPI_BYTE, MPI_ANY_SOURCE, kTask, MPI_COMM_WORLD, &status);
    results[static_cast<std::size_t>(done.seed)] = done.value;
    if (next < tasks) give(status.MPI_SOURCE);
  }
  const double seconds = ropewalk::bench::seconds_since(start);
  for (std::size_t i = 0; i < tasks; i += 97)
    if (results[i] != chain(static_cast<std::int64_t>(i), turns)) MPI_Abort(MPI_COMM_WORLD, 1);
  return seconds;
}

}  // namespace

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank = 0, ranks = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  if (rank != 0) {
    work();
  } else {
    const int workers = ranks - 1;
    run(1000, 0, workers);
    if (argc > 2 && std::string_view(argv[1]) == "empty") {
      const std::uint64_t tasks = std::strtoull(argv[2], nullptr, 10);
      std::printf("%.6g\n", run(tasks, 0, workers) * 1e9 / static_cast<double>(tasks));
    } else {
      const double turn_ns = ropewalk::bench::ns_per_turn();
      // Not measured in parallel, because the ranks poll even when idle.
      const auto capacity = [&] { return workers * 1e9 / turn_ns; };
      const auto tasks_of = [&](std::uint64_t tasks, std::int64_t turns) { return run(tasks, turns, workers); };
      std::printf("%.6g\n", ropewalk::bench::metg_us(tasks_of, capacity, turn_ns));
    }
    for (int worker = 1; worker <= workers; ++worker) MPI_Send(nullptr, 0, MPI_BYTE, worker, kStop, MPI_COMM_WORLD);
  }
  MPI_Finalize();
}
