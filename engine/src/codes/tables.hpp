#pragma once
// The parts of the table of explanations, one per file.

#include <ropewalk/explanation.hpp>

#include <span>

namespace ropewalk {

std::span<const Explanation> file_codes();        ///< W1
std::span<const Explanation> key_codes();         ///< W2, names and values
std::span<const Explanation> rule_codes();        ///< W2, invalid combinations
std::span<const Explanation> expression_codes();  ///< W3
std::span<const Explanation> plugin_codes();      ///< P
std::span<const Explanation> command_codes();     ///< C
std::span<const Explanation> running_codes();     ///< R

}  // namespace ropewalk
