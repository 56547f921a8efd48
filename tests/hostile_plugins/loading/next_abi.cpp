// A plugin of the next major version: its entry has another name, L04.

extern "C" const void* ropewalk_plugin_v2() { return nullptr; }
