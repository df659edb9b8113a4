// The charts, drawn by Observable Plot.

const chart = (width, options) => Plot.plot({ width, className: "plot", marginLeft: 48, marginRight: 14, ...options });
const mechanismsOf = (rows) => mechanisms.filter((name) => rows.some((row) => row.mechanism === name));
const marked = (name, verdict, n) => [titleOf(name), n === undefined ? "" : element("small", {}, `n\u202f=\u202f${n}`), verdict === "clean" ? "" : [" ", chip(verdict)]].flat();

// The run a time line shows of each mechanism: the first that is not tainted, else the first.
function shownRuns(probe) {
  return mechanisms.map((name) => {
    const candidates = runs.filter((run) => run.mechanism === name && run.probe === probe && throughput.some((bin) => bin.run === run.run));
    return candidates.find(inMeans) ?? candidates[0];
  }).filter(Boolean);
}

function throughputPanel(run, width, bounds) {
  const bins = throughput.filter((bin) => bin.run === run.run);
  const marks = handovers.filter((row) => row.run === run.run);
  const colour = colourOf(run.mechanism);
  const points = bins.map((bin) => ({ t: (bin.t_ns + bin.length_ns / 2) / 1e9, rate: bin.bits_per_second / 1e6, bin }));
  return chart(width, {
    height: 170, marginTop: 24, marginBottom: 34,
    ariaLabel: `Throughput of ${titleOf(run.mechanism)}`,
    x: { domain: [0, bounds.t], label: "time [s]" },
    y: { domain: [0, bounds.rate], label: "Mbit/s", labelOffset: 40, grid: true, ticks: 4 },
    marks: [
      Plot.areaY(points, { x: "t", y: "rate", fill: colour, fillOpacity: 0.14 }),
      Plot.ruleX(marks, { x: (row) => row.started_ns / 1e9, stroke: "var(--muted)", strokeDasharray: "4 3", className: "handover" }),
      Plot.text(marks, { x: (row) => row.started_ns / 1e9, text: (row) => `${row.handover + 1}${complete(row) ? "" : " ✕"}${inMeans(row) ? "" : " tainted"}`, frameAnchor: "top", dy: -10, fill: "var(--muted)" }),
      Plot.lineY(points, { x: "t", y: "rate", stroke: colour, strokeWidth: 1.8 }),
      Plot.dot(points, { x: "t", y: "rate", fill: colour, r: 1.9 }),
      Plot.ruleY([0], { stroke: "var(--ink)" }),
      Plot.tip(points, Plot.pointerX({ x: "t", y: "rate", title: (d) => `${fixed(d.bin.t_ns / 1e9, 1)} s: ${fixed(d.rate, 2)} Mbit/s`, fill: "var(--surface)" })),
    ],
  });
}

function throughputFigure(probe, name) {
  const shown = shownRuns(probe);
  if (!shown.length) return "";
  const bins = throughput.filter((bin) => shown.some((run) => run.run === bin.run));
  const bounds = { t: d3.max(bins, (bin) => bin.t_ns + bin.length_ns) / 1e9, rate: d3.max(bins, (bin) => bin.bits_per_second) * 1.08 / 1e6 || 1 };
  const length = bins[0].length_ns / 1e9;
  return figure({
    id: `throughput-${probe}`, title: `${name} throughput over time`,
    label: `One panel a mechanism, ${listed(shown.map((run) => titleOf(run.mechanism)))}; handovers are marked.`,
    caption: [element("b", {}, "What arrived at the correspondent, "), `in bins of ${fixed(length, 1)} s; dashed lines are handovers. `,
      data.kind === "campaign" ? "One run of each mechanism; the others are in throughput.csv." : ""],
    draw: (width) => shown.map((run) => ({
      title: [...marked(run.mechanism, run.verdict), parameters.length ? ` (${settingOf(run)})` : ""],
      node: throughputPanel(run, width, bounds),
    })),
    numbers: table(`${name} throughput`, [
      { title: "Mechanism", value: (row) => titleOf(row.mechanism) },
      { title: "Between handovers, median", number: true, value: (row) => rate(row.between) },
      { title: "Lowest bin at a handover", number: true, value: (row) => rate(row.lowest) },
    ], shown.map(throughputSummary)),
  });
}

// Bins within a handover, and two seconds after it for TCP to recover, against the others; not the first two seconds, nor the last bin.
function throughputSummary(run) {
  const bins = throughput.filter((bin) => bin.run === run.run);
  const recovery = 2e9;
  const met = (bin, rows) => rows.some((row) => row.run === run.run && bin.t_ns < row.started_ns + row.completion_ns + recovery && bin.t_ns + bin.length_ns > row.started_ns);
  const near = (bin) => met(bin, handovers);
  const disturbed = (bin) => met(bin, handovers.filter((row) => !inMeans(row)));
  return {
    mechanism: run.mechanism,
    between: d3.median(bins.slice(0, -1).filter((bin) => bin.t_ns >= recovery && !near(bin)), (bin) => bin.bits_per_second),
    lowest: d3.min(bins.filter((bin) => near(bin) && !disturbed(bin)), (bin) => bin.bits_per_second),
  };
}

const overSettings = () => (parameters.length ? " Over all settings of the campaign." : "");
const callHandovers = () => handovers.filter((row) => row.probe === "voip");

function lossBars(rows) {
  return directions.flatMap(({ name, prefix, colour }, side) =>
    d3.rollups(rows, (group) => group.length, (row) => row[`${prefix}_lost`]).map(([lost, n]) => ({ lost, n, direction: name, colour, x1: lost - 0.42 + side * 0.42, x2: lost + side * 0.42 })));
}

// What others have published stands over the bars, with its error.
function publishedLosses(name, y) {
  const reference = (anyPublished && data.table.find((row) => row.mechanism === name)?.reference) || {};
  return directions.map(({ name: direction, colour }) => ({ ...reference[`lost_${direction}`], direction, colour, y }))
    .filter((one) => isNumber(one.mean)).map((one, i) => ({ ...one, y: one.y * (1 + 0.14 * i), low: one.mean - (one.error ?? 0), high: one.mean + (one.error ?? 0) }));
}

function lossPanel(name, rows, width, bounds, tainted) {
  const bars = lossBars(rows);
  const highest = d3.max(bars, (bar) => bar.n);
  const published = publishedLosses(name, highest * 1.18);
  const ticks = directions.map(({ prefix, colour }) => ({ x: d3.mean(rows, (row) => row[`${prefix}_expected_lost`]), colour }));
  return chart(width, {
    height: 158, marginTop: 24, marginBottom: 34, ariaLabel: `Packets lost by ${titleOf(name)}`,
    x: { type: "sqrt", domain: bounds, label: "packets lost in a handover (square-root scale)", ticks: width < 500 ? [0, 2, 5, 10, 20, 40, 80, 160] : [0, 1, 2, 3, 4, 6, 8, 10, 15, 20, 30, 40, 50, 60, 80, 100, 150, 200], tickFormat: "d" },
    y: { label: "handovers", domain: [0, highest * 1.4], grid: true, ticks: d3.ticks(0, highest, 4).filter(Number.isInteger), tickFormat: "d" },
    marks: [
      Plot.rect(bars, { x1: "x1", x2: "x2", y1: 0, y2: "n", fill: "colour", fillOpacity: tainted ? 0.35 : 0.85, stroke: "colour", strokeDasharray: tainted ? "3 2" : null,
        title: (bar) => `${count(bar.n, "handover")} lost ${count(bar.lost, "packet")}, ${bar.direction}` }),
      Plot.ruleX(ticks, { x: "x", stroke: "colour", strokeDasharray: "5 3", strokeWidth: 1.6, className: "analytic" }),
      Plot.link(published, { x1: "low", x2: "high", y1: "y", y2: "y", stroke: "colour", strokeWidth: 1.5, className: "published-error" }),
      Plot.dot(published, { x: "mean", y: "y", stroke: "colour", fill: "var(--paper)", r: 3.5, strokeWidth: 1.5, className: "published", title: (one) => `published: ${withError(one.mean, one.error, 0)}, ${one.direction}` }),
      Plot.ruleY([0], { stroke: "var(--ink)" }),
    ],
  });
}

function lossFigure() {
  const names = mechanismsOf(callHandovers().filter(complete));
  if (!names.length) return "";
  const groups = names.map((name) => ({ name, ...honest(callHandovers().filter((row) => row.mechanism === name)) }));
  const most = d3.max(groups, (group) => Math.max(d3.max(group.rows, (row) => Math.max(row.up_lost, row.down_lost, row.up_expected_lost, row.down_expected_lost)),
    d3.max(publishedLosses(group.name, 1), (one) => one.high) ?? 0));
  const bounds = [-0.5, most + 2];
  return figure({
    id: "losses", title: "Packets lost in a handover",
    label: `A histogram for each of ${listed(names.map(titleOf))}, uplink and downlink.`,
    legend: legendOf([...directions.map((d) => [barSwatch(d.colour), d.name]), [lineSwatch("var(--muted)", "5 3"), "analytic mean"],
      groups.some((group) => publishedLosses(group.name, 1).length) ? [ringSwatch(), "published"] : ["", ""]].filter(([, text]) => text)),
    caption: [element("b", {}, "Of a voice-like stream each way, "), "one packet every 20 ms. How many are lost depends on when in such an interval the handover begins, so a mean between two whole numbers is seen as both of them.", overSettings()],
    draw: (width) => groups.map(({ name, rows, tainted, verdict }) => ({ title: marked(name, verdict, rows.length), node: lossPanel(name, rows, width, bounds, tainted) })),
    numbers: table("Packets lost in a handover", [
      { title: "Mechanism", value: (row) => titleOf(row.name) },
      { title: "Direction", value: (row) => row.direction },
      ...["n", "least", "median", "most", "analytic"].map((key) => ({ title: key, number: true, value: (row) => fixed(row[key], key === "n" ? 0 : 2) })),
    ], groups.flatMap(({ name, rows }) => directions.map(({ name: direction, prefix }) => ({
      name, direction, n: rows.length, least: d3.min(rows, (r) => r[`${prefix}_lost`]), median: d3.median(rows, (r) => r[`${prefix}_lost`]),
      most: d3.max(rows, (r) => r[`${prefix}_lost`]), analytic: d3.mean(rows, (r) => r[`${prefix}_expected_lost`]),
    })))),
  });
}

// On a logarithmic axis nothing has no place, and a nanosecond one far away.
const shortest = 1;
function shares(rows, key) {
  const values = rows.map((row) => Math.max(row[key] / 1e6, shortest)).sort(d3.ascending);
  return [{ x: values[0], share: 0 }, ...values.map((x, i) => ({ x, share: (100 * (i + 1)) / values.length }))];
}

function interruptionFigure() {
  const groups = mechanismsOf(callHandovers().filter(complete)).flatMap((name) => {
    const { rows, tainted } = honest(callHandovers().filter((row) => row.mechanism === name));
    return directions.map((direction) => ({ name, tainted, direction, rows, points: shares(rows, `${direction.prefix}_interruption_ns`) }));
  });
  if (!groups.length) return "";
  const all = groups.flatMap((group) => group.points.map((point) => point.x));
  const panel = (direction, width) => chart(width, {
    height: 220, marginBottom: 36, marginTop: 28, ariaLabel: `Interruption, ${direction.name}`,
    x: { type: "log", domain: [d3.min(all) / 1.25, d3.max(all) * 1.25], label: "interruption [ms], logarithmic", grid: true, ticks: width < 500 ? 4 : 8, tickFormat: "~f" },
    y: { domain: [0, 100], label: "% of handovers at most so long", grid: true, ticks: 4 },
    marks: groups.filter((group) => group.direction === direction).flatMap((group) => {
      const { points } = group;
      return [
        Plot.line(points, { x: "x", y: "share", curve: "step-after", stroke: colourOf(group.name), strokeWidth: 2, strokeDasharray: group.tainted ? "3 3" : null }),
        Plot.dot(points.slice(1), { x: "x", y: "share", fill: group.tainted ? "var(--paper)" : colourOf(group.name), stroke: colourOf(group.name), symbol: symbolOf(group.name), r: 3,
          title: (point) => `${titleOf(group.name)}: ${fixed(point.share, 0)} % at most ${fixed(point.x, 1)} ms` }),
      ];
    }),
  });
  const tainted = [...new Set(groups.filter((group) => group.tainted).map((group) => titleOf(group.name)))];
  return figure({
    id: "interruptions", title: "How long the stream was interrupted",
    label: `Cumulative distributions for ${listed([...new Set(groups.map((group) => titleOf(group.name)))])}, uplink and downlink.`,
    legend: mechanismLegend([...new Set(groups.map((group) => group.name))]),
    caption: [element("b", {}, "The longest gap between arrivals around a handover, "), "less the packet interval; each point is a handover.", d3.min(all) <= shortest ? ` What is shorter than ${shortest} ms stands at ${shortest} ms.` : "", overSettings(),
      tainted.length ? ` Open points and dashed lines: ${listed(tainted)}, tainted.` : ""],
    draw: (width) => directions.map((direction) => ({ title: direction.name, node: panel(direction, width) })),
    numbers: table("Interruption", [
      { title: "Mechanism", value: (group) => titleOf(group.name) },
      { title: "Direction", value: (group) => group.direction.name },
      { title: "n", number: true, value: (group) => String(group.rows.length) },
      ...[["least", 0], ["median", 0.5], ["most", 1]].map(([title, p]) => ({ title: `${title} [ms]`, number: true, value: (group) => fixed(d3.quantile(group.rows, p, (row) => row[`${group.direction.prefix}_interruption_ns`]) / 1e6, 1) })),
    ], groups),
  });
}
