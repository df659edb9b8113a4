#include "orchestrator/campaign/folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <utility>

#include "nodes/base/error.hpp"
#include "orchestrator/campaign/identity.hpp"
#include "orchestrator/config/document.hpp"
#include "orchestrator/files/whole_file.hpp"

namespace segue::campaign {

namespace {

namespace fs = std::filesystem;

constexpr const char* identity_name = "campaign.json";
constexpr const char* aside_name = ".aside";
constexpr std::size_t largest_result = std::size_t{1} << 30;

bool holds_nothing(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename() != aside_name) return false;
  }
  return true;
}

void put(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (!error) return;
  std::error_code ignored;
  fs::remove_all(from, ignored);
  throw Error(fmt::format("write {}: {}", to.string(), error.message()));
}

}  // namespace

CampaignFolder::CampaignFolder(fs::path path, const std::string& identity, bool resume)
    : path_(std::move(path)), aside_(path_ / aside_name) {
  std::error_code error;
  const auto shown = path_.string();
  if (fs::exists(path_, error) && !fs::is_directory(path_, error)) {
    throw InputError(fmt::format("--out {}: it is no folder", shown));
  }
  const bool there = fs::exists(path_ / identity_name, error);
  if (there && !resume) {
    throw InputError(fmt::format(
        "--out {}: it holds a campaign; --resume goes on with it, another folder keeps it. Nothing is overwritten",
        shown));
  }
  if (there) require_same(shown, config::read_file(path_ / identity_name, largest_result), identity);
  if (!there && fs::exists(path_, error) && !holds_nothing(path_)) {
    throw InputError(fmt::format("--out {}: it holds something that is no campaign; nothing is overwritten", shown));
  }
  for (fs::path folder = path_; !folder.empty() && !fs::exists(folder, error); folder = folder.parent_path()) {
    made_.push_back(folder);
  }
  fs::create_directories(path_, error);
  if (error) throw Error(fmt::format("create {}: {}", shown, error.message()));
  lock_ = Fd(check(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open " + shown));
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) < 0) {
    if (errno == EWOULDBLOCK) throw Error(fmt::format("--out {}: a campaign is running in it", shown));
    throw_errno("lock " + shown);
  }
  try {
    make(identity, there);
  } catch (const Error&) {
    clean_up();
    throw;
  }
}

CampaignFolder::~CampaignFolder() { clean_up(); }

void CampaignFolder::make(const std::string& identity, bool there) {
  std::error_code error;
  fs::remove_all(aside_, error);  // what an interrupted one left
  fs::create_directories(aside_, error);
  if (error) throw Error(fmt::format("create {}: {}", aside_.string(), error.message()));
  if (!there) write(identity_name, identity);
  fs::create_directories(path_ / "runs", error);
  if (error) throw Error(fmt::format("create {}: {}", (path_ / "runs").string(), error.message()));
}

void CampaignFolder::clean_up() noexcept {
  std::error_code ignored;
  fs::remove_all(aside_, ignored);
  if (fs::exists(path_ / identity_name, ignored)) return;
  for (const auto& folder : made_) fs::remove(folder, ignored);
}

std::vector<RunKey> CampaignFolder::finished() const { return finished_runs(path_); }

std::vector<RunKey> finished_runs(const fs::path& out) {
  std::vector<RunKey> runs;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(out / "runs", error)) {
    if (const auto run = run_named(entry.path().filename().string())) runs.push_back(*run);
  }
  // How many attempts came before the last one is told by their folders.
  std::map<std::pair<std::size_t, unsigned>, unsigned> repeated;
  for (const auto& run : runs) repeated[{run.cell, run.repetition}] += run.last ? 0 : 1;
  for (auto& run : runs) {
    if (run.last) run.attempt = repeated[{run.cell, run.repetition}];
  }
  std::sort(runs.begin(), runs.end());
  return runs;
}

void CampaignFolder::store(const RunKey& run, const record::RunResult& result) const {
  const auto name = to_text(run);
  const auto folder = aside_ / name;
  std::error_code error;
  fs::create_directory(folder, error);
  if (error) throw Error(fmt::format("create {}: {}", folder.string(), error.message()));
  files::write_file(folder / "result.json", to_json(result) + '\n');
  put(folder, path_ / "runs" / name);
}

record::RunResult load_result(const fs::path& file) {
  try {
    return record::result_from_json(config::read_file(file, largest_result));
  } catch (const InputError&) {
    throw;
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", file.string(), error.what()));
  }
}

record::RunResult CampaignFolder::load(const RunKey& run) const {
  return load_result(path_ / "runs" / to_text(run) / "result.json");
}

void CampaignFolder::write(const fs::path& name, const std::string& text) const {
  const auto part = aside_ / name.filename();
  std::error_code error;
  if (name.has_parent_path()) fs::create_directories(path_ / name.parent_path(), error);
  if (error) throw Error(fmt::format("create {}: {}", (path_ / name).parent_path().string(), error.message()));
  files::write_file(part, text);
  put(part, path_ / name);
}

void CampaignFolder::require_space() const {
  struct statvfs disk {};
  if (::statvfs(path_.c_str(), &disk) == 0 && disk.f_bavail * disk.f_frsize < (1U << 16)) {
    throw Error(fmt::format("{}: no space left on this disk", path_.string()));
  }
}

}  // namespace segue::campaign
