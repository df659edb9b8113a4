// The tables of a campaign's folder (orchestrator/campaign/README.md), as the page takes them.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/base/error.hpp"
#include "orchestrator/report/report_data.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace segue;
using namespace segue::report;
using nlohmann::json;

namespace {

const std::string common = "run,cell,repetition,attempt,seed,mechanism,probe,verdict,links.domain.delay,";

void write_campaign(const Scratch& scratch) {
  scratch.write("campaign.json", R"({"segue": "0.1.0", "campaign": "sweep", "title": "A sweep", "lab": "prompt",
    "clock": "virtual", "links": "auto", "seed": 1, "stop": {"until": "ci95 < 2%"}, "crossing": null,
    "parameters": [{"name": "links.domain.delay", "unit": "s", "values": [{"text": "5ms", "number": 0.005}]}],
    "mechanisms": [{"name": "m", "steps": [{"name": "prepare", "from": "anchor", "to": "new", "message": "p", "layer": 3}]}],
    "topology": {"nodes": [{"name": "mn", "role": "mobile", "address": "fd00::1"}]}})");
  scratch.write("statistics.json",
                R"({"table": [], "comparisons": [], "losses_on_completion": {"n": 0}, "crossings": []})");
  scratch.write("runs.csv",
                common +
                    "reasons,engine,experiment_ns,idle_share,emulator_p50_ns,emulator_p99_ns,emulator_max_ns,"
                    "timers_p50_ns,timers_p99_ns,timers_max_ns\n"
                    "c000-r01,0,1,0,1,m,iperf-tcp,tainted,5ms,\"late, and idle\",wire,40,0.5,1,2,3,4,5,6\n"
                    "c001-r01,1,1,0,1,m,iperf-tcp,clean,10ms,,wire,40,0.5,1,2,3,4,5,6\n"
                    "c002-r01,2,1,0,1,m,iperf-tcp,failed,20ms,no such node,,,,,,,,,\n");
  scratch.write("handovers.csv",
                common +
                    "handover,mobile,from,to,started_ns,outcome,failure,completion_ns,expected_completion_ns,"
                    "retransmissions,up_lost,up_interruption_ns,up_expected_lost,down_lost,down_interruption_ns,"
                    "down_expected_lost\n"
                    "c001-r01,1,1,0,1,m,iperf-tcp,clean,10ms,0,mn,ar1,ar2,7,failed,lost,,48,0,1,2,2.5,3,4,4.5\n");
  scratch.write("throughput.csv", common +
                                      "t_ns,length_ns,bits_per_second\n"
                                      "c000-r01,0,1,0,1,m,iperf-tcp,tainted,5ms,0,500,1\n"
                                      "c001-r01,1,1,0,1,m,iperf-tcp,clean,10ms,0,500,2\n");
  scratch.write("steps.csv", common +
                                 "handover,step,name,sent_ns,received_ns,done_ns,expected_done_ns,transmissions\n"
                                 "c000-r01,0,1,0,1,m,iperf-tcp,tainted,5ms,0,0,prepare,1,2,3,3,1\n"
                                 "c001-r01,1,1,0,1,m,iperf-tcp,clean,10ms,0,0,prepare,4,5,6,6,1\n");
  scratch.write("links.csv", common +
                                 "link,direction,requested,realised,packets,lost,dropped\n"
                                 "c000-r01,0,1,0,1,m,iperf-tcp,tainted,5ms,a-b,a>b,delay 5ms,delay 5ms,10,1,0\n"
                                 "c001-r01,1,1,0,1,m,iperf-tcp,clean,10ms,a-b,a>b,delay 5ms,delay 5ms,20,2,3\n");
}

json first_row(const json& table) {
  json named;
  for (std::size_t i = 0; i < table.at("columns").size(); ++i) {
    named[table.at("columns")[i].get<std::string>()] = table.at("rows").at(0).at(i);
  }
  return named;
}

}  // namespace

TEST_CASE("of a campaign the page gets every handover, numbers as numbers and settings as text") {
  const Scratch scratch;
  write_campaign(scratch);
  const json data = json::parse(report_data(scratch.path()));
  CHECK(data.at("kind") == "campaign");
  const json row = first_row(data.at("handovers"));
  CHECK(row.at("down_lost") == 3);
  CHECK(row.at("down_expected_lost") == 4.5);
  CHECK(row.at("completion_ns").is_null());  // it did not complete
  CHECK(row.at("links.domain.delay") == "10ms");
}

TEST_CASE("a failed run is listed with its reason, and is no row among the runs") {
  const Scratch scratch;
  write_campaign(scratch);
  const json data = json::parse(report_data(scratch.path()));
  CHECK(data.at("runs").at("rows").size() == 2);
  CHECK(first_row(data.at("runs")).at("reasons") == "late, and idle");
  REQUIRE(data.at("failed_runs").size() == 1);
  CHECK(data.at("failed_runs")[0].at("error") == "no such node");
}

TEST_CASE("a handover's own verdict stands on the page, but for one of a run that is in no mean") {
  const Scratch scratch;
  write_campaign(scratch);
  const std::string columns =
      common +
      "handover,handover_verdict,handover_reasons,mobile,from,to,started_ns,outcome,failure,completion_ns,"
      "expected_completion_ns,retransmissions,up_lost,up_interruption_ns,up_expected_lost,down_lost,"
      "down_interruption_ns,down_expected_lost\n";
  const auto verdict_of = [&](const std::string& run, const std::string& own) {
    scratch.write("handovers.csv", columns + "c000-r01,0,1,0,1,m,voip," + run + ",5ms,0," + own +
                                       ",timers late,mn,ar1,ar2,7,complete,,48,48,0,1,2,2.5,3,4,4.5\n");
    const json row = first_row(json::parse(report_data(scratch.path())).at("handovers"));
    CHECK(row.at("reasons") == "timers late");
    return row.at("verdict").get<std::string>();
  };
  CHECK(verdict_of("clean", "tainted") == "tainted");
  CHECK(verdict_of("clean", "clean") == "clean");
  CHECK(verdict_of("not known", "not known") == "not known");
  CHECK(verdict_of("tainted", "clean") == "tainted");
}

TEST_CASE("what is shown once, of a throughput or a sequence, is of a clean run where there is one") {
  const Scratch scratch;
  write_campaign(scratch);
  const json data = json::parse(report_data(scratch.path()));
  REQUIRE(data.at("throughput").at("rows").size() == 1);
  CHECK(first_row(data.at("throughput")).at("bits_per_second") == 2);
  REQUIRE(data.at("steps").at("rows").size() == 1);
  CHECK(first_row(data.at("steps")).at("sent_ns") == 4);
  CHECK(first_row(data.at("steps")).at("from") == "anchor");
}

TEST_CASE("counters of a link are added up over the runs that asked the same of it") {
  const Scratch scratch;
  write_campaign(scratch);
  const json data = json::parse(report_data(scratch.path()));
  REQUIRE(data.at("links_table").at("rows").size() == 1);
  const json row = first_row(data.at("links_table"));
  CHECK(row.at("packets") == 30);
  CHECK(row.at("lost") == 3);
  CHECK(row.at("dropped") == 3);
}

TEST_CASE("a counter of a link that is no number is an error that names file, row and column") {
  const Scratch scratch;
  write_campaign(scratch);
  for (const std::string cell : {"x", "", "1x", "-1", "99999999999999999999"}) {
    constexpr std::string_view rows =
        "link,direction,requested,realised,packets,lost,dropped\n"
        "c000-r01,0,1,0,1,m,iperf-tcp,clean,5ms,a-b,a>b,,,10,1,0\n"
        "c000-r02,0,1,0,1,m,iperf-tcp,clean,5ms,a-b,a>b,,,10,{},0\n";
    const auto file = scratch.write("links.csv", common + fmt::format(rows, cell));
    CHECK_THROWS_WITH_AS(report_data(scratch.path()),
                         (file.string() + ": row 2: lost: \"" + cell + "\" is no count").c_str(), Error);
  }
}

TEST_CASE("JSON that is none, or not what it should be, is an error that names its file") {
  const Scratch scratch;
  const auto says = [&](const char* name, const std::string& text, const std::string& part) {
    write_campaign(scratch);
    const auto file = scratch.write(name, text);
    std::string said;
    try {
      (void)report_data(scratch.path());
    } catch (const Error& error) {
      said = error.what();
    }
    CAPTURE(said);
    CHECK(said.starts_with("read " + file.string() + ": "));
    CHECK(said.find(part) != std::string::npos);
  };
  says("campaign.json", "{", "parse error");
  says("campaign.json", "{\"parameters\": []}", "key 'segue' not found");
  says("statistics.json", "[]", "cannot use");
  says("statistics.json", "{}", "key 'table' not found");
  says("statistics.json", std::string(100'000, '['), "nested deeper than 100 levels");
}

TEST_CASE("what a campaign was asked for is said in words, and what it was not asked for is left out") {
  const Scratch scratch;
  write_campaign(scratch);
  std::ifstream stream(scratch.path() / "campaign.json");
  json campaign = json::parse(stream);
  const json little = json::parse(R"json([["Handovers", "0 of each run, every "],
                        ["Repetitions", "until ci95 < 2% of ; 0 at least, 0 at most"],
                        ["Seed", "1 in the first repetition of every cell, and one more in each that follows"],
                        ["Order", "that of the file"], ["Varied", "links.domain.delay = 5ms"],
                        ["Links asked for", "auto"], ["Time limit", "0ms of wall time for each run"]])json");
  CHECK(json::parse(report_data(scratch.path())).at("options") == little);

  campaign.update(json::parse(R"json({"handovers": 8, "order": "random", "seed": 7, "repetitions": 3, "memory": "256M",
    "timeout_ns": 90000000000, "iperf": "iperf version 2.1.8", "set": {"links.a.loss": "1%", "mechanism.delay": "2ms"},
    "stop": null,
    "cells": [{"probe": "voip", "interval_ns": 5000000000}, {"probe": "voip", "interval_ns": 5000000000},
              {"probe": "iperf-udp", "interval_ns": 5000000000}, {"probe": "iperf-tcp", "interval_ns": 10000000000}]})json"));
  scratch.write("campaign.json", campaign.dump());
  const json much = json::parse(R"json([["Handovers", "8 of each run, every 10s (iperf-tcp), 5s (voip, iperf-udp)"],
                        ["Repetitions", "3"],
                        ["Seed", "7 in the first repetition of every cell, and one more in each that follows"],
                        ["Order", "random, by the seed"], ["Varied", "links.domain.delay = 5ms"],
                        ["Set for all", "links.a.loss = 1%, mechanism.delay = 2ms"], ["Links asked for", "auto"],
                        ["Time limit", "90s of wall time for each run"], ["Guest memory", "256M"],
                        ["iperf", "iperf version 2.1.8"]])json");
  CHECK(json::parse(report_data(scratch.path())).at("options") == much);
}

TEST_CASE("a campaign's times are whole numbers") {
  const Scratch scratch;
  write_campaign(scratch);
  std::ifstream stream(scratch.path() / "campaign.json");
  json campaign = json::parse(stream);
  campaign["timeout_ns"] = 1e300;
  scratch.write("campaign.json", campaign.dump());
  CHECK_THROWS_WITH_AS(report_data(scratch.path()), "campaign.json: timeout_ns: a whole number is wanted", Error);
  campaign["timeout_ns"] = 1'000'000;
  campaign["handovers"] = 1e300;
  scratch.write("campaign.json", campaign.dump());
  CHECK(json::parse(report_data(scratch.path())).at("options").at(0).at(1) == "1e+300 of each run, every ");
}

TEST_CASE("a table that lacks a column is an error that names both") {
  const Scratch scratch;
  write_campaign(scratch);
  const auto file = scratch.write("throughput.csv", common + "t_ns\n");
  CHECK_THROWS_WITH_AS(report_data(scratch.path()), (file.string() + ": no column \"length_ns\"").c_str(), Error);
}

TEST_CASE("a step that went from router to router is shown from each to the next") {
  const Scratch scratch;
  write_campaign(scratch);
  const std::string run = "c001-r01,1,1,0,1,m,iperf-tcp,clean,10ms,";
  scratch.write("steps.csv", common +
                                 "handover,step,name,sent_ns,received_ns,done_ns,expected_done_ns,transmissions\n" +
                                 run + "0,0,prepare (r1),1,2,3,3,1\n" + run + "0,1,prepare (ar2),3,4,5,5,1\n" + run +
                                 "1,0,prepare (r7),1,2,3,3,1\n" + run + "1,1,unheard of,1,2,3,3,1\n");
  const json table = json::parse(report_data(scratch.path())).at("steps");
  const auto column = [&](const char* name) {
    const auto& columns = table.at("columns");
    return static_cast<std::size_t>(std::find(columns.begin(), columns.end(), name) - columns.begin());
  };
  std::vector<std::string> ends;
  for (const auto& row : table.at("rows")) {
    ends.push_back(row.at(column("from")).get<std::string>() + ">" + row.at(column("to")).get<std::string>());
  }
  CHECK(ends == std::vector<std::string>{"anchor>r1", "r1>ar2", "anchor>r7", ">"});
  CHECK(table.at("rows").at(1).at(column("message")) == "p");
}
