#include "orchestrator/report/html_report.hpp"

#include <array>
#include <string_view>
#include <utility>

#include "nodes/base/error.hpp"
#include "orchestrator/files/whole_file.hpp"
#include "orchestrator/report/html_assets.hpp"
#include "orchestrator/report/report_data.hpp"

namespace segue::report {

namespace {

// So that no text in the data can end the script element it stands in.
std::string inside_script(const std::string& json) {
  std::string text;
  text.reserve(json.size());
  for (const char c : json) {
    if (c == '<') {
      text += "\\u003c";
    } else {
      text += c;
    }
  }
  return text;
}

}  // namespace

std::string to_html(const std::filesystem::path& folder) {
  const std::string vendor = std::string(html::vendor_d3()) + '\n' + std::string(html::vendor_plot());
  const std::string data = inside_script(report_data(folder));
  const std::array<std::pair<std::string_view, std::string_view>, 4> parts{
      {{"{{style}}", html::style()}, {"{{vendor}}", vendor}, {"{{data}}", data}, {"{{scripts}}", html::scripts()}}};
  std::string text;
  std::string_view rest = html::page();
  for (const auto& [mark, part] : parts) {
    const auto at = rest.find(mark);
    if (at == rest.npos) throw Error("make the report's page: its template has no " + std::string(mark));
    text += rest.substr(0, at);
    text += part;
    rest.remove_prefix(at + mark.size());
  }
  return text += rest;
}

std::filesystem::path write_html(const std::filesystem::path& folder) {
  auto path = folder / "report.html";
  files::write_file(path, to_html(folder));
  return path;
}

}  // namespace segue::report
