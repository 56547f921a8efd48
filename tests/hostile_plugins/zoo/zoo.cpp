// The plugin zoo.

#include "tasks.hpp"

using ropewalk::task;
using zoo::Deed;

ROPEWALK_PLUGIN(
    "zoo", "1.0.0",
    // the process dies
    task<Deed<zoo::kill_self>>("kill_self"), task<Deed<zoo::segv>>("segv"), task<Deed<zoo::bus>>("bus"),
    task<Deed<zoo::wild_write>>("wild_write"), task<Deed<zoo::damaged_pointer>>("damaged_pointer"),
    task<Deed<zoo::thread_segv>>("thread_segv"), task<Deed<zoo::call_null>>("call_null"), task<Deed<zoo::fpe>>("fpe"),
    task<Deed<zoo::ill>>("ill"), task<Deed<zoo::abort_self>>("abort"), task<Deed<zoo::exit0>>("exit0"),
    task<Deed<zoo::exit3>>("exit3"), task<Deed<zoo::exit_fast>>("exit_fast"),
    task<Deed<zoo::quick_exit0>>("quick_exit"), task<Deed<zoo::throw_noexcept>>("throw_noexcept"),
    task<Deed<zoo::terminate_from_thread>>("terminate_from_thread"), task<Deed<zoo::stack_overflow>>("stack_overflow"),
    task<Deed<zoo::double_free>>("double_free"), task<zoo::DieAt>("die_at"),
    // the process does not end
    task<Deed<zoo::stop_self>>("stop_self"), task<Deed<zoo::sigterm_ignored>>("sigterm_ignored"),
    task<Deed<zoo::spin_for_ever>>("spin_for_ever"),
    // the process is harmed and continues
    task<Deed<zoo::throw_int>>("throw_int"), task<Deed<zoo::throw_nested>>("throw_nested"),
    task<Deed<zoo::throw_empty>>("throw_empty"), task<Deed<zoo::throw_long>>("throw_long"),
    task<Deed<zoo::thread_exit>>("thread_exit"), task<Deed<zoo::scribble_fds>>("scribble_fds"),
    task<Deed<zoo::close_fds>>("close_fds"), task<Deed<zoo::fork_child_lingers>>("fork_child_lingers"),
    task<Deed<zoo::setsid_child>>("setsid_child"), task<Deed<zoo::leak_thread>>("leak_thread"),
    task<Deed<zoo::reap_all>>("reap_all"), task<Deed<zoo::block_signals>>("block_signals"),
    task<Deed<zoo::bad_position>>("bad_position"), task<Deed<zoo::fail_without_reason>>("fail_without_reason"),
    task<zoo::ChangeFolder>("chdir"), task<zoo::Drift>("drift"), task<zoo::WrongType>("wrong_type"),
    task<zoo::LeakFds>("leak_fds"), task<zoo::LeakMemory>("leak_memory"), task<zoo::Print>("print"),
    // the task behaves
    task<zoo::BigResult>("big_result"), task<zoo::BufferResult>("buffer_result"), task<zoo::NulText>("nul_text"),
    task<zoo::Effects>("effects"), task<zoo::Rendezvous>("rendezvous"), task<zoo::Who>("who"),
    task<zoo::Count>("count"), task<zoo::BadWorker>("bad_worker"), task<zoo::Alone>("alone"),
    task<zoo::EveryType>("every_type"), task<zoo::Talk>("talk"), task<zoo::PollToStop>("poll_to_stop"),
    task<zoo::Narrow>("narrow"), task<zoo::FailThenMeet>("fail_then_meet"))
