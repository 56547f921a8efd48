/** @file
 * Plugins that a program contains. A program that embeds the engine defines task types in its own sources, and links
 * them instead of loading them from a file. To run them, the engine starts the program's own file again as a host: a
 * task that crashes costs that task, as with every plugin.
 *
 * This header is for plugins in C. In C++ include linked_plugin.hpp, which has ROPEWALK_LINKED_PLUGIN().
 */
#ifndef ROPEWALK_LINKED_PLUGIN_H
#define ROPEWALK_LINKED_PLUGIN_H

#include <ropewalk/sdk/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The entry of a linked plugin in the program's list. ROPEWALK_LINKED_ENTRY() makes one. */
typedef struct ropewalk_linked_plugin {
  uint32_t struct_size;        /**< sizeof this struct, as its writer was compiled */
  uint32_t reserved;           /**< 0 */
  const char* name;            /**< equal to that of the plugin */
  ropewalk_plugin_entry entry; /**< returns the plugin; called in hosts only */
  void (*host)(void);          /**< &ropewalk_linked_host, which links the host into the program */
} ropewalk_linked_plugin;

/** Does nothing. A program that refers to it contains the host. */
void ropewalk_linked_host(void);

#ifdef __cplusplus
}
#endif

/** @cond */
/* The linker joins the section of all sources, and defines __start_ropewalk_linked and __stop_ropewalk_linked. It has
 * pointers, because compilers may align larger objects to more than their size. */
#if defined(__has_attribute)
#if __has_attribute(retain)
#define ROPEWALK_LINKED_SECTION __attribute__((used, retain, section("ropewalk_linked")))
#endif
#endif
#ifndef ROPEWALK_LINKED_SECTION
#define ROPEWALK_LINKED_SECTION __attribute__((used, section("ropewalk_linked")))
#endif
#define ROPEWALK_LINKED_LIST_(id, plugin_name, function)                                                             \
  static const ropewalk_linked_plugin ropewalk_linked_plugin_##id = {sizeof(ropewalk_linked_plugin), 0, plugin_name, \
                                                                     function, ropewalk_linked_host};                \
  ROPEWALK_LINKED_SECTION static const ropewalk_linked_plugin* const ropewalk_linked_listed_##id =                   \
      &ropewalk_linked_plugin_##id;
#define ROPEWALK_LINKED_LIST(id, plugin_name, function) ROPEWALK_LINKED_LIST_(id, plugin_name, function)
/** @endcond */

/** Links a plugin by its entry, a function as ropewalk_plugin_v1() of abi.h under any name. `plugin_name` is a string,
 * equal to ropewalk_plugin::name. Used at file scope, in a source of the program itself: an object file that the linker
 * takes from an archive only if something refers to it may be missing. */
#define ROPEWALK_LINKED_ENTRY(plugin_name, function) ROPEWALK_LINKED_LIST(__COUNTER__, plugin_name, function)

#endif
