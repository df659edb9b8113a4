// Makes the series of one subject. Internal to this folder.
#pragma once

#include <string>
#include <utility>

#include "orchestrator/metrics/families.hpp"
#include "orchestrator/metrics/series.hpp"

namespace segue::metrics {

using Subject = std::pair<std::string, std::string>;  // mechanism, mobile
using Flow = std::pair<Subject, Direction>;
using Step = std::pair<Subject, std::string>;  // and the step's name

HandoverSeries make_handover(const Families& families, const Subject& subject);
HandoverDirectionSeries make_handover_direction(const Families& families, const Flow& flow);
StepSeries make_step(const Families& families, const Step& step);
ProbeSeries make_probe(const Families& families, const Flow& flow);
QualitySeries make_quality(const Families& families, const Flow& flow);
ThroughputSeries make_throughput(const Families& families, const ThroughputTotals& first);
NetlinkSeries make_netlink(const Families& families, const NetlinkTotals& first);
LinkSeries make_link(const Families& families, const LinkTotals& first);

}  // namespace segue::metrics
