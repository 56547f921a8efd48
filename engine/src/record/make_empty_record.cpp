// Part of the build: writes the C++ source of an empty record, as SQLite makes it of the tables.
// usage: make_empty_record OUTPUT

#include "record/schema_tables.hpp"

#include <sqlite3.h>

#include <cstdio>
#include <string>

namespace {

int fail(const char* what) {
  std::fprintf(stderr, "make_empty_record: %s\n", what);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return fail("usage: make_empty_record OUTPUT");
  const std::string sql = "PRAGMA application_id = " + std::to_string(ropewalk::record::kApplicationId) +
                          "; PRAGMA user_version = " + std::to_string(ropewalk::record::kSchemaVersion) + "; BEGIN;" +
                          ropewalk::record::kTables + "COMMIT";
  sqlite3* database = nullptr;
  if (::sqlite3_open(":memory:", &database) != SQLITE_OK) return fail("cannot open a database in memory");
  if (::sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    return fail(::sqlite3_errmsg(database));
  sqlite3_int64 size = 0;
  unsigned char* const bytes = ::sqlite3_serialize(database, "main", &size, 0);
  std::FILE* const out = std::fopen(argv[1], "w");
  if (bytes == nullptr || out == nullptr) return fail("cannot write the output");
  std::fputs(
      "#include \"record/empty_record.hpp\"\n\nnamespace ropewalk::record {\nnamespace {\n\n"
      "constexpr unsigned char kBytes[] = {",
      out);
  for (sqlite3_int64 i = 0; i < size; ++i) std::fprintf(out, "%s%d,", i % 32 == 0 ? "\n  " : "", bytes[i]);
  std::fputs(
      "\n};\n\n}  // namespace\n\nstd::string_view empty_record() {\n"
      "  return {reinterpret_cast<const char*>(kBytes), sizeof kBytes};\n}\n\n}  // namespace ropewalk::record\n",
      out);
  ::sqlite3_free(bytes);
  ::sqlite3_close(database);
  return std::fclose(out) == 0 ? 0 : fail("cannot write the output");
}
