// Makes the series of one subject. Internal to this folder.
#pragma once

#include <string>
#include <utility>

#include "orchestrator/metrics/families.hpp"
#include "orchestrator/metrics/series.hpp"

namespace segue::metrics {

using Step = std::pair<Subject, std::string>;  // and the step's name

HandoverSeries make_handover(const Families& families, const Subject& subject);
DirectionSeries make_direction(const Families& families, const Flow& flow);
StepSeries make_step(const Families& families, const Step& step);
ProbeSeries make_probe(const Families& families, const Flow& flow);
ThroughputSeries make_throughput(const Families& families, const Subject& subject, const std::string& probe);
NetlinkSeries make_netlink(const Families& families, const NetlinkTotals& first);
LinkSeries make_link(const Families& families, const record::LinkRow& row);

}  // namespace segue::metrics
