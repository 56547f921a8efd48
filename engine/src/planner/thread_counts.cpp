#include "planner/thread_counts.hpp"

#include <cstdlib>
#include <string>

namespace ropewalk {
namespace {

// OpenMP and what reads its variable, OpenBLAS, MKL, BLIS, Accelerate, NumExpr, Numba, Rayon, Polars, Go, Julia, Tokio.
constexpr const char* kVariables[] = {
    "OMP_NUM_THREADS",     "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",   "BLIS_NUM_THREADS",   "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS",    "RAYON_NUM_THREADS", "POLARS_MAX_THREADS", "GOMAXPROCS",
    "JULIA_NUM_THREADS",   "TOKIO_WORKER_THREADS", "TBB_NUM_THREADS"};

}  // namespace

void add_thread_counts(unsigned cores, Environment& environment) {
  for (const char* const name : kVariables)
    if (std::getenv(name) == nullptr) environment.try_emplace(name, std::to_string(cores));
}

}  // namespace ropewalk
