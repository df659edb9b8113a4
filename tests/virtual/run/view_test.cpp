// What a virtual run or a campaign left, in a Prometheus and on the dashboards.
#include <doctest/doctest.h>
#include <signal.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/system/dashboards.hpp"
#include "tests/system/http.hpp"
#include "tests/unit/config/scratch.hpp"
#include "tests/virtual/run/results.hpp"

using namespace segue;
using namespace segue::test;

namespace {

constexpr double start = 1'000'000'000;  // of a guest's clock

// `segue view FOLDER` while it runs.
class View {
 public:
  explicit View(const std::filesystem::path& folder) : process_(segue_with({"view", folder.string()})) {
    url_ = url_after(process_.await_line(Process::Stream::out, "prometheus"), "prometheus");
    process_.await_line(Process::Stream::out, "Ctrl-C");
  }

  const std::string& url() const { return url_; }

  void end() {
    process_.send(SIGINT);
    CHECK(process_.wait().exit_code == 0);
    CHECK(http_get(url_ + "/-/ready").status == 0);
  }

 private:
  Process process_;
  std::string url_;
};

}  // namespace

TEST_CASE("a virtual run is loaded into a Prometheus, and every panel has something to show of it") {
  const Scratch scratch;
  const auto out = scratch.path() / "out";
  run_virtual(lab_folder("prompt"), out, {"--handovers", "4"});
  View view(out);
  // The runs stand one after another: three of 20 s by each of two probes, three of 40 s by the third.
  const PrometheusApi api(view.url(), PrometheusApi::Span{start, start + 240});
  CHECK(api.query("sum(segue_handovers_total)").values == std::vector<double>{36});
  CHECK(api.holds("mechanism_mobile:segue_handover_completion_seconds:mean2m"));
  for (const char* name : {"handover", "lab", "health"}) check_dashboard(api, name, "Watching itself");
  view.end();
}

TEST_CASE("a campaign is loaded cell by cell") {
  const Scratch scratch;
  const auto file = small_campaign(scratch.path());
  const auto out = scratch.path() / "out";
  REQUIRE(run(campaign_command(file, out)).exit_code == 0);
  View view(out);
  const auto labs = PrometheusApi(view.url()).get("/api/v1/label/lab/values").at("data");
  CHECK(labs.size() == 2);
  CHECK(labs.dump().find("delay=") != std::string::npos);
  view.end();
}

TEST_CASE("a folder that holds neither is refused") {
  const Scratch scratch;
  const Outcome outcome = run_segue({"view", scratch.path().string()});
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.err.find("holds neither a campaign nor the metrics.om") != std::string::npos);
}
