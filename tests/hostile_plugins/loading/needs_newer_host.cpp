// Needs functions that no host of this version has: L04.

#include <ropewalk/sdk/abi.h>

#include <cstdint>

namespace {

std::int32_t run(const ropewalk_host*, ropewalk_call*, void*) { return ROPEWALK_OK; }

const ropewalk_task_type kNothing = {sizeof kNothing, 0, "nothing", nullptr, run, nullptr, nullptr};
const ropewalk_task_type* const kTypes[] = {&kNothing};
const ropewalk_plugin kPlugin = {sizeof kPlugin, 1000, 1000, 1, "needs_newer_host", "1.0.0", kTypes};

}  // namespace

extern "C" ROPEWALK_EXPORT const ropewalk_plugin* ropewalk_plugin_v1(void) { return &kPlugin; }
