#include "orchestrator/monitor/http.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <string_view>

namespace segue::monitor {

namespace beast = boost::beast;
namespace http = beast::http;

namespace {

constexpr std::string_view scheme = "http://";

// "127.0.0.1:9090" of "http://127.0.0.1:9090/-/ready".
std::string_view authority_of(std::string_view url) {
  if (url.starts_with(scheme)) url.remove_prefix(scheme.size());
  return url.substr(0, url.find('/'));
}

}  // namespace

HttpAnswer http_get(const std::string& url) {
  const std::string authority(authority_of(url));
  const auto path_at = url.find('/', scheme.size());
  const auto colon = authority.rfind(':');
  if (path_at == std::string::npos || colon == std::string::npos) return {};
  try {
    boost::asio::io_context context;
    beast::tcp_stream stream(context);
    stream.expires_after(std::chrono::seconds(10));
    stream.connect({boost::asio::ip::make_address(authority.substr(0, colon)),
                    static_cast<std::uint16_t>(std::stoi(authority.substr(colon + 1)))});
    http::request<http::empty_body> request(http::verb::get, url.substr(path_at), 11);
    request.set(http::field::host, authority);
    request.keep_alive(false);
    http::write(stream, request);
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> answer;
    answer.body_limit(64 * 1024 * 1024);
    http::read(stream, buffer, answer);
    return {static_cast<int>(answer.get().result_int()), std::move(answer.get().body())};
  } catch (const std::exception&) {
    return {};  // refused, cut off, no HTTP: nobody there who answers
  }
}

}  // namespace segue::monitor
