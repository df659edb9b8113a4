// The network: nodes in layers by their distance from the mobile node, and what each link was asked for against what it did.

const cables = () => {
  const found = new Map();
  for (const row of links) {
    const [from, to] = row.direction.split(">");
    const cable = found.get(row.link) ?? { name: row.link, a: from, b: to, requested: new Set() };
    cable.requested.add(row.requested || "no impairment");
    found.set(row.link, cable);
  }
  return [...found.values()];
};

// Breadth first from the first mobile node, or else the first node; in a layer, a node stands near those it hangs on.
function layersOf(nodes, edges) {
  const first = (nodes.find((node) => node.role === "mobile") ?? nodes[0]).name;
  const next = (name) => edges.filter((e) => e.a === name || e.b === name).map((e) => (e.a === name ? e.b : e.a));
  const depth = new Map([[first, 0]]);
  for (const queue = [first]; queue.length;) {
    const name = queue.shift();
    for (const other of next(name)) if (!depth.has(other)) { depth.set(other, depth.get(name) + 1); queue.push(other); }
  }
  for (const node of nodes) if (!depth.has(node.name)) depth.set(node.name, d3.max(depth.values()) + 1);
  const layers = d3.groups(nodes, (node) => depth.get(node.name)).sort((a, b) => a[0] - b[0]).map(([, group]) => group.map((node) => node.name));
  const place = new Map();
  for (const layer of layers) {
    const ordered = d3.sort(layer, (name) => d3.mean(next(name).filter((other) => place.has(other)), (other) => place.get(other)) ?? 0);
    ordered.forEach((name, i) => place.set(name, (i + 1) / (ordered.length + 1)));
    layer.splice(0, layer.length, ...ordered);
  }
  return layers;
}

function topologyDrawing(nodes, edges, width) {
  const layers = layersOf(nodes, edges);
  const tall = width < 600;
  const across = d3.max(layers, (layer) => layer.length);
  const box = { w: 104, h: 42 };
  const height = tall ? layers.length * 108 - 30 : Math.max(130, across * 74);
  const at = new Map();
  layers.forEach((layer, i) => layer.forEach((name, j) => {
    const along = layers.length > 1 ? i / (layers.length - 1) : 0.5;
    const beside = (j + 1) / (layer.length + 1);
    at.set(name, tall ? { x: beside * width, y: box.h / 2 + 2 + along * (height - box.h - 4) } : { x: box.w / 2 + 2 + along * (width - box.w - 4), y: beside * height });
  }));
  const svg = d3.create("svg").attr("class", "diagram").attr("viewBox", `0 0 ${width} ${height}`).attr("width", width).attr("height", height);
  const cable = svg.append("g").selectAll("g").data(edges).join("g").attr("class", "link");
  cable.append("title").text((e) => `${e.name}: ${[...e.requested].join(" / ")}`);
  cable.append("line").attr("class", "cable").attr("x1", (e) => at.get(e.a).x).attr("y1", (e) => at.get(e.a).y).attr("x2", (e) => at.get(e.b).x).attr("y2", (e) => at.get(e.b).y);
  cable.append("text").attr("class", "quiet halo").attr("text-anchor", "middle").attr("x", (e) => (at.get(e.a).x + at.get(e.b).x) / 2).attr("y", (e) => (at.get(e.a).y + at.get(e.b).y) / 2 + (tall ? 4 : -5))
    .text((e) => cableText(e));
  const node = svg.append("g").selectAll("g").data(nodes).join("g").attr("class", "node").attr("transform", (n) => `translate(${at.get(n.name).x},${at.get(n.name).y})`);
  node.append("title").text((n) => `${n.name}, ${n.role}, ${n.address}`);
  node.append("rect").attr("class", "box").attr("x", -box.w / 2).attr("y", -box.h / 2).attr("width", box.w).attr("height", box.h).attr("rx", (n) => (n.role === "mobile" ? box.h / 2 : 6));
  node.append("text").attr("class", "strong").attr("text-anchor", "middle").attr("y", -2).text((n) => n.name);
  node.append("text").attr("class", "quiet").attr("text-anchor", "middle").attr("y", 13).text((n) => n.role);
  return svg.node();
}

const unitsApart = (text) => text.replace(/(\d)us\b/g, "$1 µs").replace(/(\d)(ns|ms|s)\b/g, "$1 $2");

function cableText(cable) {
  const settings = [...cable.requested].map((one) => unitsApart(one.replace(/\bdelay /, "")));
  const text = settings.join(" / ");
  if (text.length <= 18) return text;
  return settings.length > 1 ? `${settings.length} settings` : `${text.slice(0, 17)}…`;
}

// The kernel holds a probability in 32 bits: what differs by less than that is the same.
const asHeld = (text) => text.replace(/([\d.]+)%/g, (whole, number) => `${Number(Number(number).toPrecision(7))}%`);

// Counters of all runs together; what was read back has to be the same in each, or all of it is shown.
function linkRows() {
  return d3.groups(links, (row) => row.direction, (row) => row.link).flatMap(([direction, byLink]) => byLink.map(([link, group]) => ({
    link, direction, requested: [...new Set(group.map((row) => asHeld(row.requested)))], realised: [...new Set(group.map((row) => asHeld(row.realised)))],
    packets: d3.sum(group, (row) => row.packets), lost: d3.sum(group, (row) => row.lost), dropped: d3.sum(group, (row) => row.dropped),
  })));
}

// A sweep has many; where a list of them says nothing more, its ends do.
const several = (list) => (list.length > 4 ? `${list.length}: ${list[0]} / ${list[1]} / … / ${list.at(-1)}` : list.join(" / "));

function topologySection() {
  const edges = cables();
  if (!edges.length) return;
  const known = new Set(data.nodes.map((node) => node.name));
  const others = [...new Set(edges.flatMap((e) => [e.a, e.b]))].filter((name) => !known.has(name)).map((name) => ({ name, role: "", address: "" }));
  const nodes = [...data.nodes, ...others].filter((node) => edges.some((e) => e.a === node.name || e.b === node.name));
  const share = (row, n) => (row.packets ? `${n} (${fixed((100 * n) / row.packets, 3)} %)` : String(n));
  const rows = linkRows();
  const differ = rows.filter((row) => row.requested.join() !== row.realised.join()).length;
  section("network", "The network",
    figure({
      id: "topology", title: "Nodes and links",
      label: `${edges.map((e) => `${e.a} to ${e.b}: ${[...e.requested].join(" / ")}`).join("; ")}.`,
      caption: "One-way delays and what else each link was asked for; both directions, where they differ.",
      draw: (width) => topologyDrawing(nodes, edges, width),
      numbers: table("Nodes", [{ title: "Node", value: (n) => n.name }, { title: "Role", value: (n) => n.role }, { title: "Address", value: (n) => element("code", {}, n.address) }], nodes),
    }),
    element("h3", {}, "Requested against realised"),
    element("p", {}, differ ? `${count(differ, "direction")} of ${rows.length} read back otherwise than asked for.` : `All ${rows.length} directions read back as asked for.`),
    table("Requested against realised impairments", [
      { title: "Direction", value: (row) => row.direction.replace(">", " → ") },
      { title: "Requested", value: (row) => several(row.requested) || none },
      { title: "In force, as read back", value: (row) => several(row.realised) || none },
      { title: "Packets", number: true, value: (row) => row.packets.toLocaleString("en-GB") },
      { title: "Lost by the link", number: true, value: (row) => share(row, row.lost) },
      { title: "Dropped by its queue", number: true, value: (row) => share(row, row.dropped) },
    ], rows));
}
