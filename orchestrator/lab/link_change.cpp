#include "orchestrator/lab/link_change.hpp"

#include "nodes/base/error.hpp"

namespace segue::lab {

namespace {

void put_back(link::Engine& engine, link::LinkId link, std::span<const LinkChange> changes) {
  for (const LinkChange& change : changes) {
    try {
      engine.change(link, change.direction, change.before);
      engine.settle();
    } catch (const Error&) {
      // What it refused it never had; and one that answers nothing any more says so to the next who asks.
    }
  }
}

}  // namespace

void change_all(link::Engine& engine, link::LinkId link, std::span<const LinkChange> changes) {
  try {
    for (const LinkChange& change : changes) {
      engine.change(link, change.direction, change.after);
      engine.settle();  // what is refused may be told late
    }
  } catch (const Error&) {
    put_back(engine, link, changes);
    throw;
  }
}

}  // namespace segue::lab
