// A picture of each handover: every packet that it concerns as a dot, when it was sent against how long it took, coloured by
// what became of it. Those that never arrived have no such time, and stand below; the mechanism's steps are lines across.

const fates = [
  { name: "in time", colour: "var(--muted)", symbol: "circle" },
  { name: "waited in a buffer", colour: "var(--c0)", symbol: "circle" },
  { name: "led on by an access router", colour: "var(--c2)", symbol: "diamond" },
  { name: "doubled", colour: "var(--c3)", symbol: "square" },
  { name: "overtaken", colour: "var(--c4)", symbol: "triangle" },
  { name: "too late", colour: "var(--c1)", symbol: "circle" },
  ...[["radio off", "var(--c1)"], ["no route", "var(--c6)"], ["blackhole", "var(--c5)"], ["hop limit", "var(--c2)"], ["buffer overflow", "var(--c0)"], ["buffer discarded", "var(--c3)"],
    ["buffer kept", "var(--c4)"], ["queue limit", "var(--good)"], ["link loss", "var(--bad)"], ["corrupted", "var(--warn)"], ["unknown", "var(--ink)"]]
    .map(([name, colour]) => ({ name, colour, symbol: "times" })),
];
const kindNamed = new Map(fates.map((kind) => [kind.name, kind]));

// One word a packet: of what is wrong with it, or else of what is most to the point.
function kindOf(packet) {
  const name = packet.cause || (packet.held_at && "waited in a buffer") || (packet.forwarded_at && "led on by an access router")
    || (packet.copied_at && "doubled") || (packet.reordered && "overtaken") || "in time";
  return kindNamed.get(name) ?? kindNamed.get("unknown");
}

function storyOf(packet) {
  const where = (text, place) => (place ? `${text} ${place}` : "");
  return [`sent ${milliseconds(packet.sent_ns)} ms into the handover`, packet.delay_ns === null ? "never arrived" : `took ${time(packet.delay_ns)}`,
    packet.cause ? where(`${packet.cause} at`, packet.place) || packet.cause : "", where("waited at", packet.held_at), where("led on by", packet.forwarded_at),
    where("doubled at", packet.copied_at), packet.reordered ? "overtaken" : ""].filter(Boolean).join(", ");
}

const pictured = (mechanism) => {
  const own = packets.filter((packet) => packet.mechanism === mechanism);
  return handovers.filter((row) => own.some((packet) => packet.run === row.run && packet.handover === row.handover));
};
const packetsOf = (row) => packets.filter((packet) => packet.run === row.run && packet.handover === row.handover);
const stepsOf = (row) => d3.sort(steps.filter((step) => step.run === row.run && step.handover === row.handover && step.done_ns > 0), (step) => step.done_ns);

function packetPanel(row, width, bounds) {
  const beneath = -bounds.delay * 0.14;
  const dots = packetsOf(row).map((packet) => ({ ...packet, kind: kindOf(packet), x: packet.sent_ns / 1e6, y: packet.delay_ns === null ? beneath : packet.delay_ns / 1e6 }));
  const lines = [{ name: "start", done_ns: 0 }, ...stepsOf(row)].map((step, i) => ({ x: step.done_ns / 1e6, number: i, name: step.name }));
  const crossed = lines.filter(({ x }) => x >= bounds.from && x <= bounds.to);
  return chart(width, {
    height: 300, marginTop: 40, marginBottom: 36, marginLeft: 54, ariaLabel: `Packets of handover ${row.handover + 1}`,
    x: { domain: [bounds.from, bounds.to], label: "sent, ms from the start of the handover", ticks: width < 500 ? 5 : 10 },
    y: { domain: [beneath * 1.6, bounds.delay], label: "one-way delay [ms]", ticks: d3.ticks(0, bounds.delay, 4), grid: true },
    fy: { domain: directions.map((one) => one.name), label: null },
    marks: [
      Plot.ruleX(crossed, { x: "x", stroke: "var(--line)", className: "step" }),
      Plot.text(crossed, { x: "x", fy: () => directions[0].name, text: (line) => (line.number ? String(line.number) : "start"), frameAnchor: "top", fill: "var(--muted)", fontSize: 10, lineAnchor: "bottom" }),
      Plot.ruleY([0], { stroke: "var(--ink)" }),
      Plot.text(directions, { fy: "name", x: () => bounds.from, y: () => beneath, text: () => "missing", textAnchor: "end", dx: -6, fill: "var(--muted)" }),
      Plot.dot(dots, { fy: "direction", x: "x", y: "y", symbol: (dot) => dot.kind.symbol, stroke: (dot) => dot.kind.colour, fill: (dot) => (dot.kind.symbol === "times" ? "none" : dot.kind.colour),
        r: (dot) => (dot.kind.name === "in time" ? 2.4 : 4), strokeWidth: 1.8, className: "packet", title: storyOf }),
    ],
    r: { type: "identity" }, symbol: { type: "identity" },
  });
}

function packetFigure(mechanism) {
  const rows = pictured(mechanism);
  if (!rows.length) return "";
  const own = rows.flatMap(packetsOf);
  const bounds = {
    from: d3.min(own, (packet) => packet.sent_ns) / 1e6 - 5, to: d3.max(own, (packet) => packet.sent_ns) / 1e6 + 5,
    delay: (d3.max(own, (packet) => packet.delay_ns ?? 0) / 1e6 || 1) * 1.1,
  };
  const there = fates.filter((kind) => own.some((packet) => kindOf(packet) === kind));
  const names = stepsOf(rows[0]).map((step, i) => `${i + 1} ${step.name}`);
  const all = handovers.filter((row) => row.mechanism === mechanism && row.probe === "voip").length;
  const sums = d3.rollups(own.filter((packet) => packet.cause), (group) => group.length, (packet) => packet.direction, (packet) => packet.place, (packet) => packet.cause)
    .flatMap(([direction, places]) => places.flatMap(([place, causes]) => causes.map(([cause, n]) => ({ direction, place, cause, n }))));
  return figure({
    id: `packets-${mechanism}`, title: titleOf(mechanism),
    label: `One panel a handover, ${count(rows.length, "handover")}; ${count(own.length, "packet")}, of which ${own.filter((packet) => packet.cause).length} are missing or late.`,
    legend: legendOf(there.map((kind) => [pointSwatch(kind.colour, kind.symbol), kind.name])),
    caption: [element("b", {}, "A dot is a packet of the call. "), `Lines are the moments when steps were done: ${names.join(", ")}. A packet that never arrived stands below the line, at the time it was sent; its colour says why, and what is pointed at says where.`,
      all > rows.length ? ` The first ${rows.length} of ${all} handovers; the others are in the CSV file.` : ""],
    draw: (width) => rows.map((row) => ({ title: [`${row.from} to ${row.to}`, element("small", {}, `handover ${row.handover + 1}`), row.verdict === "clean" ? "" : [" ", chip(row.verdict)]].flat(), node: packetPanel(row, width, bounds) })),
    numbers: table(`Packets missing or late, ${titleOf(mechanism)}`, [
      { title: "Direction", value: (row) => row.direction }, { title: "Place", value: (row) => row.place }, { title: "Cause", value: (row) => row.cause },
      { title: "Packets", number: true, value: (row) => String(row.n) },
    ], sums),
  });
}
