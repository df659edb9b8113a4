// The HTTP side of the exposition: binds, falls back to a free port, and says what was bound.
#pragma once

#include <memory>
#include <string>

namespace prometheus {
class Exposer;
}

namespace segue::metrics {

class Listener {
 public:
  // Throws InputError if `wish` is no "address:port" or its address is none of this machine's.
  explicit Listener(const std::string& wish);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  prometheus::Exposer& exposer() { return *exposer_; }
  const std::string& address() const { return address_; }

 private:
  std::unique_ptr<prometheus::Exposer> exposer_;
  std::string address_;
};

}  // namespace segue::metrics
