// node write.mjs FOLDER: writes the compiled dashboards, one JSON file each.
import { mkdirSync, writeFileSync } from 'node:fs';
import { health } from './compiled/health.js';
import { handover } from './compiled/handover.js';
import { lab } from './compiled/lab.js';

const folder = process.argv[2] ?? 'written';
mkdirSync(folder, { recursive: true });
for (const [name, dashboard] of Object.entries({ handover, lab, health })) {
  writeFileSync(`${folder}/${name}.json`, JSON.stringify(dashboard, null, 2) + '\n');
}
