// node consistent.mjs DASHBOARD.json: what Grafana's types cannot say. Panels have numbers of their own, a title and a
// description, and stay on the grid; the targets of a panel have names of their own; every variable is a known one.
import { readFileSync } from 'node:fs';

const columns = 24;
const board = JSON.parse(readFileSync(process.argv[2]));
const variables = board.templating.list.map((variable) => variable.name);
const problems = [];

const unique = (what, names) => {
  if (new Set(names).size !== names.length) problems.push(`${what}: twice the same among ${names.join(' ')}`);
};
const expressions = (where, text) => {
  for (const [, name] of text.matchAll(/\$([a-z]\w*)/g)) {
    if (!variables.includes(name)) problems.push(`${where}: there is no variable $${name}`);
  }
};

unique('panel ids', board.panels.map((panel) => panel.id));
for (const panel of board.panels.filter((panel) => panel.type !== 'row')) {
  for (const key of ['title', 'description']) if (!panel[key]) problems.push(`panel ${panel.id} has no ${key}`);
  const { x, w } = panel.gridPos;
  if (x + w > columns) problems.push(`${panel.title}: leaves the grid`);
  unique(`targets of ${panel.title}`, panel.targets.map((target) => target.refId));
  for (const { expr } of panel.targets) expressions(panel.title, expr);
}
for (const annotation of board.annotations.list) expressions(annotation.name, annotation.target?.expr ?? '');
for (const variable of board.templating.list) expressions(`$${variable.name}`, JSON.stringify(variable.query));

for (const problem of problems) console.error(problem);
process.exit(problems.length ? 1 : 0);
