#include "orchestrator/report/html_assets.hpp"

// The assembler resolves the paths against the compiler's -I folders; the build system names the files as dependencies.
asm(R"(
  .pushsection .rodata
segue_html_page:
  .incbin "orchestrator/report/html/page.html"
segue_html_style:
  .incbin "orchestrator/report/html/style.css"
segue_html_d3:
  .incbin "orchestrator/report/html/vendor/d3.min.js"
segue_html_plot:
  .incbin "orchestrator/report/html/vendor/plot.umd.min.js"
segue_html_scripts:
  .incbin "orchestrator/report/html/model.js"
  .incbin "orchestrator/report/html/elements.js"
  .incbin "orchestrator/report/html/answer.js"
  .incbin "orchestrator/report/html/analysis.js"
  .incbin "orchestrator/report/html/charts.js"
  .incbin "orchestrator/report/html/relations.js"
  .incbin "orchestrator/report/html/sequence.js"
  .incbin "orchestrator/report/html/packets.js"
  .incbin "orchestrator/report/html/topology.js"
  .incbin "orchestrator/report/html/trust.js"
  .incbin "orchestrator/report/html/main.js"
segue_html_end:
  .popsection
)");

extern const char html_page[] asm("segue_html_page");
extern const char html_style[] asm("segue_html_style");
extern const char html_d3[] asm("segue_html_d3");
extern const char html_plot[] asm("segue_html_plot");
extern const char html_scripts[] asm("segue_html_scripts");
extern const char html_end[] asm("segue_html_end");

namespace segue::report::html {

namespace {

std::string_view between(const char* begin, const char* end) { return {begin, static_cast<std::size_t>(end - begin)}; }

}  // namespace

std::string_view page() { return between(html_page, html_style); }
std::string_view style() { return between(html_style, html_d3); }
std::string_view vendor_d3() { return between(html_d3, html_plot); }
std::string_view vendor_plot() { return between(html_plot, html_scripts); }
std::string_view scripts() { return between(html_scripts, html_end); }

}  // namespace segue::report::html
