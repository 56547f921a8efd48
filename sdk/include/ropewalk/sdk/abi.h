/** @file
 * The plugin ABI of Ropewalk, version 1: what a plugin exports and what a host offers it. Plain C11 (and
 * C++20), no dependency. C++ authors include task.hpp, which is a layer on this file.
 *
 * Rules that hold for everything here:
 *  - Every struct begins with struct_size, the size with which its writer was compiled. Fields are only
 *    appended. A reader treats fields beyond struct_size as zero, and zero means absent.
 *  - Only fixed-width integers, pointers, NUL-terminated UTF-8 and {data, size} cross the boundary.
 *  - Arguments are borrowed until the call returns. The host copies what a plugin passes to it, except the
 *    memory from buffer().
 *  - Status is ROPEWALK_OK or ROPEWALK_FAILED; other values are reserved.
 *
 * Thread tags in the comments of ropewalk_host:
 *  [describe]  only inside describe(), on its thread
 *  [task]      only inside run() or open(), on the thread that called it
 *  [any]       from any thread, until run() or open() returns
 *  [always]    anywhere, at any time
 *
 * A ropewalk_call names one attempt of one task and is never reused. The host rejects a [task] function on another
 * thread, or with the handle of a finished attempt: the function has no effect and returns 0, NULL or -1. The task of
 * the handle fails if it still runs. The task on the calling thread fails if the handle belongs to another attempt.
 * Otherwise the call is counted, and the user is warned. Once an attempt has finished, cancelled() and wait() return 1
 * for its handle, and the other [any] functions have no effect.
 */
#ifndef ROPEWALK_SDK_ABI_H
#define ROPEWALK_SDK_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ROPEWALK_ABI_MINOR 1u /**< grows when something is appended; the major version is in the symbol's name */
#define ROPEWALK_ENTRY_SYMBOL "ropewalk_plugin_v1" /**< the one symbol that a plugin exports */

#define ROPEWALK_OK 0     /**< status: done */
#define ROPEWALK_FAILED 1 /**< status: not done */

/* Types of parameters, result fields and values. Never an enum-typed field: always int32_t. */
#define ROPEWALK_TYPE_ABSENT 0   /**< also the type of null */
#define ROPEWALK_TYPE_BOOL 1     /**< int32_t, 0 or 1 */
#define ROPEWALK_TYPE_INT 2      /**< int64_t */
#define ROPEWALK_TYPE_FLOAT 3    /**< double */
#define ROPEWALK_TYPE_TEXT 4     /**< UTF-8 */
#define ROPEWALK_TYPE_BYTES 5    /**< any bytes */
#define ROPEWALK_TYPE_PATH 6     /**< bytes without NUL */
#define ROPEWALK_TYPE_DURATION 7 /**< int64_t nanoseconds */
#define ROPEWALK_TYPE_SIZE 8     /**< int64_t bytes, not negative */
#define ROPEWALK_TYPE_LIST 9     /**< nested values in order */
#define ROPEWALK_TYPE_MAP 10     /**< keys are text */
#define ROPEWALK_TYPE_ANY 11     /**< only in a field's declaration */

/* Flags of a field. */
#define ROPEWALK_FIELD_REQUIRED 1u    /**< a parameter that must be given */
#define ROPEWALK_FIELD_SECRET 2u      /**< its values are hidden in all output */
#define ROPEWALK_FIELD_INPUT_FILE 4u  /**< a path that the task reads */
#define ROPEWALK_FIELD_OUTPUT_FILE 8u /**< a path that the task writes */

/* Flags of a task type. */
#define ROPEWALK_TASK_THREAD_SAFE 1u    /**< may run on several threads of one process at once */
#define ROPEWALK_TASK_NOT_REPEATABLE 2u /**< an attempt whose host died is lost, not retried */
#define ROPEWALK_TASK_STOPS 4u          /**< run() returns soon after a request to stop (minor 1) */

/* How a task failed; retries repeat all but permanent failures. */
#define ROPEWALK_FAIL_ERROR 0     /**< an error of any kind */
#define ROPEWALK_FAIL_TRANSIENT 1 /**< may succeed next time */
#define ROPEWALK_FAIL_PERMANENT 2 /**< cannot succeed next time, so it is not retried */
#define ROPEWALK_FAIL_STOPPED 3   /**< stopped on request: reported as cancelled or timed out */
#define ROPEWALK_FAIL_NO_ROOM                                                                \
  4 /**< the system had no descriptor, process or memory to start, and nothing was done: the \
       task waits while others run, and the attempt does not count */

/** How a task failed: a program that it ran exited with this code, 0 to 255. An error on which `retries` may depend. To
 * a host that does not know it, it is ROPEWALK_FAIL_ERROR. */
#define ROPEWALK_FAIL_EXIT_CODE(code) (256 + ((code)&255))

#define ROPEWALK_LOG_DEBUG 0   /**< in detail */
#define ROPEWALK_LOG_INFO 1    /**< what happens */
#define ROPEWALK_LOG_WARNING 2 /**< worth a look */
#define ROPEWALK_LOG_ERROR 3   /**< what went wrong */

#define ROPEWALK_NO_DEADLINE INT64_MAX /**< what deadline() returns if the stage has no timeout */

typedef struct ropewalk_types ropewalk_types;     /**< filled by describe() */
typedef struct ropewalk_call ropewalk_call;       /**< one attempt of one task; a handle, not an address */
typedef struct ropewalk_value ropewalk_value;     /**< a nested value, read-only; lives as long as its call */
typedef struct ropewalk_builder ropewalk_builder; /**< a result under construction; lives as long as its call */

/** Text or bytes, borrowed. */
typedef struct ropewalk_text {
  const char* data; /**< not NUL-terminated; NULL only if size is 0 */
  uint64_t size;    /**< bytes */
} ropewalk_text;

/** A parameter or a result field. Constants are JSON text; NULL: none. */
typedef struct ropewalk_field {
  uint32_t struct_size;      /**< sizeof this struct, as its writer was compiled */
  uint32_t flags;            /**< ROPEWALK_FIELD_* */
  const char* name;          /**< [a-z][a-z0-9_]* */
  int32_t type;              /**< ROPEWALK_TYPE_* but ABSENT */
  int32_t element_type;      /**< of a list's or a map's elements; 0: any */
  const char* unit;          /**< shown in messages, e.g. "s" */
  const char* default_value; /**< JSON */
  const char* minimum;       /**< JSON number */
  const char* maximum;       /**< JSON number */
  const char* choices;       /**< JSON array */
  const char* help;          /**< a sentence for people */
} ropewalk_field;

/** Properties of a task type as a whole. */
typedef struct ropewalk_task_info {
  uint32_t struct_size;    /**< sizeof this struct, as its writer was compiled */
  uint32_t flags;          /**< ROPEWALK_TASK_* */
  const char* summary;     /**< one sentence */
  const char* executor;    /**< the preferred one, NULL: process */
  const char* exactly_one; /**< JSON: groups of parameters, exactly one of each must be given, such as [["file",
                              "text"]]; NULL: none. Hosts of minor 0 ignore it, so run() must check too (minor 1) */
} ropewalk_task_info;

/** The functions of a host. One table serves a whole process and outlives every call. */
typedef struct ropewalk_host {
  uint32_t struct_size; /**< sizeof this struct, as the host was compiled */
  uint32_t abi_minor;   /**< the host's */

  /** [describe] In the order of declaration, which is the order of positions. */
  void (*task_info)(ropewalk_types* types, const ropewalk_task_info* info);
  void (*param)(ropewalk_types* types, const ropewalk_field* field);  /**< [describe] declares the next parameter */
  void (*result)(ropewalk_types* types, const ropewalk_field* field); /**< [describe] declares a result field */

  /** [task] Parameters by position. The type is the declared one, or ROPEWALK_TYPE_ABSENT; for a parameter
   * declared ANY it is the type of its value. Reading as another type returns 0, 0.0 or an empty text. */
  int32_t (*param_type)(const ropewalk_call* call, uint32_t position);
  int32_t (*param_bool)(const ropewalk_call* call, uint32_t position);          /**< [task] BOOL */
  int64_t (*param_int)(const ropewalk_call* call, uint32_t position);           /**< INT, DURATION, SIZE */
  double (*param_float)(const ropewalk_call* call, uint32_t position);          /**< [task] FLOAT */
  ropewalk_text (*param_text)(const ropewalk_call* call, uint32_t position);    /**< TEXT, BYTES, PATH */
  const ropewalk_value* (*param_value)(ropewalk_call* call, uint32_t position); /**< any type; NULL if absent */

  /** [any] Nested values. NULL is a legal value and reads as absent. */
  int32_t (*value_type)(const ropewalk_value* value);
  int32_t (*value_bool)(const ropewalk_value* value);       /**< [any] BOOL */
  int64_t (*value_int)(const ropewalk_value* value);        /**< [any] INT, DURATION, SIZE */
  double (*value_float)(const ropewalk_value* value);       /**< an int reads as a float */
  ropewalk_text (*value_text)(const ropewalk_value* value); /**< [any] TEXT, BYTES, PATH */
  uint64_t (*value_length)(const ropewalk_value* value);    /**< elements of a list or map, else 0 */
  const ropewalk_value* (*value_at)(const ropewalk_value* value, uint64_t index); /**< NULL beyond the end */
  ropewalk_text (*value_key)(const ropewalk_value* value, uint64_t index);        /**< of a map, keys ascending */

  /** [task] Results by position; the last one set for a position wins. A wrong position or type fails the task, and so
   * does a float that is not finite. */
  void (*result_bool)(ropewalk_call* call, uint32_t position, int32_t value);
  void (*result_int)(ropewalk_call* call, uint32_t position, int64_t value);        /**< INT, DURATION, SIZE */
  void (*result_float)(ropewalk_call* call, uint32_t position, double value);       /**< [task] FLOAT */
  void (*result_text)(ropewalk_call* call, uint32_t position, ropewalk_text value); /**< TEXT, BYTES, PATH */

  /** [task] A nested result: begin with result_build(), then call build_*; inside a map, build_key() before each
   * element. Lists and maps that are still open when run() returns are closed. A value or an element of another type
   * than declared, more than 64 lists and maps within each other, a float that is not finite and a key that contains
   * NUL fail the task. */
  ropewalk_builder* (*result_build)(ropewalk_call* call, uint32_t position);
  void (*build_null)(ropewalk_builder* builder);                /**< [task] adds null */
  void (*build_bool)(ropewalk_builder* builder, int32_t value); /**< [task] adds a BOOL */
  void (*build_int)(ropewalk_builder* builder, int64_t value);  /**< [task] adds an INT, DURATION or SIZE */
  void (*build_float)(ropewalk_builder* builder, double value); /**< [task] adds a FLOAT */
  void (*build_text)(ropewalk_builder* builder, int32_t type, ropewalk_text value); /**< TEXT, BYTES or PATH */
  void (*build_begin_list)(ropewalk_builder* builder);                              /**< [task] begins a list */
  void (*build_begin_map)(ropewalk_builder* builder);                               /**< [task] begins a map */
  void (*build_key)(ropewalk_builder* builder, ropewalk_text key); /**< [task] the key of the next element of a map */
  void (*build_end)(ropewalk_builder* builder);                    /**< [task] ends the innermost list or map */

  /** [task] Memory of `size` bytes for a result declared BYTES: write into it instead of copying. NULL if none
   * is available. It belongs to the host and may be written until run() returns. */
  void* (*buffer)(ropewalk_call* call, uint32_t position, uint64_t size);

  /** [task] Properties of this attempt. */
  uint64_t (*index)(const ropewalk_call* call);       /**< of the task in its stage, from 0 */
  uint32_t (*attempt)(const ropewalk_call* call);     /**< from 1 */
  ropewalk_text (*stage)(const ropewalk_call* call);  /**< [task] the name of the stage */
  ropewalk_text (*run_id)(const ropewalk_call* call); /**< [task] the identity of the run */

  /** Requests to stop. cancelled and wait: [any]; the others: [task]. */
  int32_t (*cancelled)(const ropewalk_call* call);
  /** CLOCK_MONOTONIC nanoseconds, or ROPEWALK_NO_DEADLINE; moves while the run is suspended */
  int64_t (*deadline)(const ropewalk_call* call);
  int32_t (*wait)(ropewalk_call* call, int64_t nanoseconds); /**< 1 if it ended early on a request to stop */
  int32_t (*cancel_fd)(ropewalk_call* call);                 /**< readable when cancelled; never close it; -1: none */

  /** [any] progress: fraction from 0 to 1; the latest is shown while the task runs, and at most 1 KiB of the note is
   * kept. */
  void (*progress)(ropewalk_call* call, double fraction, ropewalk_text note);
  void (*log)(ropewalk_call* call, int32_t level, ropewalk_text text); /**< at most 1 KiB is kept */

  /** [task] CPU time that processes started by this task used, nanoseconds. */
  void (*charge_cpu)(ropewalk_call* call, int64_t nanoseconds);

  /** [task] The reason for which run() is about to return ROPEWALK_FAILED. At most 4 KiB is kept. */
  void (*fail)(ropewalk_call* call, int32_t kind, ropewalk_text text);

  /** [always] An optional feature by name and version; NULL if the host does not offer it.
     "ropewalk.descriptor_limit/1": a uint64_t, the user's soft limit of open files. The host raises its own limit;
     programs that a task starts should get this one. */
  const void* (*query)(const char* name);
} ropewalk_host;

/** The optional feature "ropewalk.output/1": query() returns a pointer to this table. It is for task types that
 * start processes and capture their output. The host keeps each stream completely, counts it against `limits.output`,
 * and shows its head and tail below a failure. */
#define ROPEWALK_OUTPUT_FEATURE "ropewalk.output/1"
#define ROPEWALK_STREAM_OUT 1 /**< standard output */
#define ROPEWALK_STREAM_ERR 2 /**< standard error */

/** The functions of "ropewalk.output/1". */
typedef struct ropewalk_output {
  uint32_t struct_size; /**< sizeof this struct, as the host was compiled */
  uint32_t reserved;    /**< 0 */

  /** [task] Maximum output of this attempt's processes in bytes. */
  uint64_t (*limit)(const ropewalk_call* call);

  /** [task] Adds the next piece of a stream, in the order of reading. ROPEWALK_FAILED: the attempt exceeds its limit,
   * or the piece cannot be kept. The host has then recorded the reason. The plugin ends the writing processes and
   * returns ROPEWALK_FAILED from run() without calling fail(). */
  int32_t (*write)(ropewalk_call* call, int32_t stream, ropewalk_text piece);

  /** [task] Makes the complete stream the result at a position declared TEXT or BYTES. ROPEWALK_FAILED: no memory is
   * available for it, which the host has recorded as the failure. */
  int32_t (*result)(ropewalk_call* call, uint32_t position, int32_t stream);
} ropewalk_output;

/** The optional feature "ropewalk.processes/1". */
#define ROPEWALK_PROCESSES_FEATURE "ropewalk.processes/1"

/** The functions of "ropewalk.processes/1". */
typedef struct ropewalk_processes {
  uint32_t struct_size; /**< sizeof this struct, as the host was compiled */
  uint32_t reserved;    /**< 0 */

  /** [any] Reports the number of processes that the task's commands left running and that the plugin has killed. The
   * user is warned. */
  void (*left_behind)(ropewalk_call* call, uint64_t count);
} ropewalk_processes;

/** A task type. All functions but run may be NULL. */
typedef struct ropewalk_task_type {
  uint32_t struct_size; /**< sizeof this struct, as the plugin was compiled */
  uint32_t reserved;    /**< 0 */
  const char* name;     /**< [a-z][a-z0-9_-]* */
  void (*describe)(const ropewalk_host* host, ropewalk_types* types); /**< declares parameters and results */
  /** Called one at a time per process unless the type is THREAD_SAFE. `worker` is the value from open(). */
  int32_t (*run)(const ropewalk_host* host, ropewalk_call* call, void* worker);
  /** Once per worker, before its first task of this type and after its last. open() may fail: the
   * task then fails with the text passed to fail(), and the next task calls open() again. open() counts as part of the
   * task: the stage's `timeout` limits it, or 5 minutes if there is none. close() has 2 seconds; then the process ends.
   * The user is warned, once per stage, if open() or close() fails, crashes or hangs. */
  int32_t (*open)(const ropewalk_host* host, ropewalk_call* call, void** worker);
  void (*close)(const ropewalk_host* host, void* worker); /**< releases what open() has set up */
} ropewalk_task_type;

/** What ropewalk_plugin_v1() returns. */
typedef struct ropewalk_plugin {
  uint32_t struct_size;                        /**< sizeof this struct, as the plugin was compiled */
  uint32_t abi_minor;                          /**< the ROPEWALK_ABI_MINOR at compile time */
  uint32_t min_host_minor;                     /**< the oldest host that it supports */
  uint32_t task_type_count;                    /**< of task_types */
  const char* name;                            /**< equal to the file's name without .so */
  const char* version;                         /**< major.minor.patch */
  const ropewalk_task_type* const* task_types; /**< static */
} ropewalk_plugin;

/** The one exported symbol. It returns a static struct and does no work. */
typedef const ropewalk_plugin* (*ropewalk_plugin_entry)(void);

#if defined(__GNUC__)
/** Makes the entry visible outside of the plugin. */
#define ROPEWALK_EXPORT __attribute__((visibility("default")))
#else
#define ROPEWALK_EXPORT
#endif

/** What a plugin defines. */
ROPEWALK_EXPORT const ropewalk_plugin* ropewalk_plugin_v1(void);

#ifdef __cplusplus
}
#endif

#endif
