#include "tests/system/page.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nodes/base/error.hpp"

namespace segue::test {

namespace {

using nlohmann::json;

constexpr const char* look = R"(
  const figures = {};
  for (const figure of document.querySelectorAll("figure")) {
    const marks = {};
    for (const group of figure.querySelectorAll("svg g[aria-label]")) {
      const name = group.getAttribute("class") ?? group.getAttribute("aria-label");
      marks[name] = (marks[name] ?? 0) + group.querySelectorAll(":scope > path, :scope > circle, :scope > rect, :scope > line").length;
    }
    for (const name of ["message", "lane", "node", "link"]) marks[name] = figure.querySelectorAll(`g.${name}`).length;
    const drawing = figure.querySelector("[role=img]");
    figures[figure.id] = { marks, label: drawing?.getAttribute("aria-label") ?? "", focusable: drawing?.tabIndex === 0,
      table: figure.querySelectorAll("details table tbody tr").length };
  }
  const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
  return { figures, sections: [...document.querySelectorAll("section")].map((node) => node.id),
    answer: document.querySelector("table.answer tbody").innerText, repeat: document.getElementById("repeat").innerText,
    crossings: [...document.querySelectorAll("table[aria-label=Crossings] td.number")].map((cell) => cell.innerText).join(" "),
    alerts: document.querySelectorAll("[role=alert]").length,
    repeated: ids.filter((id, i) => ids.indexOf(id) !== i), overflow: document.documentElement.scrollWidth - innerWidth,
    requests: performance.getEntriesByType("resource").length, background: getComputedStyle(document.body).backgroundColor };
)";

}  // namespace

json look_at(const std::filesystem::path& page, const View& view) {
  const auto inspection = inspect(page, view, look);
  json found = json::parse(inspection.report);
  found["console"] = inspection.console;
  return found;
}

unsigned marks(const json& page, const std::string& figure, const std::string& mark) {
  const auto& figures = page.at("figures");
  if (!figures.contains(figure)) throw Error(fmt::format("no figure {}: {}", figure, figures.dump()));
  const auto& there = figures.at(figure).at("marks");
  if (!there.contains(mark)) throw Error(fmt::format("{} has no {}: {}", figure, mark, there.dump()));
  return there.at(mark).get<unsigned>();
}

std::filesystem::path screenshots() {
  return std::filesystem::path(SEGUE_PROGRAM).parent_path().parent_path() / "test-results/screenshots";
}

json looked_at(const std::filesystem::path& path, const View& view) {
  json page = look_at(path, view);
  for (const json& line : page.at("console")) FAIL_CHECK(line.get<std::string>());
  return page;
}

void check_access(const json& page) {
  for (const auto& item : page.at("figures").items()) {
    const std::string& id = item.key();
    const json& figure = item.value();
    INFO(id);
    CHECK(figure.at("label").get<std::string>().size() > 30);
    CHECK(figure.at("focusable") == true);
    if (id != "regression") CHECK(figure.at("table") >= 1);
  }
}

}  // namespace segue::test
