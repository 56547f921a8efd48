// Keeps the deaths in these tests the same signals under a sanitizer as without one. Neither called nor exported in a
// build without sanitizers.

extern "C" {

const char* __asan_default_options();
const char* __tsan_default_options();

const char* __asan_default_options() {
  return "handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:handle_abort=0:abort_on_error=1";
}
const char* __tsan_default_options() {
  return "handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:handle_abort=0:abort_on_error=1";
}

}  // extern "C"
