#include "orchestrator/mobility/packet_stream.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <limits>
#include <optional>

namespace segue::mobility {

namespace {

constexpr std::array figures{&StreamFigures::lost,
                             &StreamFigures::duplicated,
                             &StreamFigures::reordered,
                             &StreamFigures::buffered,
                             &StreamFigures::overflowed,
                             &StreamFigures::deepest,
                             &StreamFigures::longest_wait_ns,
                             &StreamFigures::interruption_ns};

constexpr unsigned most_partings = 64;

void add_weighted(StreamFigures& sum, const StreamFigures& one, double weight) {
  for (const auto figure : figures) sum.*figure += weight * one.*figure;
}

}  // namespace

bool PacketStream::Stretch::arrives() const {
  return std::any_of(courses.begin(), courses.end(), [](const Course& course) { return course.arrives; });
}

PacketStream::PacketStream(const Passage& passage, Direction direction) {
  const auto points = passage.breakpoints(direction);
  const Nanoseconds before = points.empty() ? Nanoseconds{0} : *points.begin() - Nanoseconds{1};
  const auto steady = [&](Nanoseconds when) {
    const auto fates = passage.unhindered(direction, when);
    Stretch stretch{when, {}};
    courses_of(fates, fates, when, when + Nanoseconds{1}, stretch.courses);
    stretches_.push_back(std::move(stretch));
    if (!stretches_.back().arrives()) for_ever_ = fates.front();
  };
  steady(before);
  from_the_start_ = !stretches_.front().arrives();
  if (!points.empty()) {
    for (auto point = points.begin(); std::next(point) != points.end(); ++point) {
      add(passage, direction, *point, *std::next(point));
    }
    const Passage::Fate first = for_ever_;
    steady(*points.rbegin());
    if (from_the_start_) for_ever_ = first;
  }
  if (from_the_start_ || !stretches_.back().arrives()) outage_ = Nanoseconds::max();
  for (std::size_t i = 1; i + 1 < stretches_.size() && outage_ != Nanoseconds::max(); ++i) {
    if (!stretches_[i].arrives()) outage_ += stretches_[i + 1].begin - stretches_[i].begin;
  }
}

Nanoseconds PacketStream::settled() const {
  const auto way = [](const Stretch& stretch, const Course& course) { return course.arrival.at - stretch.begin; };
  const Stretch& last = stretches_.back();
  const auto fares_as_last = [&](const Stretch& stretch) {
    return std::equal(stretch.courses.begin(), stretch.courses.end(), last.courses.begin(), last.courses.end(),
                      [&](const Course& a, const Course& b) {
                        if (a.arrives != b.arrives || !a.stays.empty()) return false;
                        return !a.arrives || (a.arrival.shifts && way(stretch, a) == way(last, b));
                      });
  };
  auto first = stretches_.end() - 1;
  while (first != stretches_.begin() && fares_as_last(*std::prev(first))) --first;
  return first->begin;
}

// Where both ends do not share a fate after all, as for what circles, it is parted: as far as that is worth its time.
void PacketStream::add(const Passage& passage, Direction direction, Nanoseconds begin, Nanoseconds end) {
  const auto first = passage.unhindered(direction, begin);
  const auto last = passage.unhindered(direction, end - Nanoseconds{1});
  Stretch stretch{begin, {}};
  bool same = courses_of(first, last, begin, end, stretch.courses);
  if (!same && partings_ == most_partings) {
    stretch.courses.clear();
    same = courses_of(first, first, begin, begin + Nanoseconds{1}, stretch.courses);
  }
  if (same) {
    stretches_.push_back(std::move(stretch));
    return;
  }
  ++partings_;
  const Nanoseconds middle = begin + (end - begin) / 2;
  add(passage, direction, begin, middle);
  add(passage, direction, middle, end);
}

bool PacketStream::courses_of(const std::vector<Passage::Fate>& first, const std::vector<Passage::Fate>& last,
                              Nanoseconds begin, Nanoseconds end, std::vector<Course>& courses) {
  if (first.size() != last.size()) return false;
  for (std::size_t i = 0; i < first.size(); ++i) {
    courses.emplace_back();
    if (!course_of(first[i], last[i], begin, end, courses.back())) return false;
  }
  return true;
}

bool PacketStream::course_of(const Passage::Fate& first, const Passage::Fate& last, Nanoseconds begin, Nanoseconds end,
                             Course& course) {
  if (first.arrived != last.arrived || first.stays.size() != last.stays.size()) return false;
  const Nanoseconds later = end - Nanoseconds{1} - begin;
  const auto moment = [&](Delay one, Delay other, Moment& at) {
    at = {begin + one, one == other};
    return one == other || one == other + later;
  };
  for (std::size_t i = 0; i < first.stays.size(); ++i) {
    const auto& one = first.stays[i];
    const auto& other = last.stays[i];
    Stay stay{};
    if (one.node != other.node || one.since != other.since || one.forwarded != other.forwarded) return false;
    if (!moment(one.came, other.came, stay.came)) return false;
    stay.buffer = buffer_of(one);
    course.stays.push_back(stay);
  }
  course.arrives = first.arrived;
  if (!course.arrives) return true;
  longest_ = std::max({longest_, first.delay, last.delay});
  return moment(first.delay, last.delay, course.arrival);
}

std::size_t PacketStream::buffer_of(const Passage::Stay& stay) {
  for (std::size_t i = 0; i < buffers_.size(); ++i) {
    const Buffer& known = buffers_[i];
    if (known.node == stay.node && known.since == stay.since && known.forwarded == stay.forwarded) return i;
  }
  buffers_.push_back({stay.node, stay.since, stay.holding.limit, stay.holding.drop_oldest, stay.until, stay.forwarded});
  return buffers_.size() - 1;
}

// What waits where, of packets that come in the order of time.
class PacketStream::Queues {
 public:
  struct Waiting {
    std::size_t course;  // of all packets' courses
    Nanoseconds came;
  };

  Queues(const std::vector<Buffer>& buffers, std::vector<bool>& dropped)
      : buffers_(buffers), dropped_(dropped), queues_(buffers.size()) {}

  void take(std::size_t buffer, const Waiting& packet, StreamFigures& figures) {
    auto& queue = queues_[buffer];
    if (queue.size() >= buffers_[buffer].limit) {
      ++figures.overflowed;
      const bool oldest = buffers_[buffer].drop_oldest;
      dropped_[oldest ? queue.front().course : packet.course] = true;
      if (!oldest) return;
      queue.pop_front();
    }
    queue.push_back(packet);
  }

  // Of all that has come: nothing leaves a buffer before it is released.
  void count(StreamFigures& figures) const {
    for (std::size_t i = 0; i < queues_.size(); ++i) {
      if (queues_[i].empty()) continue;
      const auto size = static_cast<double>(queues_[i].size());
      figures.buffered += size;
      figures.deepest = std::max(figures.deepest, size);
      if (buffers_[i].until == Nanoseconds::max()) continue;
      const auto wait = (buffers_[i].until - queues_[i].front().came).count();
      figures.longest_wait_ns = std::max(figures.longest_wait_ns, static_cast<double>(wait));
    }
  }

 private:
  const std::vector<Buffer>& buffers_;
  std::vector<bool>& dropped_;
  std::vector<std::deque<Waiting>> queues_;
};

namespace {

// As a probe has them (nodes/probe/score.cpp): `arrivals` by packet.
void count_arrivals(const std::vector<PacketStream::Arrival>& arrivals, Delay interval, StreamFigures& figures) {
  std::vector<std::size_t> order;
  for (std::size_t packet = 0; packet < arrivals.size(); ++packet) {
    if (!arrivals[packet].arrived) {
      ++figures.lost;
      continue;
    }
    figures.duplicated += arrivals[packet].copies - 1;
    order.push_back(packet);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return arrivals[a].at < arrivals[b].at; });
  std::size_t next_expected = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (order[i] < next_expected) {
      ++figures.reordered;
    } else {
      next_expected = order[i] + 1;
    }
    if (i == 0) continue;
    const Nanoseconds gap = arrivals[order[i]].at - arrivals[order[i - 1]].at - interval;
    figures.interruption_ns = std::max(figures.interruption_ns, static_cast<double>(gap.count()));
  }
}

}  // namespace

PacketStream::Outcome PacketStream::of(const std::vector<Nanoseconds>& sent, Delay interval) const {
  struct Coming {
    Nanoseconds when;
    std::size_t buffer;
    std::size_t course;
  };
  Outcome outcome;
  std::vector<const Stretch*> stretches;
  std::vector<Coming> coming;
  std::size_t courses = 0;
  auto stretch = stretches_.begin();
  for (const Nanoseconds when : sent) {
    while (std::next(stretch) != stretches_.end() && std::next(stretch)->begin <= when) ++stretch;
    stretches.push_back(&*stretch);
    for (const Course& course : stretch->courses) {
      for (const Stay& stay : course.stays)
        coming.push_back({stay.came.of(when - stretch->begin), stay.buffer, courses});
      ++courses;
    }
  }
  std::stable_sort(coming.begin(), coming.end(), [](const Coming& a, const Coming& b) { return a.when < b.when; });
  std::vector<bool> dropped(courses, false);
  Queues queues(buffers_, dropped);
  for (const Coming& one : coming) {
    if (!dropped[one.course]) queues.take(one.buffer, {one.course, one.when}, outcome.figures);
  }
  queues.count(outcome.figures);
  std::size_t number = 0;
  for (std::size_t packet = 0; packet < sent.size(); ++packet) {
    Arrival arrival;
    for (const Course& course : stretches[packet]->courses) {
      if (dropped[number++] || !course.arrives) continue;
      const Nanoseconds at = course.arrival.of(sent[packet] - stretches[packet]->begin);
      arrival.at = arrival.arrived ? std::min(arrival.at, at) : at;
      arrival.arrived = true;
      ++arrival.copies;
    }
    outcome.arrivals.push_back(arrival);
  }
  count_arrivals(outcome.arrivals, interval, outcome.figures);
  return outcome;
}

// Where in an interval what is counted may change: at a stretch's begin, and where a packet meets an instant at which
// others go on or arrive together.
std::vector<Nanoseconds> PacketStream::phases(Delay interval) const {
  std::vector<Nanoseconds> instants;
  const auto note = [&](const Moment& moment) {
    if (!moment.shifts) instants.push_back(moment.at);
  };
  const auto every = [&](const auto& visit) {
    for (std::size_t i = 1; i + 1 < stretches_.size(); ++i) {
      for (const Course& course : stretches_[i].courses) {
        for (const Stay& stay : course.stays) visit(i, stay.came);
        if (course.arrives) visit(i, course.arrival);
      }
    }
  };
  every([&](std::size_t, const Moment& moment) { note(moment); });
  std::sort(instants.begin(), instants.end());
  instants.erase(std::unique(instants.begin(), instants.end()), instants.end());
  std::vector<Nanoseconds> phases{Nanoseconds{0}};
  const auto add = [&](Nanoseconds when) { phases.push_back((when % interval + interval) % interval); };
  for (std::size_t i = 1; i < stretches_.size(); ++i) add(stretches_[i].begin);
  every([&](std::size_t i, const Moment& moment) {
    if (!moment.shifts) return;
    const Nanoseconds length = stretches_[i + 1].begin - stretches_[i].begin;
    auto met = std::upper_bound(instants.begin(), instants.end(), moment.at);
    for (; met != instants.end() && *met < moment.at + length; ++met) add(stretches_[i].begin + (*met - moment.at));
  });
  std::sort(phases.begin(), phases.end());
  phases.erase(std::unique(phases.begin(), phases.end()), phases.end());
  return phases;
}

StreamFigures PacketStream::at_phase(Nanoseconds phase, Delay interval) const {
  const Delay margin = longest_ + 2 * interval;
  const Nanoseconds first = stretches_.front().begin - margin;
  const Nanoseconds last = stretches_.back().begin + margin;
  std::vector<Nanoseconds> sent;
  for (auto when = first - first % interval - interval + phase; when <= last; when += interval) sent.push_back(when);
  return of(sent, interval).figures;
}

namespace {

// Where between both ends a time bends that runs in a straight line from each; nothing: it does not.
std::optional<Nanoseconds> bend(double low, double after_low, double before_high, double high, Nanoseconds begin,
                                Nanoseconds last) {
  const auto length = static_cast<double>((last - begin).count());
  const double rise = after_low - low;
  const double fall = high - before_high;
  if (rise == fall && low + rise * length == high) return std::nullopt;
  double at = length / 2;
  if (rise != fall) at = (high - low - fall * length) / (rise - fall);
  return begin + Nanoseconds(std::llround(std::ceil(std::clamp(at, 1.0, length - 1))));
}

}  // namespace

// From a phase to another. Counts are the same throughout, and times linear but for bends.
void PacketStream::integrate(Nanoseconds begin, Nanoseconds end, Delay interval, unsigned depth,
                             StreamFigures& sum) const {
  constexpr Nanoseconds one{1};
  const Nanoseconds last = end - one;
  const double half = static_cast<double>((end - begin).count()) / static_cast<double>(interval.count()) / 2;
  const StreamFigures low = at_phase(begin, interval);
  const StreamFigures high = at_phase(last, interval);
  if (depth > 0 && last - begin > 2 * one) {
    const StreamFigures after_low = at_phase(begin + one, interval);
    const StreamFigures before_high = at_phase(last - one, interval);
    for (const auto time : {&StreamFigures::longest_wait_ns, &StreamFigures::interruption_ns}) {
      const auto at = bend(low.*time, after_low.*time, before_high.*time, high.*time, begin, last);
      if (!at) continue;
      integrate(begin, *at, interval, depth - 1, sum);
      integrate(*at, end, interval, depth - 1, sum);
      return;
    }
  }
  add_weighted(sum, low, half);
  add_weighted(sum, high, half);
}

StreamFigures PacketStream::mean(Delay interval) const {
  StreamFigures mean;
  if (interval <= Delay{0}) return mean;
  auto parts = phases(interval);
  constexpr unsigned most_bends = 24;  // one in another: as many halves are a nanosecond
  unsigned depth = most_bends;
  if (parts.size() > most_phases) {
    depth = 0;
    parts.resize(most_phases);
    for (std::size_t i = 0; i < most_phases; ++i)
      parts[i] = interval * static_cast<int>(i) / static_cast<int>(most_phases);
  }
  parts.push_back(interval);
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) integrate(parts[i], parts[i + 1], interval, depth, mean);
  // A sum of shares is a little off what it is a sum of: no figure is of a billionth of a packet.
  constexpr double grain = 1e-9;
  for (const auto figure : figures) mean.*figure = std::round(mean.*figure / grain) * grain;
  if (outage_ == Nanoseconds::max()) {
    mean.lost = mean.interruption_ns = std::numeric_limits<double>::infinity();
  }
  return mean;
}

}  // namespace segue::mobility
