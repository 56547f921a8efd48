/* The plugin "plain" in C, and plugins that are wrong in ways that no macro can see. */

#include <ropewalk/linked_plugin.h>

static void describe(const ropewalk_host* host, ropewalk_types* types) {
  const ropewalk_task_info info = {sizeof(info), ROPEWALK_TASK_THREAD_SAFE, "Negates a number.", NULL, NULL};
  const ropewalk_field value = {
      sizeof(value), ROPEWALK_FIELD_REQUIRED, "value", ROPEWALK_TYPE_INT, 0, NULL, NULL, NULL, NULL, NULL, NULL};
  host->task_info(types, &info);
  host->param(types, &value);
  host->result(types, &value);
}

static int32_t run(const ropewalk_host* host, ropewalk_call* call, void* worker) {
  (void)worker;
  host->result_int(call, 0, -host->param_int(call, 0));
  return ROPEWALK_OK;
}

static const ropewalk_task_type negate = {sizeof(ropewalk_task_type), 0, "negate", describe, run, NULL, NULL};
static const ropewalk_task_type* const one[] = {&negate};
static const ropewalk_task_type* const two_of_a_name[] = {&negate, &negate};

static const ropewalk_plugin* plain(void) {
  static const ropewalk_plugin plugin = {sizeof(plugin), ROPEWALK_ABI_MINOR, 0, 1, "plain", "1.0.0", one};
  return &plugin;
}
static const ropewalk_plugin* doubled(void) {
  static const ropewalk_plugin plugin = {sizeof(plugin), ROPEWALK_ABI_MINOR, 0, 2, "doubled", "1.0.0", two_of_a_name};
  return &plugin;
}
static const ropewalk_plugin* newer(void) {
  static const ropewalk_plugin plugin = {sizeof(plugin), 99, 99, 1, "newer", "1.0.0", one};
  return &plugin;
}

ROPEWALK_LINKED_ENTRY("plain", plain)
ROPEWALK_LINKED_ENTRY("doubled", doubled)
ROPEWALK_LINKED_ENTRY("misnamed", plain)
ROPEWALK_LINKED_ENTRY("newer", newer)
ROPEWALK_LINKED_ENTRY("twice", plain)
ROPEWALK_LINKED_ENTRY("twice", plain)
ROPEWALK_LINKED_ENTRY("sim", plain)
ROPEWALK_LINKED_ENTRY("No Name", plain)
