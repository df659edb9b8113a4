#include "nodes/base/error.hpp"

#include <cerrno>
#include <system_error>

namespace segue {

void throw_errno(std::string_view attempt, int error) {
  throw Error(std::string(attempt) + ": " + std::generic_category().message(error));
}

void throw_errno(std::string_view attempt) { throw_errno(attempt, errno); }

}  // namespace segue
