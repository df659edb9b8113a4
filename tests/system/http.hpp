// One GET over HTTP to a server on this machine, without the programs' own means of doing so.
#pragma once

#include <string>
#include <string_view>

namespace segue::test {

struct HttpAnswer {
  int status = 0;  // 0: nobody answered
  std::string body;
};

// `url` is "http://127.0.0.1:PORT/PATH", its query encoded. Gives up after ten seconds without a byte.
HttpAnswer http_get(const std::string& url);

std::string url_encoded(std::string_view text);  // for a query: all but letters, digits and "-._~"

// The first "http://ADDRESS:PORT" in `text` that follows `word`; "" if there is none.
std::string url_after(const std::string& text, std::string_view word);

}  // namespace segue::test
