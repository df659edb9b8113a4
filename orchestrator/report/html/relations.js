// Completion against what a campaign varies, completion against its analysis, and losses against completion.

const swept = parameters.find((p) => p.values.length > 1 && p.values.every((v) => isNumber(v.number)));
const numberOf = (parameter, text) => parameter.values.find((v) => v.text === text)?.number;
// A time is shown in milliseconds, a probability in percent.
const axisOf = (parameter) => (parameter.unit === "s" ? { scale: 1e3, label: `${shortName(parameter.name)} [ms]` } :
  parameter.unit === "1" ? { scale: 100, label: `${shortName(parameter.name)} [%]` } :
  { scale: 1, label: parameter.unit ? `${shortName(parameter.name)} [${parameter.unit}]` : shortName(parameter.name) });

function sweepPoints(axis, { key, scale }) {
  return data.table.map((row) => [row, row[key].n === 0 ? taintedMean(row, key) : { n: 0 }]).map(([row, tainted]) => ({
    row, tainted: tainted.n > 0, mechanism: row.mechanism, x: numberOf(swept, row.parameters[swept.name]) * axis.scale,
    rest: parameters.filter((p) => p !== swept).map((p) => `${shortName(p.name)} ${row.parameters[p.name]}`).join(", "),
    n: row[key].n + tainted.n, mean: scaled(tainted.n ? tainted.mean : row[key].mean, scale), ci95: scaled(row[key].ci95, scale),
    low: scaled(row[key].low ?? row[key].mean - row[key].ci95, scale), high: scaled(row[key].high ?? row[key].mean + row[key].ci95, scale),
    expected: scaled(expectedOf(row, key), scale),
  })).sort((a, b) => a.x - b.x);
}

// One scale for all panels of a figure, since they are compared: of means, analysis and limit; an interval may go beyond.
function sweepScale(points, limit) {
  const values = points.flatMap((p) => [p.mean, p.expected]).concat(limit).filter(isNumber);
  const [least, most] = d3.extent(values);
  if (!(least > 0 && most > 20 * least)) {
    const top = d3.max([most * 1.05, ...points.map((p) => p.high).filter((high) => high < 1.5 * most)]) || 1;
    return { type: "linear", domain: [0, top], ticks: 5 };
  }
  const domain = [least / 1.2, most * 1.2];
  const ticks = d3.range(-3, 7).flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power));
  return { type: "log", domain, ticks: ticks.filter((tick) => tick >= domain[0] && tick <= domain[1]) };
}

const limitOf = (quantity) => (data.crossing?.of.replace("-", "_") === quantity.of ? scaled(data.crossing.limit, quantity.scale) : undefined);

function sweepPanel(points, axis, width, scale, quantity) {
  const series = (p) => p.mechanism;
  const measured = points.filter((p) => isNumber(p.mean));
  const limit = limitOf(quantity);
  return chart(width, {
    height: 320, marginTop: 26, marginBottom: 46, inset: 6, ariaLabel: `${quantity.title} against what was varied`,
    x: { label: axis.label, labelOffset: 38, grid: true, ticks: width < 500 ? 4 : 8 },
    y: { ...scale, label: `${quantity.title}${scale.type === "log" ? ", logarithmic" : ""}`, labelArrow: "up", grid: true, tickFormat: "~f" },
    marks: [
      isNumber(limit) ? Plot.ruleY([limit], { stroke: "var(--bad)", strokeDasharray: "6 3" }) : null,
      isNumber(limit) ? Plot.text([limit], { y: (v) => v, text: (v) => `${fixed(v, 0)} ${quantity.unit}`, frameAnchor: "left", dx: 4, dy: -8, textAnchor: "start", fill: "var(--bad)", stroke: "var(--paper)", strokeWidth: 4 }) : null,
      Plot.line(points.filter((p) => isNumber(p.expected)), { x: "x", y: "expected", z: series, stroke: (p) => colourOf(p.mechanism), strokeWidth: 1.4, strokeOpacity: 0.75, className: "analytic" }),
      Plot.ruleX(measured.filter((p) => p.high > p.low), { x: "x", y1: (p) => Math.max(p.low, scale.domain[0]), y2: (p) => Math.min(p.high, scale.domain[1]), stroke: (p) => colourOf(p.mechanism), strokeWidth: 2 }),
      Plot.dot(measured, { x: "x", y: "mean", fill: (p) => (p.tainted ? "var(--paper)" : colourOf(p.mechanism)), stroke: (p) => (p.tainted ? colourOf(p.mechanism) : "var(--paper)"),
        symbol: (p) => symbolOf(p.mechanism), r: 4.5,
        title: (p) => `${titleOf(p.mechanism)}, ${axis.label.replace(/ \[.*/, "")} ${fixed(p.x, 2)}: ${withError(p.mean, p.ci95, 2)} ${quantity.unit}, analytic ${fixed(p.expected, 2)}` }),
    ],
  });
}

const lossy = parameters.some((p) => /\.(loss|gilbert-elliott|corrupt)$/.test(p.name));
const sweptQuantities = [
  { key: "completion_s", of: "completion", name: "Completion", title: "completion [ms]", unit: "ms", scale: 1e3 },
  { key: "lost_uplink", of: "lost_uplink", name: "Packets lost, uplink,", title: "packets lost, uplink", unit: "packets", scale: 1 },
  { key: "lost_downlink", of: "lost_downlink", name: "Packets lost, downlink,", title: "packets lost, downlink", unit: "packets", scale: 1 },
  { key: "retransmissions", of: "retransmissions", name: "Signalling repeated,", title: "retransmissions in a complete handover", unit: "messages", scale: 1 },
  { key: "completed", of: "completed", name: "Handovers completed", title: "handovers completed [%]", unit: "%", scale: 100 },
].filter(({ key }) => key !== "retransmissions" || data.table.some((row) => row.retransmissions?.max > 0))
  .filter(({ key }) => key !== "completed" || data.table.some((row) => row.handovers?.failed > 0));

// Wilson's interval of a share, of 95 %: it stays within 0 and 1, and has a width where all or none are complete.
function shareOf(done, n) {
  const z = 1.96;
  const middle = (done + (z * z) / 2) / (n + z * z);
  const half = (z / (n + z * z)) * Math.sqrt((done * (n - done)) / n + (z * z) / 4);
  return n ? { n, mean: done / n, low: Math.max(0, middle - half), high: Math.min(1, middle + half) } : { n };
}

for (const row of data.table) row.completed = shareOf(row.handovers?.complete ?? 0, (row.handovers?.complete ?? 0) + (row.handovers?.failed ?? 0));

function sweepFigure(quantity) {
  if (!swept) return "";
  const axis = axisOf(swept);
  const points = sweepPoints(axis, quantity);
  if (!points.some((p) => isNumber(p.mean))) return "";
  const scale = sweepScale(points, limitOf(quantity));
  const panels = d3.groups(points, (p) => p.rest);
  const analysed = points.some((p) => isNumber(p.expected));
  return figure({
    id: `sweep-${quantity.of}`, title: `${quantity.name} against ${shortName(swept.name)}`,
    label: `Measured means with their intervals as points, the analysis as a line, for ${listed(mechanisms.map(titleOf))}.`,
    legend: [mechanismLegend(mechanismsOf(points)), analysed ? legendOf([[lineSwatch("var(--muted)"), "analytic"]]) : ""],
    caption: [element("b", {}, points.some((p) => p.high > p.low) ? "Points: measured, with 95 % confidence intervals. " : "Points: measured. "), analysed ? `Lines: the analysis${lossy ? ", which knows of no loss on the links" : ""}.` : "",
      points.some((p) => p.tainted) ? " Open points: tainted, for want of a clean run." : ""],
    draw: (width) => panels.map(([rest, group]) => ({ title: rest, node: sweepPanel(group, axis, width, scale, quantity) })),
    numbers: table(`${quantity.name} against what was varied`, [
      { title: "Mechanism", value: (p) => titleOf(p.mechanism) },
      { title: "Setting", value: (p) => settingOf(p.row) },
      { title: "n", number: true, value: (p) => String(p.n) },
      { title: `measured [${quantity.unit}]`, number: true, value: (p) => `${withError(p.mean, p.ci95, 3)}${p.tainted ? " tainted" : ""}` },
      { title: "analytic", number: true, value: (p) => fixed(p.expected, 3) },
    ], points),
  });
}

// The largest value of what is varied that keeps a mechanism under the campaign's limit.
function crossingTable() {
  const rows = data.crossings ?? [];
  if (!rows.length || !data.crossing) return "";
  const along = parameters.find((p) => p.name === data.crossing.along);
  const { scale, label } = axisOf(along);
  const limit = sweptQuantities.find((quantity) => quantity.of === data.crossing.of);
  const others = parameters.length > 1;
  const probed = new Set(rows.map((row) => row.probe)).size > 1;
  return element("div", {}, element("h3", {}, `What keeps ${data.crossing.of} under ${fixed(scaled(data.crossing.limit, limit?.scale ?? 1), 0)} ${limit?.unit ?? ""}`),
    table("Crossings", [
      { title: "Mechanism", value: (row) => titleOf(row.mechanism) },
      ...(probed ? [{ title: "Probe", value: (row) => row.probe }] : []),
      ...(others ? [{ title: "Setting", value: (row) => Object.entries(row.parameters ?? {}).map(([name, text]) => `${shortName(name)} ${text}`).join(", ") }] : []),
      { title: `Largest ${shortName(along.name)} measured below it`, number: true, value: (row) => row.largest?.text ?? "none" },
      { title: `Crossing, fitted, ${label}`, number: true, value: (row) => fixed(scaled(row.fitted, scale), 2) },
      { title: "of the analysis", number: true, value: (row) => fixed(scaled(row.expected, scale), 2) },
    ], rows));
}

// Measured less analytic, of each handover: what the testbed adds of its own.
function deviationFigure() {
  const done = handovers.filter(complete);
  const names = mechanismsOf(done);
  if (!names.length) return "";
  const groups = names.map((name) => ({ name, ...honest(done.filter((row) => row.mechanism === name)) }));
  const points = groups.flatMap((group) => group.rows.map((row) => ({ name: group.name, tainted: group.tainted, us: (row.completion_ns - row.expected_completion_ns) / 1e3, row })));
  const wide = d3.max(points, (p) => Math.abs(p.us));
  const scale = wide > 5000 ? { by: 1e-3, unit: "ms" } : { by: 1, unit: "µs" };
  return figure({
    id: "deviation", title: "What completion has over its analysis",
    label: `One point a handover, for ${listed(names.map(titleOf))}.`,
    caption: [element("b", {}, "Measured less analytic completion, "), "a point a handover. The testbed’s own share: waking up, sending and receiving, and route changes."],
    draw: (width) => groups.map(({ name, tainted, verdict }) => {
      const own = points.filter((p) => p.name === name);
      return { title: marked(name, verdict, own.length), node: chart(width, {
        height: 92, marginBottom: 40, marginTop: 6, ariaLabel: `Completion of ${titleOf(name)} less its analysis`,
        x: { domain: [Math.min(0, d3.min(points, (p) => p.us) * 1.1) * scale.by, Math.max(1, d3.max(points, (p) => p.us) * 1.1) * scale.by], label: `measured − analytic [${scale.unit}]`, grid: true, ticks: width < 500 ? 4 : 8 },
        // Their height says nothing: it keeps points apart, however many there are of one value.
        y: { axis: null, domain: [0, 1], inset: 5 },
        marks: [
          Plot.ruleX([0], { stroke: "var(--ink)" }),
          Plot.dot(own, { x: (p) => p.us * scale.by, y: (p, i) => (0.5 + i * 0.618034) % 1, r: own.length > 200 ? 1.6 : 3, fill: tainted ? "var(--paper)" : colourOf(name), fillOpacity: 0.6, stroke: colourOf(name),
            title: (p) => `handover ${p.row.handover + 1}, ${p.row.probe}: ${milliseconds(p.row.completion_ns, 3)} ms` }),
        ],
      }) };
    }),
    numbers: table("Completion of each mechanism", [
      { title: "Mechanism", value: (g) => titleOf(g.name) },
      { title: "n", number: true, value: (g) => String(g.rows.length) },
      { title: "median [ms]", number: true, value: (g) => milliseconds(d3.median(g.rows, (r) => r.completion_ns), 3) },
      { title: "least less analytic", number: true, value: (g) => time(d3.min(g.rows, (r) => r.completion_ns - r.expected_completion_ns)) },
      { title: "median less analytic", number: true, value: (g) => time(d3.median(g.rows, (r) => r.completion_ns - r.expected_completion_ns)) },
      { title: "most less analytic", number: true, value: (g) => time(d3.max(g.rows, (r) => r.completion_ns - r.expected_completion_ns)) },
    ], groups),
  });
}

function regressionFigure() {
  const line = data.losses_on_completion;
  if (!line || !isNumber(line.slope_per_s)) return "";
  const points = callHandovers().filter((row) => complete(row) && inMeans(row)).map((row) => ({ x: row.completion_ns / 1e6, y: row.down_lost, row }));
  const end = d3.max(points, (p) => p.x) * 1.05;
  const at = (x) => ({ x, y: line.intercept + (line.slope_per_s * x) / 1e3 });
  return figure({
    id: "regression", title: "Packets lost against completion",
    label: "Downlink losses of every handover that is not tainted over its completion, with the fitted line.",
    legend: mechanismLegend(mechanismsOf(points.map((p) => p.row))),
    caption: [element("b", {}, `${withError(line.intercept, line.intercept_ci95, 2)} packets, and ${withError(line.slope_per_s, line.slope_ci95, 2)} a second of completion`),
      ` (least squares, n\u202f=\u202f${line.n}, R²\u202f=\u202f${fixed(line.r2, 4)}). The intercept holds what a handover costs however short it is: packets already on their way to the old router, and losses of the testbed’s own.`],
    draw: (width) => chart(width, {
      height: 260, marginBottom: 38, marginTop: 20, ariaLabel: "Losses over completion",
      x: { domain: [0, end], label: "completion [ms]", grid: true }, y: { label: "packets lost, downlink", grid: true, zero: true },
      marks: [
        Plot.line([at(0), at(end)], { x: "x", y: "y", stroke: "var(--muted)", strokeDasharray: "6 3" }),
        Plot.dot(points, { x: "x", y: "y", fill: (p) => colourOf(p.row.mechanism), symbol: (p) => symbolOf(p.row.mechanism), r: 3.6, fillOpacity: 0.7,
          title: (p) => `${titleOf(p.row.mechanism)}: ${count(p.y, "packet")} in ${fixed(p.x, 1)} ms` }),
      ],
    }),
  });
}
