#include "executors/host_slots.hpp"

#include "base/file_limit.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace ropewalk {
namespace {

constexpr std::uint32_t kMaxTeams = 4;  // the stage's hosts, those that are on their way out, and those of suspects

/// The smaller of the stage's and the user's.
std::optional<std::uint64_t> file_limit(const PlannedStage& stage) {
  const std::optional<std::uint64_t> users = users_file_limit();
  return users && stage.limits.file_bytes ? std::min(*users, *stage.limits.file_bytes)
         : users                          ? users
                                          : stage.limits.file_bytes;
}

/// Tasks that say how many cores they use share the others with the commands that they run.
Environment environment_of(const PlannedStage& stage, HostPool& pool) {
  Environment environment = stage.env;
  if (stage.cores == 0) return environment;
  if (std::string path = pool.job_tokens().path(); !path.empty())
    environment.emplace(kJobTokensVariable, std::move(path));
  return environment;
}

HostKey key_for(const PlannedStage& stage, const Placement& placement, const StageSetting& setting, HostPool& pool) {
  return {.plugin = build_of(*stage.plugin),
          .workers = placement.workers_per_host,
          .thread_per_task = placement.thread_per_task,
          .one_task = placement.host_per_task,
          .few_tasks = setting.tasks && *setting.tasks <= std::uint64_t{board::Layout::kFewItems} * placement.hosts *
                                                              placement.workers_per_host,
          .limits = {.memory_bytes = stage.limits.memory_bytes,
                     .cpu_time_ns = {},
                     .file_bytes = file_limit(stage),
                     .output_bytes = stage.limits.output_bytes},
          .env = environment_of(stage, pool)};
}

}  // namespace

HostSlots::HostSlots(HostPool& pool, const PlannedStage& stage, const Placement& placement, const StageSetting& setting,
                     std::uint64_t recycle_after)
    : pool_(pool),
      stage_(stage),
      placement_(placement),
      setting_(setting),
      recycle_after_(recycle_after),
      key_(key_for(stage, placement, setting, pool)),
      quota_(placement.hosts) {}

HostSlots::~HostSlots() {
  for (const std::unique_ptr<HostSlot>& slot : slots_) {
    const bool retired = slot->life.has_been(SlotState::retiring);
    // A host that has changed, or is short of something, is no use to the next stage.
    if (slot->as_new() && slot->idle() && !retired && !slot->life.has_been(SlotState::killed))
      pool_.give_back(*slot->host);
    else
      pool_.discard(*slot->host, !retired);
  }
}

Result<HostSlot*> HostSlots::add(SlotKind kind) {
  HostKey key = key_;
  if (kind == SlotKind::isolated)
    key.workers = 1, key.thread_per_task = false, key.one_task = true;
  else
    key.workers = std::min({key.workers, missing_workers(), quota_.workers_per_host()});
  Result<HostProcess*> host = pool_.lease(key);
  if (!host) return host.error();
  auto slot = std::make_unique<HostSlot>(**host, kind, pool_.now_ns());
  if (stage_.type().closes) slot->host->set_opener(stage_.name);
  slot->stage =
      slot->host->add_stage({.task_type = static_cast<std::uint32_t>(stage_.task_type),
                             .stage = stage_.name,
                             .run_id = setting_.run_id,
                             .constants = setting_.constants,
                             .varying = setting_.varying,
                             .timeout_ns = stage_.timeout_ns,
                             .rests_after_failure = stage_.on_error == OnError::stop && !slot->host->key()->one_task,
                             .first_index = static_cast<std::int64_t>(stage_.first_index),
                             .awaits_debugger = stage_.awaits_debugger,
                             .blobs = setting_.blobs});
  slots_.push_back(std::move(slot));
  std::uint32_t at_once = 0;
  for (const std::unique_ptr<HostSlot>& each : slots_) at_once += !each->host->dead() && !each->has_run_its_task();
  most_ = std::max(most_, at_once);
  return slots_.back().get();
}

std::unique_ptr<HostSlot> HostSlots::remove(std::size_t index) {
  std::unique_ptr<HostSlot> slot = std::move(slots_[index]);
  slots_.erase(slots_.begin() + static_cast<std::ptrdiff_t>(index));
  return slot;
}

void HostSlots::end_if_idle(HostSlot& slot) {
  if (slot.life.state() != SlotState::retiring || slot.host->dead() || !slot.idle()) return;
  slot.life.move(SlotState::ending, pool_.now_ns());
  slot.host->end();
}

void HostSlots::kill(HostSlot& slot) {
  if (!slot.life.kill(pool_.now_ns())) return;
  if (slot.running_tasks() != 0) slot.note_wait();  // the kernel forgets it with the process
  pool_.kill(*slot.host);
}

void HostSlots::kill_for(HostSlot& slot, DeathCause why) {
  if (slot.cause != DeathCause::unknown) return;
  slot.cause = why;
  const bool began =
      std::any_of(slot.lanes.begin(), slot.lanes.end(), [](const Lane& lane) { return lane.dealer->begun() != 0; });
  if (why == DeathCause::standstill && !began) pool_.kill_zygote_of(*slot.host);
  kill(slot);
}

void HostSlots::note_progress(HostSlot& slot) {
  if (slot.life.has_worked()) return quota_.back_off().progressed();
  slot.life.begin_work(pool_.now_ns());
  quota_.back_off().host_works();
}

bool HostSlots::may_grow() const { return slots_.size() < std::size_t{kMaxTeams} * placement_.hosts; }

std::uint64_t HostSlots::may_take(const HostSlot& slot) const {
  if (recycle_after_ == 0) return std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t taken = slot.items_taken();
  return recycle_after_ > taken ? recycle_after_ - taken : 0;
}

std::size_t HostSlots::busy_workers() const {
  std::size_t busy = 0;
  for (const std::unique_ptr<HostSlot>& slot : slots_)
    if (!slot->host->dead()) busy += slot->busy_workers();
  return busy;
}

bool HostSlots::any_works() const {
  return std::any_of(slots_.begin(), slots_.end(), [](const std::unique_ptr<HostSlot>& slot) {
    return slot->life.has_worked() && !slot->life.has_been(SlotState::killed) && !slot->host->dead();
  });
}

std::uint32_t HostSlots::alive(Counting counting) const {
  std::uint32_t alive = 0;
  for (const std::unique_ptr<HostSlot>& slot : slots_)
    alive += !slot->host->dead() && (counting == Counting::on_their_way || slot->host->pid() != 0);
  return alive;
}

std::size_t HostSlots::workers() const {
  std::size_t there = 0;
  for (const std::unique_ptr<HostSlot>& slot : slots_)
    if (slot->has_a_place()) there += slot->lanes.size();
  return there;
}

bool HostSlots::has_all_workers() const { return workers() >= std::max(setting_.workers, 1u); }

/// Of the stage's workers; at least 1.
std::uint32_t HostSlots::missing_workers() const {
  const std::size_t there = workers(), all = std::max(setting_.workers, 1u);
  return there < all ? static_cast<std::uint32_t>(all - there) : 1;
}

}  // namespace ropewalk
