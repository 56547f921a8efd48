// The layout of every struct of the ABI equals the stored text. A line may be added at the end of a struct; a changed
// line breaks every existing plugin.

#include <ropewalk/sdk/abi.h>

#include <gtest/gtest.h>

#include <cstddef>
#include <fstream>
#include <iterator>
#include <sstream>

namespace {

std::string layout() {
  std::ostringstream out;
#define STRUCT(type) out << #type << " size " << sizeof(type) << " align " << alignof(type) << '\n'
#define FIELD(type, field) out << "  " << offsetof(type, field) << ' ' << #field << ' ' << sizeof(type::field) << '\n'
  STRUCT(ropewalk_text);
  FIELD(ropewalk_text, data);
  FIELD(ropewalk_text, size);
  STRUCT(ropewalk_field);
  FIELD(ropewalk_field, struct_size);
  FIELD(ropewalk_field, flags);
  FIELD(ropewalk_field, name);
  FIELD(ropewalk_field, type);
  FIELD(ropewalk_field, element_type);
  FIELD(ropewalk_field, unit);
  FIELD(ropewalk_field, default_value);
  FIELD(ropewalk_field, minimum);
  FIELD(ropewalk_field, maximum);
  FIELD(ropewalk_field, choices);
  FIELD(ropewalk_field, help);
  STRUCT(ropewalk_task_info);
  FIELD(ropewalk_task_info, struct_size);
  FIELD(ropewalk_task_info, flags);
  FIELD(ropewalk_task_info, summary);
  FIELD(ropewalk_task_info, executor);
  FIELD(ropewalk_task_info, exactly_one);
  STRUCT(ropewalk_host);
  FIELD(ropewalk_host, struct_size);
  FIELD(ropewalk_host, abi_minor);
  FIELD(ropewalk_host, task_info);
  FIELD(ropewalk_host, param);
  FIELD(ropewalk_host, result);
  FIELD(ropewalk_host, param_type);
  FIELD(ropewalk_host, param_bool);
  FIELD(ropewalk_host, param_int);
  FIELD(ropewalk_host, param_float);
  FIELD(ropewalk_host, param_text);
  FIELD(ropewalk_host, param_value);
  FIELD(ropewalk_host, value_type);
  FIELD(ropewalk_host, value_bool);
  FIELD(ropewalk_host, value_int);
  FIELD(ropewalk_host, value_float);
  FIELD(ropewalk_host, value_text);
  FIELD(ropewalk_host, value_length);
  FIELD(ropewalk_host, value_at);
  FIELD(ropewalk_host, value_key);
  FIELD(ropewalk_host, result_bool);
  FIELD(ropewalk_host, result_int);
  FIELD(ropewalk_host, result_float);
  FIELD(ropewalk_host, result_text);
  FIELD(ropewalk_host, result_build);
  FIELD(ropewalk_host, build_null);
  FIELD(ropewalk_host, build_bool);
  FIELD(ropewalk_host, build_int);
  FIELD(ropewalk_host, build_float);
  FIELD(ropewalk_host, build_text);
  FIELD(ropewalk_host, build_begin_list);
  FIELD(ropewalk_host, build_begin_map);
  FIELD(ropewalk_host, build_key);
  FIELD(ropewalk_host, build_end);
  FIELD(ropewalk_host, buffer);
  FIELD(ropewalk_host, index);
  FIELD(ropewalk_host, attempt);
  FIELD(ropewalk_host, stage);
  FIELD(ropewalk_host, run_id);
  FIELD(ropewalk_host, cancelled);
  FIELD(ropewalk_host, deadline);
  FIELD(ropewalk_host, wait);
  FIELD(ropewalk_host, cancel_fd);
  FIELD(ropewalk_host, progress);
  FIELD(ropewalk_host, log);
  FIELD(ropewalk_host, charge_cpu);
  FIELD(ropewalk_host, fail);
  FIELD(ropewalk_host, query);
  STRUCT(ropewalk_output);
  FIELD(ropewalk_output, struct_size);
  FIELD(ropewalk_output, reserved);
  FIELD(ropewalk_output, limit);
  FIELD(ropewalk_output, write);
  FIELD(ropewalk_output, result);
  STRUCT(ropewalk_processes);
  FIELD(ropewalk_processes, struct_size);
  FIELD(ropewalk_processes, reserved);
  FIELD(ropewalk_processes, left_behind);
  STRUCT(ropewalk_task_type);
  FIELD(ropewalk_task_type, struct_size);
  FIELD(ropewalk_task_type, reserved);
  FIELD(ropewalk_task_type, name);
  FIELD(ropewalk_task_type, describe);
  FIELD(ropewalk_task_type, run);
  FIELD(ropewalk_task_type, open);
  FIELD(ropewalk_task_type, close);
  STRUCT(ropewalk_plugin);
  FIELD(ropewalk_plugin, struct_size);
  FIELD(ropewalk_plugin, abi_minor);
  FIELD(ropewalk_plugin, min_host_minor);
  FIELD(ropewalk_plugin, task_type_count);
  FIELD(ropewalk_plugin, name);
  FIELD(ropewalk_plugin, version);
  FIELD(ropewalk_plugin, task_types);
#undef FIELD
#undef STRUCT
  return out.str();
}

TEST(Abi, LayoutIsUnchanged) {
  if (sizeof(void*) != 8) GTEST_SKIP() << "the kept layout is that of 64-bit machines";
  std::ifstream file(GOLDEN_LAYOUT);
  const std::string kept{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(layout(), kept);
}

TEST(Abi, ConstantsAreUnchanged) {
  EXPECT_STREQ(ROPEWALK_ENTRY_SYMBOL, "ropewalk_plugin_v1");
  static_assert(ROPEWALK_TYPE_ABSENT == 0 && ROPEWALK_TYPE_BOOL == 1 && ROPEWALK_TYPE_INT == 2 &&
                ROPEWALK_TYPE_FLOAT == 3);
  static_assert(ROPEWALK_TYPE_TEXT == 4 && ROPEWALK_TYPE_BYTES == 5 && ROPEWALK_TYPE_PATH == 6 &&
                ROPEWALK_TYPE_DURATION == 7);
  static_assert(ROPEWALK_TYPE_SIZE == 8 && ROPEWALK_TYPE_LIST == 9 && ROPEWALK_TYPE_MAP == 10 &&
                ROPEWALK_TYPE_ANY == 11);
  static_assert(ROPEWALK_FIELD_REQUIRED == 1 && ROPEWALK_FIELD_SECRET == 2 && ROPEWALK_FIELD_INPUT_FILE == 4 &&
                ROPEWALK_FIELD_OUTPUT_FILE == 8);
  static_assert(ROPEWALK_TASK_THREAD_SAFE == 1 && ROPEWALK_TASK_NOT_REPEATABLE == 2);
  static_assert(ROPEWALK_OK == 0 && ROPEWALK_FAILED == 1);
  static_assert(ROPEWALK_FAIL_ERROR == 0 && ROPEWALK_FAIL_TRANSIENT == 1 && ROPEWALK_FAIL_PERMANENT == 2 &&
                ROPEWALK_FAIL_STOPPED == 3);
  static_assert(ROPEWALK_FAIL_NO_ROOM == 4);
  static_assert(ROPEWALK_LOG_DEBUG == 0 && ROPEWALK_LOG_INFO == 1 && ROPEWALK_LOG_WARNING == 2 &&
                ROPEWALK_LOG_ERROR == 3);
}

}  // namespace
