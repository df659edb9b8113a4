// One GET over HTTP to a server on this machine.
#pragma once

#include <string>

namespace segue::monitor {

struct HttpAnswer {
  int status = 0;  // 0: nobody answered
  std::string body;
};

// `url` is "http://127.0.0.1:PORT/PATH", its query encoded; InputError if it is anything else. Blocks; gives up after
// ten seconds without a byte.
HttpAnswer http_get(const std::string& url);

}  // namespace segue::monitor
