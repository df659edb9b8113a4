// The answer: the table that the runs were made for, beside what was expected and what others have published.

// Of a mechanism with a completing step for each direction.
const byDirection = data.table.some((row) => row.completion_uplink_s && row.completion_uplink_s.expected !== row.completion_downlink_s.expected);

const quantities = [
  { key: "completion_s", title: "Completion [ms]", scale: 1e3, digits: 2, published: 0 },
  ...(byDirection ? [
    { key: "completion_uplink_s", title: "of the uplink [ms]", scale: 1e3, digits: 2, published: 0 },
    { key: "completion_downlink_s", title: "of the downlink [ms]", scale: 1e3, digits: 2, published: 0 },
  ] : []),
  { key: "lost_uplink", title: "Lost, uplink [packets]", scale: 1, digits: 2, published: 0 },
  { key: "lost_downlink", title: "Lost, downlink [packets]", scale: 1, digits: 2, published: 0 },
];

// What was published holds for the published setting, not for those that a campaign varies.
const anyPublished = !parameters.length && data.table.some((row) => Object.keys(row.reference ?? {}).length);
const kinds = anyPublished ? ["measured", "analytic", "published"] : ["measured", "analytic"];

const scaled = (value, scale) => (isNumber(value) ? value * scale : undefined);

const ofHandover = { completion_s: (row) => row.completion_ns / 1e9, lost_uplink: (row) => row.up_lost, lost_downlink: (row) => row.down_lost };
const expectedOfHandover = {
  completion_s: (row) => row.expected_completion_ns / 1e9, lost_uplink: (row) => row.up_expected_lost, lost_downlink: (row) => row.down_expected_lost,
};

const ofRow = (row) => handovers.filter((one) => one.mechanism === row.mechanism && parameters.every((p) => one[p.name] === row.parameters?.[p.name]));

// Where every handover of a row is tainted, their mean is shown for what it is, in the place of one that there is not.
function taintedMean(row, key) {
  const rows = ofRow(row).filter((one) => !inMeans(one) && complete(one) && (key.startsWith("completion") || one.probe === "voip"));
  return { mean: d3.mean(rows, ofHandover[key]), expected: d3.mean(rows, expectedOfHandover[key]), n: rows.length };
}

const expectedOf = (row, key) => row[key].expected ?? row.expected?.[key] ?? taintedMean(row, key).expected;

function measuredCell(row, { key, title, scale, digits }) {
  const cell = row[key];
  const tainted = cell.n === 0 ? taintedMean(row, key) : { n: 0 };
  const label = { "data-label": `${title}, measured` };
  if (tainted.n) {
    return element("td", { class: "number group", ...label }, fixed(tainted.mean * scale, digits), element("small", { class: "n" }, `tainted, n\u202f=\u202f${tainted.n}`));
  }
  return element("td", { class: "number ours group", ...label }, withError(scaled(cell.mean, scale), scaled(cell.ci95, scale), digits),
    element("small", { class: "n" }, `n\u202f=\u202f${cell.n}`));
}

function answerCells(row, quantity) {
  const { key, scale, digits, published } = quantity;
  const reference = row.reference?.[key];
  return [
    measuredCell(row, quantity),
    element("td", { class: "number", "data-label": "analytic" }, fixed(scaled(expectedOf(row, key), scale), digits)),
    anyPublished && element("td", { class: "number", "data-label": "published" },
      withError(scaled(reference?.mean, scale), scaled(reference?.error, scale), published)),
  ];
}

function answerTable() {
  const head = element("thead", {},
    element("tr", {}, element("td", {}), quantities.map((q) => element("th", { colspan: kinds.length, scope: "colgroup", class: "group" }, q.title))),
    element("tr", {}, element("th", { scope: "col" }, "Mechanism"),
      quantities.flatMap(() => kinds.map((text, i) =>
        element("th", { scope: "col", class: i ? "number" : "number group" }, text)))));
  const body = data.table.map((row) => {
    const asides = [parameters.length ? settingOf(row) : "", row.failed ? `${row.failed} failed` : "", ofRow(row).length ? tally(ofRow(row)) : ""];
    return element("tr", {},
      element("th", { scope: "row" }, element("span", { class: "key", style: `background:${colourOf(row.mechanism)}` }), row.title || row.mechanism,
        asides.filter(Boolean).map((text) => [element("br"), element("small", {}, text)])),
      quantities.map((q) => answerCells(row, q)));
  });
  return element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Table of results" },
    element("table", { class: "answer", "aria-label": "Completion and packets lost per handover" }, head, element("tbody", {}, body)));
}

function leadSentence() {
  const rows = data.table.filter((row) => isNumber(row.completion_s.mean));
  if (parameters.length || !rows.length) return "";
  const said = rows.map((row) => `${fixed(row.completion_s.mean * 1e3, row.completion_s.mean < 0.1 ? 1 : 0)}\u202fms by ${row.title || row.mechanism}`);
  return element("p", { class: "lead" }, `A handover completes in ${said.join("; ")}.`);
}

function statusLine() {
  const tainted = runs.filter((run) => run.verdict === "tainted").length;
  const unknown = runs.filter((run) => run.verdict === "not known").length;
  const redone = handovers.filter((row) => !inMeans(row)).length;
  const failed = data.failed_runs.length;
  const lost = handovers.filter((row) => !complete(row)).length;
  const trouble = [
    data.interrupted && "the campaign was interrupted, and there are runs to come",
    failed && `${count(failed, "run")} failed`,
    tainted && `${tainted === 1 ? "1 run is" : `${tainted} runs are`} tainted: disturbed each time a handover was made`,
    redone && `${count(redone, "handover")} tainted: shown, marked, and in no mean`,
    unknown && `of ${count(unknown, "run")} it is not known what disturbed them`,
    lost && `${count(lost, "handover")} did not complete`,
  ].filter(Boolean);
  const text = `${count(runs.length + failed, "run")}, ${count(handovers.length, "handover")}. `;
  const link = element("a", { href: "#verdicts" }, "Verdicts and reasons");
  if (!trouble.length) return element("p", { class: "status" }, `${text}Every run is clean, and every handover completed. `, link, ".");
  return element("p", { class: `status ${failed || lost ? "bad" : "warn"}` }, `${text}${listed(trouble)}. `, link, ".");
}

function answerSection() {
  // What a sweep has found is seen in its curves; its table is long.
  const long = swept && data.table.length > 12;
  const answer = long ? [crossingTable(), sweepFigure(sweptQuantities[0]), folded(`The table: ${data.table.length} settings`, answerTable())] : [answerTable(), crossingTable()];
  section("answer", "Results", leadSentence(), statusLine(), answer,
    element("p", { class: "note" }, "Measured: mean over complete handovers that are not tainted, ± half the width of its 95 % confidence interval (Student’s t). ",
      handovers.some((row) => !inMeans(row)) && "Where there is no other, the mean of tainted ones stands there, marked. ",
      "Analytic: from the mechanism’s critical path over the link delays and processing times. ",
      anyPublished && "Published: as the mechanism’s file quotes it. "),
    besideTable(),
    comparisonTable());
}

function comparisonTable() {
  const rows = (data.comparisons ?? []).filter((row) => row.pairs > 0);
  if (!rows.length) return "";
  const pair = (row) => `${titleOf(row.b)} less ${titleOf(row.a)}`;
  const difference = (summary, scale, digits) => withError(scaled(summary?.mean, scale), scaled(summary?.ci95, scale), digits);
  const differences = table("Paired differences between mechanisms", [
    { title: "Difference", value: pair },
    ...(new Set(rows.map((row) => row.probe)).size > 1 ? [{ title: "Probe", value: (row) => row.probe }] : []),
    ...(parameters.length ? [{ title: "Setting", value: settingOf }] : []),
    { title: "Pairs", number: true, value: (row) => String(row.pairs) },
    { title: "Completion [ms]", number: true, value: (row) => difference(row.completion_s, 1e3, 2) },
    { title: "Lost, uplink", number: true, value: (row) => difference(row.lost_uplink, 1, 2) },
    { title: "Lost, downlink", number: true, value: (row) => difference(row.lost_downlink, 1, 2) },
  ], rows);
  const content = [differences, element("p", { class: "note" }, "On the same seeds and the same handovers; ± half of the 95 % interval of the mean difference.")];
  return rows.length > 12 ? folded(`Paired differences: ${rows.length} of them`, content) : [element("h3", {}, "Paired differences"), content];
}
