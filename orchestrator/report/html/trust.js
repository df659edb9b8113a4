// Why to believe it: verdicts with reasons, and how to do it again.

const reasonsOf = (run) => (Array.isArray(run.reasons) ? run.reasons : String(run.reasons ?? "").split("; ")).filter(Boolean);
const quantilesOf = (run, name) => ["p50", "p99", "max"].map((q) => fixed(run[`${name}_${q}_ns`] / 1e3, 0)).join(" / ");

function runTable(caption, rows) {
  return table(caption, [
    { title: "Run", value: (run) => [titleOf(run.mechanism), element("br"), element("small", {}, [run.probe, parameters.length ? settingOf(run) : "", `seed ${run.seed}`].filter(Boolean).join(", "))] },
    { title: "Verdict", value: (run) => [chip(run.verdict), ...reasonsOf(run).map((reason) => [element("br"), element("small", {}, reason)]).flat()] },
    { title: "Handovers", value: (run) => tally(handovers.filter((row) => row.run === run.run)) },
    { title: "Links late, µs (p50 / p99 / max)", number: true, value: (run) => ((run.engine || "").startsWith("wire") ? quantilesOf(run, "emulator") : none) },
    { title: "Timers late, µs (p50 / p99 / max)", number: true, value: (run) => quantilesOf(run, "timers") },
    { title: "Idle", number: true, value: (run) => `${fixed(run.idle_share * 100, 0)} %` },
  ], rows);
}

function failures() {
  const lost = handovers.filter((row) => !complete(row));
  const parts = [];
  if (data.failed_runs.length) {
    parts.push(element("h3", {}, "Runs that failed"), table("Runs that failed", [
      { title: "Run", value: (one) => one.run }, { title: "Why", value: (one) => one.error },
    ], data.failed_runs));
  }
  if (lost.length) {
    parts.push(element("h3", {}, "Handovers that did not complete"), table("Handovers that did not complete", [
      { title: "Mechanism", value: (row) => titleOf(row.mechanism) }, { title: "Run", value: (row) => `${row.run}, handover ${row.handover + 1}` },
      { title: "Why", value: (row) => row.failure },
    ], lost.slice(0, 100)), lost.length > 100 ? element("p", { class: "note" }, `The first 100 of ${lost.length}.`) : "");
  }
  return parts;
}

function taintedHandovers() {
  const rows = handovers.filter((row) => !inMeans(row));
  if (!rows.length) return "";
  return folded(`${count(rows.length, "tainted handover")}`, table("Tainted handovers", [
    { title: "Mechanism", value: (row) => titleOf(row.mechanism) }, { title: "Run", value: (row) => `${row.run}, handover ${row.handover + 1}` },
    { title: "Why", value: (row) => row.reasons },
  ], rows.slice(0, 100)));
}

function verdictSection() {
  const many = runs.length > 24;
  const unclean = runs.filter((run) => run.verdict !== "clean");
  const clean = runs.length - unclean.length;
  section("verdicts", "Verdicts",
    element("p", {}, `${clean} of ${count(runs.length, "run")} clean. A handover is tainted when the machine disturbed it: a packet, a timer or a message that came more than 1 ms late while packets it concerns were under way, ` +
      "or cores idle for less than 5 % of that time. It is shown, is in no mean, and is made again, up to three times as many as were asked for; a run is clean when each came out clean. What netem does in real time is not known: it does not say how late it is."),
    many ? [unclean.length ? runTable("Runs that are not clean", unclean) : "", folded(`All ${runs.length} runs`, runTable("All runs", runs))] : runTable("Runs", runs),
    taintedHandovers(), failures(), routeActions());
}

function routeActions() {
  const rows = Object.entries(data.route_action_ns ?? {}).filter(([, summary]) => summary.n > 0).map(([way, summary]) => ({ way, ...summary }));
  if (!rows.length) return "";
  return [element("h3", {}, "Route actions"), table("Time for a route action", [
    { title: "By", value: (row) => (row.way === "command" ? "commands (ip)" : row.way) },
    { title: "n", number: true, value: (row) => String(row.n) },
    ...["median", "min", "max"].map((key) => ({ title: key, number: true, value: (row) => time(row[key]) })),
  ], rows)];
}

function repeatSection() {
  const kernels = [...new Set(runs.map((run) => run.kernel).filter(Boolean))];
  const engines = [...new Set(runs.map((run) => run.engine).filter(Boolean))];
  const facts = [
    ["Segue", data.segue], ["Lab", data.lab], ["Clock", data.clock === "virtual" ? "virtual: computed in a guest kernel, the same bytes every time" : data.clock],
    ["Links", engines.join(", ") || data.links], ["Kernel", kernels.join(", ") || data.kernel], ["Seeds used", seedText()],
    ...(data.options ?? []), ["Files", data.kind === "campaign" ? "runs.csv, handovers.csv, throughput.csv, steps.csv, links.csv, campaign.sqlite; README.md says what each column is; lab/ has the topology, the mechanisms and the campaign’s file" :
      "summary.json, handovers.jsonl, and a CSV file a run"],
  ].filter(([, text]) => text);
  section("repeat", "How to repeat it", data.kind === "campaign" && element("p", {}, "In the folder of this report, from the files kept there", data.clock === "virtual" ? ", and to the same bytes:" : ":"),
    data.command ? element("pre", { tabindex: 0, "aria-label": "Command" }, data.command) : "",
    element("dl", { class: "repeat" }, facts.map(([name, text]) => [element("dt", {}, name), element("dd", {}, text)]).flat()));
}

function seedText() {
  const seeds = [...new Set(runs.map((run) => run.seed))];
  return seeds.length > 12 ? `${seeds.slice(0, 3).join(", ")} … ${seeds.at(-1)} (${seeds.length} of them; runs.csv)` : seeds.join(", ") || String(data.seed);
}
