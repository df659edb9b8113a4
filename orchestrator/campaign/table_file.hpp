// A table of the store as it is written: to a CSV file (RFC 4180) and into the database, row by row.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <variant>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace segue::campaign {

// Nothing, which is an empty field and NULL; a whole number; a number, NaN being nothing; a text.
using Field = std::variant<std::monostate, std::int64_t, double, std::string>;

// One SQLite file, made anew. Its bytes follow from what is written and the library's version: no clock, no random
// numbers, and one transaction. Throws Error naming the file and the attempt.
class Database {
 public:
  explicit Database(std::filesystem::path path);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  void execute(const std::string& statement);
  sqlite3_stmt* prepare(const std::string& statement);  // the caller finalises it
  void check(int result, const std::string& attempt) const;
  void finish();  // commits and closes

 private:
  std::filesystem::path path_;
  sqlite3* handle_ = nullptr;
};

struct TableShape;

class TableFile {
 public:
  TableFile(const TableShape& shape, const std::filesystem::path& csv, Database& database);
  TableFile(const TableFile&) = delete;
  TableFile& operator=(const TableFile&) = delete;
  ~TableFile();

  void add(const std::vector<Field>& row);
  void finish();  // on disk when it returns

 private:
  std::filesystem::path path_;
  std::ofstream csv_;
  Database& database_;
  sqlite3_stmt* insert_ = nullptr;
};

std::string csv_text(const Field& field);

}  // namespace segue::campaign
