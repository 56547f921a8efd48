#pragma once
// The valid keys of every kind of map in a workflow. The form readers check against these tables, and the JSON Schema
// is generated from them.

#include "workflow/keys.hpp"

namespace ropewalk {

const KeyTable& workflow_keys();
const KeyTable& requires_keys();
const KeyTable& plugins_keys();
const KeyTable& param_keys();
const KeyTable& defaults_keys();
const KeyTable& stage_keys();
const KeyTable& foreach_keys();
const KeyTable& range_keys();
const KeyTable& lines_keys();
const KeyTable& blocks_keys();
const KeyTable& retries_keys();
const KeyTable& failure_keys();
const KeyTable& on_error_keys();
const KeyTable& limits_keys();

}  // namespace ropewalk
