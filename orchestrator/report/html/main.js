// Puts the page together. The attribute data-ready says that it is done; data-errors, what went wrong on the way.

function guarded(part) {
  try {
    return part();
  } catch (error) {
    console.error(error);
    return element("p", { class: "status bad", role: "alert" }, `A part of this report could not be drawn: ${error.message}`);
  }
}

function figureSection(id, heading, ...parts) {
  const drawn = parts.map(guarded).filter(Boolean);
  if (drawn.length) section(id, heading, drawn);
}

function header() {
  document.getElementById("kind").textContent = data.kind === "campaign" ? `Campaign report · ${data.name}` : `Run report · ${data.lab}`;
  document.getElementById("title").textContent = data.title || data.name;
  document.title = `${data.title || data.name} – Segue`;
  document.getElementById("version").textContent = data.segue;
  const engines = [...new Set(runs.map((run) => run.engine).filter(Boolean))];
  document.getElementById("facts").textContent = [`${count(mechanisms.length, "mechanism")}`, `clock ${data.clock}`, `links by ${engines.join(" and ") || data.links}`,
    `seed ${data.seed}`, data.experiment_ns ? `${time(data.experiment_ns)} of experiment` : ""].filter(Boolean).join(" · ");
}

header();
guarded(answerSection);
figureSection("throughput", "Throughput", () => throughputFigure("iperf-tcp", "TCP"), () => throughputFigure("iperf-udp", "UDP"));
figureSection("handovers", "What a handover costs", ...sweptQuantities.slice(data.table.length > 12 ? 1 : 0).map((quantity) => () => sweepFigure(quantity)),
  lossFigure, interruptionFigure, deviationFigure, regressionFigure);
guarded(explanationSection);
figureSection("sequences", "The mechanisms", ...mechanisms.map((name) => () => sequenceFigure(name)));
figureSection("packets", "Where each packet went", ...mechanisms.map((name) => () => packetFigure(name)));
guarded(topologySection);
guarded(verdictSection);
guarded(repeatSection);
guarded(watchWidths);
document.documentElement.dataset.ready = "true";
