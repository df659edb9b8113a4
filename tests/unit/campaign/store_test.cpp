#include "orchestrator/campaign/store.hpp"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <sstream>

#include "orchestrator/campaign/identity.hpp"
#include "orchestrator/campaign/table_file.hpp"
#include "tests/unit/campaign/tools.hpp"

using namespace segue;
using namespace segue::campaign;
using namespace segue::test;

namespace {

namespace fs = std::filesystem;

constexpr const char* text =
    "mechanisms = [\"prompt-scheduled\"]\nprobes = [\"voip\", \"iperf-udp\"]\nrepetitions = 2\nhandovers = 3\n"
    "[sweep]\nlinks.map-ar1.delay = [\"1ms\", \"2ms\"]\n";

void fill(const Plan& plan, const fs::path& out) {
  const CampaignFolder folder(out, identity_of(plan), false);
  run_campaign(plan, folder, made_up_runs(), {});
  write_store(plan, folder, {});
}

std::vector<std::string> lines_of(const fs::path& file) {
  std::vector<std::string> lines;
  std::istringstream stream(text_of(file));
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// The rows of a query, each as CSV.
std::vector<std::string> query(const fs::path& file, const std::string& statement) {
  sqlite3* database = nullptr;
  REQUIRE(::sqlite3_open_v2(file.c_str(), &database, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK);
  sqlite3_stmt* prepared = nullptr;
  REQUIRE(::sqlite3_prepare_v2(database, statement.c_str(), -1, &prepared, nullptr) == SQLITE_OK);
  std::vector<std::string> rows;
  while (::sqlite3_step(prepared) == SQLITE_ROW) {
    std::string row;
    for (int i = 0; i < ::sqlite3_column_count(prepared); ++i) {
      if (i > 0) row += ',';
      const auto type = ::sqlite3_column_type(prepared, i);
      if (type == SQLITE_INTEGER) row += csv_text(Field(std::int64_t{::sqlite3_column_int64(prepared, i)}));
      if (type == SQLITE_FLOAT) row += csv_text(Field(::sqlite3_column_double(prepared, i)));
      if (type == SQLITE_TEXT)
        row += csv_text(std::string(reinterpret_cast<const char*>(::sqlite3_column_text(prepared, i))));
    }
    rows.push_back(row);
  }
  ::sqlite3_finalize(prepared);
  ::sqlite3_close(database);
  return rows;
}

}  // namespace

TEST_CASE("the CSV files and the tables of the database hold the same rows in the same order") {
  const Scratch scratch;
  const auto plan = plan_of(scratch, text);
  const auto out = scratch.path() / "out";
  fill(plan, out);
  for (const auto& shape : table_shapes(plan)) {
    CAPTURE(shape.name);
    auto lines = lines_of(out / (shape.name + ".csv"));
    REQUIRE(lines.size() > 1);
    lines.erase(lines.begin());
    CHECK(query(out / "campaign.sqlite", "SELECT * FROM \"" + shape.name + "\"") == lines);
  }
  CHECK(lines_of(out / "handovers.csv").size() == 1 + 4 * 2 * 3);
  CHECK(lines_of(out / "throughput.csv").size() == 1 + 4 * 6);
  CHECK(query(out / "campaign.sqlite", "SELECT \"links.map-ar1.delay\", count(*) FROM handovers GROUP BY 1") ==
        std::vector<std::string>{"1ms,12", "2ms,12"});
}

TEST_CASE("the dictionary names every column of every table") {
  const Scratch scratch;
  const auto plan = plan_of(scratch, text);
  const auto out = scratch.path() / "out";
  fill(plan, out);
  const auto dictionary = text_of(out / "README.md");
  for (const auto& shape : table_shapes(plan)) {
    CHECK(dictionary.find("## " + shape.name) != std::string::npos);
    std::string header;
    for (const auto& column : shape.columns) {
      CAPTURE(column.name);
      CHECK(dictionary.find("| `" + column.name + "` |") != std::string::npos);
      header += (header.empty() ? "" : ",") + column.name;
    }
    CHECK(lines_of(out / (shape.name + ".csv")).front() == header);
  }
}

TEST_CASE("two campaigns of the same runs leave the same bytes, and packets only if they are asked for") {
  const Scratch scratch;
  const auto plan = plan_of(scratch, text);
  fill(plan, scratch.path() / "a");
  fill(plan, scratch.path() / "b");
  CHECK(files_of(scratch.path() / "a") == files_of(scratch.path() / "b"));
  const auto keeping = plan_of(scratch, std::string("keep-packets = true\n") + text);
  fill(keeping, scratch.path() / "c");
  const fs::path result = "runs/c000-r01/result.json";
  CHECK(fs::file_size(scratch.path() / "c" / result) > fs::file_size(scratch.path() / "a" / result));
}

TEST_CASE("what it was made from lies beside the results, and can be run again from there") {
  const Scratch scratch;
  const auto plan = plan_of(scratch, text);
  const auto out = scratch.path() / "out";
  fill(plan, out);
  CHECK(text_of(out / "lab/prompt/topology.toml") == text_of(paper_lab() / "topology.toml"));
  CHECK(text_of(out / "lab/prompt/mechanisms/prompt-scheduled.toml") ==
        text_of(paper_lab() / "mechanisms/prompt-scheduled.toml"));
  CHECK(text_of(out / "lab/prompt/campaigns/x.toml") == text_of(plan.campaign.file));
}

TEST_CASE("fields of CSV are quoted where they have to be") {
  CHECK(csv_text(Field()).empty());
  CHECK(csv_text(Field(std::int64_t{-3})) == "-3");
  CHECK(csv_text(Field(0.1)) == "0.1");
  CHECK(csv_text(Field(0.0 / 0.0)).empty());
  CHECK(csv_text(Field(std::string("a b"))) == "a b");
  CHECK(csv_text(Field(std::string("a,\"b\"\nc"))) == "\"a,\"\"b\"\"\nc\"");
}
