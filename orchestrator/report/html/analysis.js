// What was measured beside what the analysis says of it, and where the gaps went.

const figuresBeside = () => [...new Map(data.table.flatMap((row) => row.beside ?? []).map((one) => [one.figure, one])).values()]
  .filter(({ figure }) => data.table.some((row) => (row.beside ?? []).some((one) => one.figure === figure && (one.measured || one.expected))));

function besideTable() {
  const figures = figuresBeside();
  if (!figures.length) return "";
  const rows = data.table.flatMap((row) => ["up", "down"].map((direction) => ({ row, direction, beside: (row.beside ?? []).filter((one) => one.direction === direction) })))
    .filter(({ beside }) => beside.length);
  const value = ({ beside }, figure, side) => fixed(beside.find((one) => one.figure === figure)?.[side], 2);
  return [
    element("h3", {}, "A call at a handover"),
    table("Figures of a call beside the analysis", [
      { title: "Mechanism", value: ({ row }) => titleOf(row.mechanism) },
      { title: "Way", value: ({ direction }) => direction },
      ...figures.flatMap(({ figure, unit }) => [
        { title: `${figure[0].toUpperCase()}${figure.slice(1)}${unit && ` [${unit}]`}, measured`, number: true, value: (row) => value(row, figure, "measured") },
        { title: "analytic", number: true, value: (row) => value(row, figure, "expected") },
      ]),
    ], rows),
    element("p", { class: "note" }, "Means over complete handovers that are not tainted; the analysis’ over all moments at which a handover may begin between two packets."),
  ];
}

const gaps = [
  { key: "completion", title: "Completion" }, { key: "outage_uplink", title: "Outage up" }, { key: "outage_downlink", title: "Outage down" },
  { key: "interruption_uplink", title: "Interruption up" }, { key: "interruption_downlink", title: "Interruption down" },
];
const packetsSaved = [
  { key: "lost_uplink", title: "Lost up" }, { key: "lost_downlink", title: "Lost down" }, { key: "duplicated_uplink", title: "Doubled up" },
  { key: "duplicated_downlink", title: "Doubled down" }, { key: "buffered_uplink", title: "Held up" }, { key: "buffered_downlink", title: "Held down" },
];

const blankZero = (value, digits) => (value ? fixed(value, digits) : "");

const gapColumns = gaps.map(({ key, title }) => ({
  title: `${title} [ms]`, number: true, value: (part) => (part.ns[key] === null ? "no end" : blankZero(part.ns[key] / 1e6, 3)),
}));

function kindsOf(explanation) {
  const sums = d3.rollups(explanation.parts, (parts) => Object.fromEntries(gaps.map(({ key }) => [key, d3.sum(parts, (part) => part.ns[key])])), (part) => part.kind);
  return [...sums.map(([kind, ns]) => ({ kind, ns })), { kind: "together", ns: explanation.gaps_ns }];
}

function explanationTables(explanation) {
  const kinds = table(`What the gaps of ${explanation.mechanism} consist of`, [{ title: "Part", value: (part) => part.kind }, ...gapColumns], kindsOf(explanation));
  const parts = table(`Each part of the gaps of ${explanation.mechanism}`, [
    { title: "Part", value: (part) => part.kind }, { title: "Of", value: (part) => part.of }, { title: "Over", value: (part) => part.over }, ...gapColumns,
  ], explanation.parts);
  const some = (columns, of) => columns.filter(({ key }) => explanation.savings.some((saving) => Math.abs(saving[of][key]) > 1e-12));
  const savings = table(`What a millisecond less saves ${explanation.mechanism}`, [
    { title: "A millisecond less of", value: (saving) => saving.parameter },
    { title: "Now [ms]", number: true, value: (saving) => fixed(saving.now_ns / 1e6, 3) },
    ...some(gaps, "ns_per_ns").map(({ key, title }) => ({ title: `${title} [ms]`, number: true, value: (saving) => blankZero(saving.ns_per_ns[key], 2) })),
    ...some(packetsSaved, "packets_per_ns").map(({ key, title }) => ({ title: `${title} [packets]`, number: true, value: (saving) => blankZero(saving.packets_per_ns[key] * 1e6, 3) })),
  ], explanation.savings);
  return [
    element("h3", {}, `${titleOf(explanation.mechanism)}, ${explanation.from} to ${explanation.to}`), kinds,
    explanation.drawn.length > 0 && element("p", { class: "note" }, `${explanation.drawn.join(", ")}: drawn at random for each handover, and taken for the mean.`),
    folded("By step, link and node", parts),
    explanation.savings.length > 0 && folded("Which millisecond to save", savings),
  ];
}

function explanationSection() {
  const explanations = data.explanations ?? [];
  if (!explanations.length) return;
  section("gaps", "Where the gaps went", explanations.flatMap(explanationTables),
    element("p", { class: "note" }, "By the analysis: each column is the sum of its parts. An outage is how long what is sent is lost; an interruption is the longest gap between arrivals less the packet interval, as a mean over its phase."));
}
