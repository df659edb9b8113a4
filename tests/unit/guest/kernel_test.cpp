#include "orchestrator/guest/kernel.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "nodes/base/error.hpp"
#include "orchestrator/guest/kernel_cache.hpp"
#include "orchestrator/guest/options.hpp"
#include "orchestrator/guest/source_changes.hpp"

using namespace segue;
using namespace segue::guest;
namespace fs = std::filesystem;

namespace {

// A cache folder of the test's own.
struct Cache {
  Cache() {
    std::string name = fs::temp_directory_path() / "segue-kernel-test-XXXXXX";
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
    ::setenv("XDG_CACHE_HOME", path.c_str(), 1);
  }
  ~Cache() {
    ::unsetenv("XDG_CACHE_HOME");
    fs::remove_all(path);
  }
  fs::path keep(const std::string& name) const {
    auto kernel = path / "segue" / name / "linux";
    fs::create_directories(kernel.parent_path());
    std::ofstream(kernel) << "kernel";
    fs::permissions(kernel, fs::perms::owner_all);
    return kernel;
  }
  fs::path path;
};

std::string hash() { return kernel_hash(); }

}  // namespace

TEST_CASE("without a kernel in the cache the path says where one would be") {
  const Cache cache;
  CHECK_FALSE(kernel_built());
  const auto path = kernel_path();
  CHECK(path.native().starts_with((cache.path / "segue" / "kernel-6.12").native()));
  CHECK(path.native().ends_with(hash() + "/linux"));
}

TEST_CASE("the newest kernel with this program's options is taken, by the numbers of its version") {
  const Cache cache;
  cache.keep("kernel-6.12.9-" + hash());
  const auto newest = cache.keep("kernel-6.12.117-" + hash());
  cache.keep("kernel-6.18.1-00000000");
  fs::create_directories(cache.path / "segue" / ("kernel-7.0.0-" + hash()));
  CHECK(kernel_built());
  CHECK(kernel_path() == newest);
}

TEST_CASE("the version of a source tree is that of its Makefile") {
  const Cache cache;
  std::ofstream(cache.path / "Makefile") << "# SPDX\nVERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 117\nEXTRAVERSION =\n";
  CHECK(source_version(cache.path) == "6.12.117");
  std::ofstream(cache.path / "Makefile") << "all:\n";
  CHECK_THROWS_WITH_AS(source_version(cache.path), doctest::Contains("not a kernel's source"), InputError);
  CHECK_THROWS_AS(source_version(cache.path / "absent"), InputError);
}

TEST_CASE("a build without its tools names them and the packages that have them") {
  const Cache cache;
  std::ofstream(cache.path / "Makefile") << "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 1\n";
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", cache.path.c_str(), 1);
  BuildOptions options;
  options.source = cache.path;
  CHECK_THROWS_WITH_AS(build_kernel(options, {}), doctest::Contains("apt-get install bc binutils bison flex"),
                       MachineError);
  ::setenv("PATH", path.c_str(), 1);
}
