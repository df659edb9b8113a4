// The data of the page, as the program put them in (report_data.hpp), and the words and numbers for them.

const data = JSON.parse(document.getElementById("data").textContent);

// A table comes as {columns, rows}, since a campaign has many rows.
const expand = (table) => table.rows.map((row) => Object.fromEntries(table.columns.map((name, i) => [name, row[i]])));
const runs = expand(data.runs);
const handovers = expand(data.handovers);
const throughput = expand(data.throughput);
const steps = expand(data.steps);
const links = expand(data.links_table);
const packets = data.packets ? expand(data.packets) : [];

const mechanisms = [...new Set(data.table.map((row) => row.mechanism))];
const titles = new Map(data.table.map((row) => [row.mechanism, row.title || row.mechanism]));
const titleOf = (mechanism) => titles.get(mechanism) ?? mechanism;
const colourOf = (mechanism) => `var(--c${Math.max(0, mechanisms.indexOf(mechanism)) % 7})`;
const symbols = ["circle", "diamond", "square", "triangle", "star", "cross", "wye"];
const symbolOf = (mechanism) => symbols[Math.max(0, mechanisms.indexOf(mechanism)) % symbols.length];
const directions = [
  { name: "uplink", prefix: "up", colour: "var(--up)" },
  { name: "downlink", prefix: "down", colour: "var(--down)" },
];

// Swept values, of a row of `runs`, `handovers` or `table`; "" without a sweep.
const parameters = data.parameters ?? [];
const shortName = (name) => name.replace(/^links\./, "");
const settingOf = (row) => parameters.map((p) => `${shortName(p.name)} ${row.parameters?.[p.name] ?? row[p.name] ?? "–"}`).join(", ");

const complete = (row) => row.outcome === "complete";
const inMeans = (row) => row.verdict !== "tainted";
// What a mechanism's figures are drawn from: its handovers that are not tainted; if there are none its tainted ones, and the figure says
// so, as it does where it is not known what disturbed them.
function honest(rows) {
  const done = rows.filter(complete);
  const good = done.filter(inMeans);
  const tainted = good.length === 0 && done.length > 0;
  const unknown = good.some((row) => row.verdict !== "clean");
  return { rows: tainted ? done : good, tainted, verdict: tainted ? "tainted" : unknown ? "not known" : "clean" };
}
// "8 clean of 11", as in the table of `segue run`.
function tally(rows) {
  const of = (verdict) => rows.filter((row) => row.verdict === verdict).length;
  const said = [["clean", of("clean")], ["not known", of("not known")]].filter(([, n]) => n);
  return `${said.length ? said.map(([verdict, n]) => `${n} ${verdict}`).join(", ") : "0 clean"} of ${rows.length}`;
}

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);
const none = "–";
const fixed = (value, digits) => (isNumber(value) ? value.toFixed(digits).replace(/^-(0(\.0+)?)$/, "$1").replace("-", "−") : none);

// A half width too small for the digits says so, rather than that it is nothing.
function withError(value, error, digits) {
  if (!isNumber(value)) return none;
  if (!isNumber(error)) return fixed(value, digits);
  const least = 10 ** -digits;
  const width = error > 0 && error < least / 2 ? `<${fixed(least, digits)}` : fixed(error, digits);
  return `${fixed(value, digits)}\u202f±\u202f${width}`;
}

const milliseconds = (ns, digits = 2) => fixed(ns / 1e6, digits);
function time(ns) {
  const size = Math.abs(ns);
  if (!isNumber(ns)) return none;
  if (size < 1e3) return `${fixed(ns, 0)} ns`;
  if (size < 1e6) return `${fixed(ns / 1e3, size < 1e4 ? 1 : 0)} µs`;
  if (size < 1e9) return `${fixed(ns / 1e6, size < 1e7 ? 2 : 1)} ms`;
  return `${fixed(ns / 1e9, size < 1e10 ? 2 : 1)} s`;
}
function rate(bits) {
  if (!isNumber(bits)) return none;
  return bits < 1e6 ? `${fixed(bits / 1e3, 0)} kbit/s` : `${fixed(bits / 1e6, 2)} Mbit/s`;
}
const count = (n, one, many = `${one}s`) => `${n.toLocaleString("en-GB")} ${n === 1 ? one : many}`;
const listed = (words) => (words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`);
