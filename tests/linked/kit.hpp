#pragma once
// What the programs of this folder link: the plugins "kit" and "annex" in C++, "plain" in C, and plugins that are
// wrong.

namespace ropewalk::test {

/// Set by main(), which no host runs.
inline bool main_has_run = false;

}  // namespace ropewalk::test
