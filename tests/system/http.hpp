// Asking servers on this machine, as the program does.
#pragma once

#include <string>
#include <string_view>

#include "orchestrator/monitor/http.hpp"

namespace segue::test {

using monitor::http_get;
using monitor::HttpAnswer;

std::string url_encoded(std::string_view text);  // for a query: all but letters, digits and "-._~"

// The first "http://ADDRESS:PORT" in `text` that follows `word`; "" if there is none.
std::string url_after(const std::string& text, std::string_view word);

}  // namespace segue::test
