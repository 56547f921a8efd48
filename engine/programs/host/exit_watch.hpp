#pragma once
// Counts what is registered for the end of this process, in place of the C library's functions that register it.

namespace ropewalk::host {

/// Call it before the plugin is loaded.
void watch_registrations();

}  // namespace ropewalk::host
