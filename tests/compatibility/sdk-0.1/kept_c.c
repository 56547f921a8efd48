/* A plugin in C that knows the structs of ABI 1.0 only, without `exactly_one`. gcc 12 on Debian 12, x86-64, made
 * kept_c.so of it:
 *
 *   gcc -std=c11 -Os -shared -fPIC -fvisibility=hidden -s -Wl,-z,noseparate-code -I sdk/include kept_c.c -o kept_c.so
 *
 * Neither the source nor the binary is changed or built again. See ../README.md. */
#include <ropewalk/sdk/abi.h>

#include <stddef.h>
#include <string.h>

enum { PARAM_NUMBERS, PARAM_WORD };
enum { RESULT_TOTAL, RESULT_WORD, RESULT_NESTED };

static ropewalk_text text_of(const char* text) {
  const ropewalk_text made = {text, strlen(text)};
  return made;
}

static void describe(const ropewalk_host* host, ropewalk_types* types) {
  const ropewalk_task_info info = {.struct_size = offsetof(ropewalk_task_info, exactly_one),
                                   .flags = ROPEWALK_TASK_THREAD_SAFE,
                                   .summary = "Adds numbers."};
  const ropewalk_field numbers = {.struct_size = sizeof numbers,
                                  .flags = ROPEWALK_FIELD_REQUIRED,
                                  .name = "numbers",
                                  .type = ROPEWALK_TYPE_LIST,
                                  .element_type = ROPEWALK_TYPE_INT,
                                  .help = "to add"};
  const ropewalk_field word = {.struct_size = sizeof word,
                               .name = "word",
                               .type = ROPEWALK_TYPE_TEXT,
                               .default_value = "\"none\"",
                               .choices = "[\"none\", \"some\"]"};
  const ropewalk_field total = {.struct_size = sizeof total, .name = "total", .type = ROPEWALK_TYPE_INT};
  const ropewalk_field same = {.struct_size = sizeof same, .name = "word", .type = ROPEWALK_TYPE_TEXT};
  const ropewalk_field nested = {.struct_size = sizeof nested, .name = "nested", .type = ROPEWALK_TYPE_MAP};
  host->task_info(types, &info);
  host->param(types, &numbers);
  host->param(types, &word);
  host->result(types, &total);
  host->result(types, &same);
  host->result(types, &nested);
}

static int32_t run(const ropewalk_host* host, ropewalk_call* call, void* worker) {
  (void)worker;
  const ropewalk_value* numbers = host->param_value(call, PARAM_NUMBERS);
  const uint64_t count = host->value_length(numbers);
  int64_t total = 0;
  for (uint64_t i = 0; i < count; ++i) total += host->value_int(host->value_at(numbers, i));
  if (total < 0) {
    host->fail(call, ROPEWALK_FAIL_PERMANENT, text_of("the total is negative"));
    return ROPEWALK_FAILED;
  }
  host->progress(call, 1, text_of("added"));
  host->log(call, ROPEWALK_LOG_WARNING, text_of("kept in C"));
  host->result_int(call, RESULT_TOTAL, total);
  host->result_text(call, RESULT_WORD, host->param_text(call, PARAM_WORD));

  ropewalk_builder* nested = host->result_build(call, RESULT_NESTED);
  host->build_begin_map(nested);
  host->build_key(nested, text_of("count"));
  host->build_int(nested, (int64_t)count);
  host->build_key(nested, text_of("list"));
  host->build_begin_list(nested);
  host->build_null(nested);
  host->build_bool(nested, 1);
  host->build_float(nested, 0.5);
  host->build_text(nested, ROPEWALK_TYPE_TEXT, text_of("text"));
  host->build_end(nested);
  host->build_end(nested);
  return ROPEWALK_OK;
}

static const ropewalk_task_type sum = {.struct_size = sizeof sum, .name = "sum", .describe = describe, .run = run};
static const ropewalk_task_type* const types[] = {&sum};
static const ropewalk_plugin plugin = {.struct_size = sizeof plugin,
                                       .abi_minor = 0,
                                       .task_type_count = 1,
                                       .name = "kept_c",
                                       .version = "1.0.0",
                                       .task_types = types};

const ropewalk_plugin* ropewalk_plugin_v1(void) { return &plugin; }
