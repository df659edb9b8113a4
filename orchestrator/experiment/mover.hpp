// Moves the mobile node of a lab that stays up: knows where it is and by which mechanism it came there.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "orchestrator/experiment/handover.hpp"
#include "orchestrator/lab/lab.hpp"

namespace segue::experiment {

class Mover {
 public:
  // Attaches the first mobile, if there is one with an access router, to its first access router.
  explicit Mover(lab::Lab& lab);

  bool can_move() const noexcept { return router_ != config::npos; }
  bool busy() const noexcept { return busy_; }
  std::size_t mobile() const noexcept { return mobile_; }
  std::size_t router() const noexcept { return router_; }  // npos: no mobile
  std::size_t next_router() const;                         // in turn
  const std::string& mechanism() const noexcept { return mechanism_; }
  const std::vector<config::Mechanism>& mechanisms() const noexcept { return mechanisms_; }

  // What to do: checked, and the lab made ready for it. As long as it lives no other is prepared.
  struct Move {
    const config::Mechanism* mechanism = nullptr;
    mobility::Binding binding;
    Delay longest_way{0};  // of the mobile's packets
    std::shared_ptr<void> turn;
  };
  // "" stands for the mechanism used last and for the next router in turn. Throws InputError for a wish that cannot be
  // met, Error while a handover is under way.
  Move prepare(const std::string& mechanism, const std::string& to);

  // Begins at `at`, and returns when the handover is over and `settle` more has passed; the loop runs meanwhile.
  Account perform(const Move& move, Instant at, Delay settle);

  std::vector<std::string> take_strays() { return driver_.take_strays(); }
  void wait_until(Instant when);  // the loop runs meanwhile

 private:
  const config::Mechanism& mechanism_named(const std::string& name) const;
  std::size_t target_named(const std::string& name) const;

  lab::Lab& lab_;
  std::vector<config::Mechanism> mechanisms_;
  HandoverDriver driver_;
  std::size_t mobile_ = config::npos;
  std::size_t router_ = config::npos;
  std::string mechanism_;
  bool busy_ = false;
};

}  // namespace segue::experiment
