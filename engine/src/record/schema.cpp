#include "record/schema.hpp"

#include "base/fd.hpp"
#include "base/text.hpp"
#include "record/big_endian.hpp"
#include "record/schema_tables.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace ropewalk::record {
namespace {

constexpr std::size_t kHeaderBytes = 100;
constexpr std::string_view kMagic{"SQLite format 3\0", 16};

std::string shown(const std::filesystem::path& file) { return escape_for_display(file.string()); }

Errors foreign(const std::filesystem::path& file, std::string_view what) {
  return Error{codes::kRecordForeign,
               fmt::format("'{}' is no record of a run: {}", shown(file), what),
               {},
               {"name a run.db that 'ropewalk run' has written, or its folder"}};
}

/// A run that was killed before its first transaction.
Errors without_run(const std::filesystem::path& file) {
  return Error{codes::kNoRecord,
               fmt::format("the record '{}' is empty: its run was killed before anything was recorded", shown(file)),
               {},
               {"start the workflow again"}};
}

Result<void> check_versions(std::int64_t application, std::int64_t version, const std::filesystem::path& file) {
  if (application != kApplicationId) return foreign(file, "another program has made this database");
  if (version > kSchemaVersion)
    return Errors(
        Error{codes::kRecordVersion,
              fmt::format("the record '{}' has version {} of the schema, and this ropewalk reads versions up to {}",
                          shown(file), version, kSchemaVersion),
              {},
              {"read it with the version of ropewalk that wrote it, or a newer one"}});
  if (version < 1) return damaged(file, fmt::format("it says that its schema has version {}", version));
  return {};
}

}  // namespace

Errors damaged(const std::filesystem::path& file, std::string_view how) {
  return Error{codes::kRecordDamaged,
               fmt::format("the record '{}' is damaged: {}", shown(file), how),
               {},
               {"restore the file from a copy, or run the workflow again; Ropewalk repairs no record"}};
}

bool create_schema(Database& database) {
  const std::string identity =
      fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {};", kApplicationId, kSchemaVersion);
  return database.run(identity.c_str()) && database.run(kTables);
}

Result<void> check_file(const std::filesystem::path& file, bool log) {
  const Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat about {};
  if (!fd || ::fstat(fd.get(), &about) != 0)
    return Errors(Error{codes::kNoRecord,
                        fmt::format("cannot open the record '{}': {}", shown(file), std::strerror(errno)),
                        {},
                        {"'ropewalk runs' lists the runs; a record is the file run.db in the folder of its run"}});
  if (!S_ISREG(about.st_mode)) return foreign(file, "it is not a file");
  std::array<char, kHeaderBytes> header{};
  const std::int64_t got = read_at(fd.get(), header.data(), header.size(), 0);
  if (got < 0) return damaged(file, std::strerror(errno));
  // A run that was killed while it began: its tables may be in the log alone.
  if (got == 0 && log) return {};
  if (got == 0) return damaged(file, "it is empty");
  if (std::string_view(header.data(), static_cast<std::size_t>(got)).substr(0, kMagic.size()) != kMagic)
    return foreign(file, "it is not a SQLite database");
  if (got < static_cast<std::int64_t>(header.size()))
    return damaged(file, fmt::format("it is cut short: it has {} bytes", got));
  const std::uint32_t raw_page = static_cast<unsigned char>(header[16]) << 8 | static_cast<unsigned char>(header[17]);
  const std::uint64_t page = raw_page == 1 ? 65536 : raw_page;
  const std::uint64_t wanted = page * big_endian(&header[28]);
  const auto size = static_cast<std::uint64_t>(about.st_size);
  if (page < 512 || (page & (page - 1)) != 0) return damaged(file, "its header names an impossible page size");
  if (!log && size < wanted) return damaged(file, fmt::format("it is cut short: it has {} bytes of {}", size, wanted));
  if (log) return {};  // which may hold a newer header
  // SQLite makes a header before the first table, which has a page of its own.
  if (wanted <= page && big_endian(&header[68]) == 0) return without_run(file);
  return check_versions(static_cast<std::int32_t>(big_endian(&header[68])),
                        static_cast<std::int32_t>(big_endian(&header[60])), file);
}

Result<void> check_schema(Database& database, const std::filesystem::path& file) {
  const auto application = database.number("PRAGMA application_id"), version = database.number("PRAGMA user_version");
  if (!application || !version) return unreadable(database, file);
  if (*application == 0 && database.number("SELECT count(*) FROM sqlite_schema") == 0) return without_run(file);
  if (const auto good = check_versions(*application, *version, file); !good) return good.error();
  if (!database.number("SELECT count(*) FROM run")) return unreadable(database, file);
  return {};
}

Errors unreadable(const Database& database, const std::filesystem::path& file) {
  switch (database.code()) {
    case SQLITE_NOTADB: return foreign(file, database.problem());
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return Error{codes::kNoRecord,
                   fmt::format("cannot open the record '{}': {}", shown(file), database.problem()),
                   {},
                   {"'ropewalk runs' lists the runs; a record is the file run.db in the folder of its run"}};
    case SQLITE_BUSY:
      return Error{codes::kRecordInUse,
                   fmt::format("the record '{}' is in use: {}", shown(file), database.problem()),
                   {},
                   {"try again when the other process has finished"}};
    default: return damaged(file, database.problem());
  }
}

}  // namespace ropewalk::record
