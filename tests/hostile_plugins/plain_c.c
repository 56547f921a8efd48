/* A plugin in plain C11: what task.hpp does for C++ authors, done by hand on abi.h. */

#include <ropewalk/sdk/abi.h>

#include <stdlib.h>
#include <string.h>

/* Positions are those of the declarations in describe(). */
enum { PARAM_NUMBERS, PARAM_WORD };
enum { RESULT_TOTAL, RESULT_REVERSED };

static void describe(const ropewalk_host* host, ropewalk_types* types) {
  const ropewalk_task_info info = {.struct_size = sizeof info,
                                   .flags = ROPEWALK_TASK_THREAD_SAFE,
                                   .summary = "Adds numbers and turns a word round."};
  const ropewalk_field numbers = {.struct_size = sizeof numbers,
                                  .flags = ROPEWALK_FIELD_REQUIRED,
                                  .name = "numbers",
                                  .type = ROPEWALK_TYPE_LIST,
                                  .element_type = ROPEWALK_TYPE_INT,
                                  .help = "to add"};
  const ropewalk_field word = {.struct_size = sizeof word,
                               .name = "word",
                               .type = ROPEWALK_TYPE_TEXT,
                               .default_value = "\"\"",
                               .help = "to turn round, byte by byte"};
  const ropewalk_field total = {.struct_size = sizeof total, .name = "total", .type = ROPEWALK_TYPE_INT};
  const ropewalk_field reversed = {.struct_size = sizeof reversed, .name = "reversed", .type = ROPEWALK_TYPE_TEXT};
  host->task_info(types, &info);
  host->param(types, &numbers);
  host->param(types, &word);
  host->result(types, &total);
  host->result(types, &reversed);
}

static int32_t fail(const ropewalk_host* host, ropewalk_call* call, const char* why) {
  const ropewalk_text text = {why, strlen(why)};
  host->fail(call, ROPEWALK_FAIL_PERMANENT, text);
  return ROPEWALK_FAILED;
}

static int32_t run(const ropewalk_host* host, ropewalk_call* call, void* worker) {
  (void)worker;
  const ropewalk_value* numbers = host->param_value(call, PARAM_NUMBERS);
  int64_t total = 0;
  for (uint64_t i = 0; i < host->value_length(numbers); ++i) {
    if (__builtin_add_overflow(total, host->value_int(host->value_at(numbers, i)), &total))
      return fail(host, call, "the total does not fit into 64 bits");
  }
  host->result_int(call, RESULT_TOTAL, total);

  const ropewalk_text word = host->param_text(call, PARAM_WORD);
  char* reversed = malloc(word.size + 1);
  if (reversed == NULL) return fail(host, call, "out of memory");
  for (uint64_t i = 0; i < word.size; ++i) reversed[i] = word.data[word.size - 1 - i];
  const ropewalk_text result = {reversed, word.size};
  host->result_text(call, RESULT_REVERSED, result);
  free(reversed);
  return ROPEWALK_OK;
}

static const ropewalk_task_type sum = {.struct_size = sizeof sum, .name = "sum", .describe = describe, .run = run};
static const ropewalk_task_type* const types[] = {&sum};
static const ropewalk_plugin plugin = {.struct_size = sizeof plugin,
                                       .abi_minor = ROPEWALK_ABI_MINOR,
                                       .task_type_count = 1,
                                       .name = "plain_c",
                                       .version = "1.0.0",
                                       .task_types = types};

const ropewalk_plugin* ropewalk_plugin_v1(void) { return &plugin; }
