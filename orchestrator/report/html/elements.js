// What the page is put together from: elements, tables, figures. A figure has a drawing with a name for those who cannot see
// it, a caption, and its numbers as a table.

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false && child !== ""));
  return node;
}

function section(id, heading, ...children) {
  document.getElementById("contents").append(element("li", {}, element("a", { href: `#${id}` }, heading)));
  const node = element("section", { id, "aria-labelledby": `${id}-heading` }, element("h2", { id: `${id}-heading` }, heading), children);
  document.getElementById("main").append(node);
  return node;
}

const chip = (verdict) => element("span", { class: `chip ${verdict.replace(" ", "-")}` }, verdict);

// columns: {title, value(row), number}; the first one names the row.
function table(caption, columns, rows) {
  const cells = (row) =>
    columns.map((column, i) => element(i ? "td" : "th", { scope: i ? null : "row", class: column.number && "number" }, column.value(row)));
  return element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    element("table", { "aria-label": caption },
      element("thead", {}, element("tr", {}, columns.map((c) => element("th", { scope: "col", class: c.number && "number" }, c.title)))),
      element("tbody", {}, rows.map((row) => element("tr", {}, cells(row))))));
}

const folded = (title, ...content) => element("details", {}, element("summary", {}, title), content);

const drawings = [];

// `draw(width)` returns an SVG element or an array of {title, node}; called again when the page's width changes.
function figure({ id, title, caption, label, draw, numbers, legend }) {
  const box = element("div", { class: "drawing", role: "img", tabindex: 0, "aria-label": `${title}. ${label}` });
  const node = element("figure", { id }, element("h3", {}, title), legend, box, element("figcaption", {}, caption),
    numbers && folded("The numbers", numbers));
  drawings.push({ box, draw, width: 0 });
  return node;
}

function redraw(drawing) {
  const width = Math.floor(drawing.box.clientWidth);
  if (width === 0 || width === drawing.width) return;
  drawing.width = width;
  const drawn = drawing.draw(width);
  const panels = Array.isArray(drawn) ? drawn : [{ node: drawn }];
  drawing.box.replaceChildren(...panels.map(({ title, node }) => element("div", { class: "panel" }, title && element("h4", {}, title), node)));
}

function watchWidths() {
  for (const drawing of drawings) redraw(drawing);
  const observer = new ResizeObserver(() => drawings.forEach(redraw));
  observer.observe(document.getElementById("main"));
}

function swatch(draw) {
  const svg = d3.create("svg").attr("width", 22).attr("height", 12).attr("aria-hidden", "true");
  draw(svg);
  return svg.node();
}

const lineSwatch = (colour, dash) => swatch((svg) => svg.append("line").attr("x2", 22).attr("y1", 6).attr("y2", 6)
  .style("stroke", colour).style("stroke-width", 2.5).style("stroke-dasharray", dash ?? "none"));
const barSwatch = (colour) => swatch((svg) => svg.append("rect").attr("x", 4).attr("width", 12).attr("height", 12).style("fill", colour));
const ringSwatch = () => swatch((svg) => svg.append("circle").attr("cx", 11).attr("cy", 6).attr("r", 4).style("fill", "none").style("stroke", "var(--muted)").style("stroke-width", 1.6));
const pointSwatch = (colour, symbol) => swatch((svg) => svg.append("path").attr("transform", "translate(11,6)")
  .attr("d", d3.symbol(d3[`symbol${symbol[0].toUpperCase()}${symbol.slice(1)}`], 55)()).style("fill", colour));

const legendOf = (entries) => element("ul", { class: "legend" }, entries.map(([mark, text]) => element("li", {}, mark, text)));
const mechanismLegend = (names) => legendOf(names.map((name) => [pointSwatch(colourOf(name), symbolOf(name)), titleOf(name)]));
