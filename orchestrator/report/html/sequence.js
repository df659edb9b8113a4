// The message sequence chart of a mechanism, with measured times on its arrows. Time goes down, but not to scale: messages that
// follow each other by microseconds have to be told apart.

const laneOrder = ["mobile", "old", "new", "access-router", "router", "anchor", "home", "correspondent"];

const handoverOf = (row) => `${row.run}#${row.handover}`;

// Where a mechanism's steps go from router to router they differ between handovers. Of those that have the same the most.
function alike(own) {
  const byHandover = d3.groups(own, handoverOf).map(([handover, group]) => [handover, group.map((step) => step.name).join("\n")]);
  const most = d3.greatest(d3.groups(byHandover, ([, names]) => names), ([, group]) => group.length);
  return new Set((most?.[1] ?? []).map(([handover]) => handover));
}

// The steps of a mechanism in the order they were sent: medians over its handovers.
function playedSteps(mechanism) {
  const { rows, verdict } = honest(handovers.filter((row) => row.mechanism === mechanism));
  const wanted = new Set(rows.map(handoverOf));
  const all = steps.filter((step) => step.mechanism === mechanism && wanted.has(handoverOf(step)) && step.done_ns > 0);
  const same = alike(all);
  const own = all.filter((step) => same.has(handoverOf(step)));
  const median = (group, key) => d3.median(group, (step) => step[key]);
  const played = d3.groups(own, (step) => step.step).map(([index, group]) => ({
    ...group[0], index, n: group.length,
    sent: median(group, "sent_ns"), received: median(group, "received_ns"), done: median(group, "done_ns"), expected: median(group, "expected_done_ns"),
    least: d3.min(group, (step) => step.done_ns), most: d3.max(group, (step) => step.done_ns),
    repeated: d3.sum(group, (step) => Math.max(0, step.transmissions - 1)),
  }));
  const shown = rows.filter((row) => same.has(handoverOf(row)));
  const completion = d3.median(shown, (row) => row.completion_ns);
  return { verdict, completion, first: shown[0], others: wanted.size - same.size, steps: d3.sort(played, (step) => step.sent, (step) => step.index) };
}

function lanesOf(played) {
  const names = [...new Set(played.flatMap((step) => [step.from, step.to]))];
  const rank = (name) => (laneOrder.includes(name) ? laneOrder.indexOf(name) : laneOrder.length);
  return d3.sort(names, rank);
}

function boundNode(role, row) {
  const bound = { mobile: row?.mobile, old: row?.from, new: row?.to }[role];
  return bound ?? data.nodes.find((node) => node.role === role)?.name ?? "";
}

const laneText = (role) => ({ old: "old router", new: "new router" })[role] ?? role;
// A local step arrives nowhere: it is over when it is done.
const isLocal = (step) => step.layer === 0;
const arrival = (step) => (isLocal(step) ? step.done : step.received);
const drop = (ns) => 5 + Math.min(26, 8 * Math.log10(1 + (10 * Math.max(0, ns)) / 1e6));

function sequenceDrawing(mechanism, { steps: played, completion, first }, width) {
  const narrow = width < 560;
  const lanes = lanesOf(played);
  const gutter = narrow ? 52 : 74;
  const gap = Math.min(320, (width - gutter - (narrow ? 34 : 86)) / Math.max(1, lanes.length - 1));
  const x = (name) => gutter + (narrow ? 12 : 26) + lanes.indexOf(name) * gap;
  const top = 46;
  let y = top + 30;
  const last = played.findLastIndex((step) => step.done <= completion + 1);
  const rows = played.map((step, i) => {
    const row = { step, y1: y, y2: y + drop(arrival(step) - step.sent), completes: i === last };
    y = row.y2 + (row.completes ? 58 : 38);
    return row;
  });
  const svg = d3.create("svg").attr("class", "diagram").attr("viewBox", `0 0 ${width} ${y}`).attr("width", width).attr("height", y);
  const marker = `arrow-${mechanism}`;
  svg.append("marker").attr("id", marker).attr("viewBox", "0 0 8 8").attr("refX", 7.5).attr("refY", 4).attr("markerWidth", 8).attr("markerHeight", 8).attr("orient", "auto")
    .append("path").attr("d", "M0,0.8L8,4L0,7.2z").style("fill", colourOf(mechanism));
  drawLanes(svg, lanes, x, top, y, first, narrow);
  for (const row of rows) drawMessage(svg, row, x, mechanism, marker, narrow);
  const finish = rows[last];
  if (finish) drawCompletion(svg, finish, completion, gutter, width, narrow);
  return svg.node();
}

function drawLanes(svg, lanes, x, top, bottom, row, narrow) {
  const lane = svg.append("g").selectAll("g").data(lanes).join("g").attr("class", "lane").attr("transform", (name) => `translate(${x(name)},0)`);
  lane.append("line").attr("class", "lifeline").attr("y1", top - 4).attr("y2", bottom - 6);
  lane.append("text").attr("class", "strong").attr("text-anchor", "middle").attr("y", 14).style("font-size", narrow ? "10px" : null)
    .text((name) => (narrow ? laneText(name).replace(" router", "").replace("correspondent", "corresp.") : laneText(name)));
  lane.append("text").attr("class", "quiet").attr("text-anchor", "middle").attr("y", 30).text((name) => boundNode(name, row));
}

function drawMessage(svg, { step, y1, y2 }, x, mechanism, marker, narrow) {
  const from = x(step.from);
  const to = x(step.to);
  const group = svg.append("g").attr("class", "message");
  const times = isLocal(step) ? `from ${time(step.sent)}` : `sent ${time(step.sent)}, received ${time(step.received)},`;
  group.append("title").text(`${step.message || step.name}: ${times} done ${time(step.done)} (analytic ${time(step.expected)})`);
  group.append("line").attr("x1", from).attr("y1", y1).attr("x2", to).attr("y2", y2).attr("marker-end", isLocal(step) ? null : `url(#${marker})`)
    .style("stroke", colourOf(mechanism)).style("stroke-width", isLocal(step) ? 6 : 1.8).style("stroke-dasharray", step.layer === 2 ? "5 3" : null);
  group.append("text").attr("class", "halo").attr("text-anchor", "middle").attr("x", (from + to) / 2).attr("y", y1 - 6).style("font-size", narrow ? "10.5px" : null)
    .text(step.name + (step.repeated ? ` (${step.repeated} repeated)` : ""));
  group.append("text").attr("class", "quiet halo").attr("x", 0).attr("y", y1 + 4).style("font-size", narrow ? "10px" : null).text(stamp(step.sent, narrow));
  const right = to > from;
  group.append("text").attr("class", "halo strong").attr("text-anchor", right ? "end" : "start").attr("x", to + (right ? -9 : 9)).attr("y", y2 + 13).style("font-size", "11px")
    .text(stamp(step.done, narrow));
}

const stamp = (ns, narrow) => `${milliseconds(ns, ns < 1e8 ? 2 : 1)}${narrow ? "" : " ms"}`;

function drawCompletion(svg, { y2 }, completion, gutter, width, narrow) {
  const y = y2 + 24;
  svg.append("line").attr("class", "over").attr("x1", 0).attr("x2", width).attr("y1", y).attr("y2", y).style("stroke-dasharray", "2 3");
  svg.append("text").attr("class", "strong halo").attr("x", 0).attr("y", y + 14).style("fill", "var(--good)").text(`complete: ${stamp(completion, false)}`);
}

function sequenceFigure(mechanism) {
  const chosen = playedSteps(mechanism);
  if (!chosen.steps.length || !chosen.steps[0].from) return "";
  const setting = parameters.length ? ` (${settingOf(runs.find((run) => run.run === chosen.steps[0].run))})` : "";
  const n = d3.max(chosen.steps, (step) => step.n);
  return figure({
    id: `sequence-${mechanism}`, title: `${titleOf(mechanism)}${setting}`,
    label: `Message sequence chart: ${chosen.steps.map((step) => `${step.name} ${isLocal(step) ? "at" : `from ${step.from} to`} ${step.to}, done at ${time(step.done)}`).join("; ")}.`,
    legend: legendOf([[lineSwatch(colourOf(mechanism)), "layer 3, routed"], [lineSwatch(colourOf(mechanism), "5 3"), "layer 2, one link"]]),
    caption: [element("b", {}, `Medians of ${count(n, "handover")}, in ms from the start. `), "On the left, when a message was sent; at its arrow’s head, when its receiver had done with it. Times are measured, distances are not to scale.",
      chosen.others ? ` From ${chosen.first.from} to ${chosen.first.to} and wherever its steps are the same; ${count(chosen.others, "handover")} went another way.` : "",
      chosen.verdict === "clean" ? "" : [" ", chip(chosen.verdict)]],
    draw: (width) => sequenceDrawing(mechanism, chosen, width),
    numbers: table(`Messages of ${titleOf(mechanism)}`, [
      { title: "Step", value: (s) => [s.name, element("br"), element("small", {}, s.message)] },
      { title: "From, to", value: (s) => (isLocal(s) ? `at ${s.to}` : `${s.from} → ${s.to}`) },
      { title: "Layer", number: true, value: (s) => (isLocal(s) ? "-" : String(s.layer)) },
      { title: "Sent [ms]", number: true, value: (s) => milliseconds(s.sent, 3) },
      { title: "Received", number: true, value: (s) => (isLocal(s) ? "-" : milliseconds(s.received, 3)) },
      { title: "Done", number: true, value: (s) => milliseconds(s.done, 3) },
      { title: "least to most", number: true, value: (s) => `${milliseconds(s.least, 3)} to ${milliseconds(s.most, 3)}` },
      { title: "analytic", number: true, value: (s) => milliseconds(s.expected, 3) },
      { title: "Repeated", number: true, value: (s) => String(s.repeated) },
    ], chosen.steps),
  });
}
