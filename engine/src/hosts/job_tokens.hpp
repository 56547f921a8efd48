#pragma once
// The tokens of a GNU jobserver: a pipe with a byte for each core that no task uses. make and cargo take a byte before
// they start another job, and put it back when the job ends. The engine puts in what its tasks leave, and takes back
// what new tasks need as soon as the bytes return. One thread.

#include "base/fd.hpp"

#include <string>

namespace ropewalk {

/// What hosts find the path of the tokens in. Commands get it as MAKEFLAGS: see plugins/process/launch.hpp.
inline constexpr const char* kJobTokensVariable = "ROPEWALK_JOB_TOKENS";

class JobTokens {
 public:
  /// A path by which processes of the same user open the pipe, as long as this process lives. Empty: there is no pipe.
  std::string path();
  /// That many cores are free. Bytes that others hold are missing until they are back.
  void offer(unsigned cores);

 private:
  Fd read_, write_;
  unsigned offered_ = 0;  // in the pipe, or held by jobs
  unsigned missing_ = 0;  // of them, to be taken out when they are back
};

}  // namespace ropewalk
