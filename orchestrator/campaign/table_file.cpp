#include "orchestrator/campaign/table_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cmath>

#include "nodes/base/error.hpp"
#include "nodes/base/fd.hpp"
#include "orchestrator/campaign/store.hpp"

namespace segue::campaign {

namespace {

std::string quoted(const std::string& name) {
  std::string text = "\"";
  for (const char c : name) text += c == '"' ? "\"\"" : std::string(1, c);
  return text + '"';
}

[[noreturn]] void refuse(const std::filesystem::path& path) {
  throw Error(fmt::format("write {}: is the disk full?", path.string()));
}

}  // namespace

Database::Database(std::filesystem::path path) : path_(std::move(path)) {
  check(::sqlite3_open(path_.c_str(), &handle_), "open");
  execute("PRAGMA page_size = 4096");
  execute("PRAGMA journal_mode = OFF");  // an aborted file is thrown away whole
  execute("PRAGMA synchronous = OFF");
  execute("BEGIN");
}

Database::~Database() { ::sqlite3_close(handle_); }

void Database::check(int result, const std::string& attempt) const {
  if (result == SQLITE_OK || result == SQLITE_DONE || result == SQLITE_ROW) return;
  throw Error(fmt::format("write {}: {}: {}", path_.string(), attempt, ::sqlite3_errmsg(handle_)));
}

void Database::execute(const std::string& statement) {
  check(::sqlite3_exec(handle_, statement.c_str(), nullptr, nullptr, nullptr), statement);
}

sqlite3_stmt* Database::prepare(const std::string& statement) {
  sqlite3_stmt* prepared = nullptr;
  check(::sqlite3_prepare_v2(handle_, statement.c_str(), -1, &prepared, nullptr), statement);
  return prepared;
}

void Database::finish() {
  execute("COMMIT");
  check(::sqlite3_close(handle_), "close");
  handle_ = nullptr;
  const auto attempt = "write " + path_.string();
  const Fd file(segue::check(::open(path_.c_str(), O_RDONLY | O_CLOEXEC), attempt));
  segue::check(::fsync(file.get()), attempt);
}

std::string csv_text(const Field& field) {
  if (const auto* number = std::get_if<std::int64_t>(&field)) return std::to_string(*number);
  if (const auto* number = std::get_if<double>(&field)) return std::isnan(*number) ? "" : fmt::format("{}", *number);
  const auto* text = std::get_if<std::string>(&field);
  if (text == nullptr) return {};
  if (text->find_first_of(",\"\r\n") == std::string::npos) return *text;
  return quoted(*text);
}

TableFile::TableFile(const TableShape& shape, const std::filesystem::path& csv, Database& database)
    : path_(csv), csv_(csv, std::ios::binary), database_(database) {
  std::string columns;
  std::string marks;
  std::string header;
  for (const auto& column : shape.columns) {
    const char* comma = columns.empty() ? "" : ", ";
    columns += fmt::format("{}{} {}", comma, quoted(column.name), column.type);
    marks += fmt::format("{}?", comma);
    header += fmt::format("{}{}", header.empty() ? "" : ",", csv_text(Field(column.name)));
  }
  csv_ << header << '\n';
  database_.execute(fmt::format("CREATE TABLE {} ({})", quoted(shape.name), columns));
  insert_ = database_.prepare(fmt::format("INSERT INTO {} VALUES ({})", quoted(shape.name), marks));
}

TableFile::~TableFile() { ::sqlite3_finalize(insert_); }

void TableFile::add(const std::vector<Field>& row) {
  std::string line;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i > 0) line += ',';
    line += csv_text(row[i]);
    const int at = static_cast<int>(i) + 1;
    if (const auto* whole = std::get_if<std::int64_t>(&row[i])) {
      ::sqlite3_bind_int64(insert_, at, *whole);
    } else if (const auto* number = std::get_if<double>(&row[i])) {
      ::sqlite3_bind_double(insert_, at, *number);  // NaN becomes NULL
    } else if (const auto* text = std::get_if<std::string>(&row[i])) {
      ::sqlite3_bind_text(insert_, at, text->data(), static_cast<int>(text->size()), SQLITE_TRANSIENT);
    } else {
      ::sqlite3_bind_null(insert_, at);
    }
  }
  csv_ << line << '\n';
  if (!csv_) refuse(path_);
  database_.check(::sqlite3_step(insert_), "insert a row");
  ::sqlite3_reset(insert_);
}

void TableFile::finish() {
  ::sqlite3_finalize(insert_);
  insert_ = nullptr;
  csv_.close();
  if (!csv_) refuse(path_);
  const auto attempt = "write " + path_.string();
  const Fd file(check(::open(path_.c_str(), O_RDONLY | O_CLOEXEC), attempt));
  check(::fsync(file.get()), attempt);
}

}  // namespace segue::campaign
