// A program that embeds the engine and links no plugin.

#include <ropewalk/engine.hpp>

#include <cstdio>

int main() {
  ropewalk::Engine engine;
  const auto plugin = engine.plugin("kit");
  std::puts(plugin ? "found" : plugin.error().list.front().code.c_str());
}
