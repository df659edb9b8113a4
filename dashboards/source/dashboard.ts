// What the three dashboards share: their variables, links and layout.
import type { Annotation, Dashboard, DataPanel, RowPanel, Variable } from './grafana.js';
import type { Sized } from './panels.js';
import { dataSource } from './queries.js';

const columns = 24;

export interface Section {
  title: string;
  panels: Sized[];
}

// Sections one below the other, the panels of each from left to right and then on a new line.
function laidOut(sections: Section[]): (DataPanel | RowPanel)[] {
  const placed: (DataPanel | RowPanel)[] = [];
  let top = 0;
  for (const section of sections) {
    placed.push({
      type: 'row',
      id: placed.length + 1,
      title: section.title,
      collapsed: false,
      gridPos: { h: 1, w: columns, x: 0, y: top },
      panels: [],
    });
    top += 1;
    let left = 0;
    let line = 0;
    for (const { panel, width, height } of section.panels) {
      if (left + width > columns) {
        top += line;
        left = 0;
        line = 0;
      }
      placed.push({ id: placed.length + 1, gridPos: { h: height, w: width, x: left, y: top }, ...panel });
      left += width;
      line = Math.max(line, height);
    }
    top += line;
  }
  return placed;
}

const variable = (name: string, label: string, of: string): Variable => ({
  name,
  label,
  type: 'query',
  datasource: dataSource,
  query: { qryType: 1, query: `label_values(${of}, ${name})`, refId: 'PrometheusVariableQueryEditor-VariableQuery' },
  refresh: 2, // with the time range: what there is to choose from is what ran then
  sort: 1,
  hide: 0,
  multi: false,
  includeAll: false,
});

const choices = (name: string, label: string, of: string): Variable => ({
  ...variable(name, label, of),
  multi: true,
  includeAll: true,
  allValue: '.*',
  current: { selected: true, text: ['All'], value: ['$__all'] },
});

export const variables = {
  datasource: { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', hide: 0 },
  lab: variable('lab', 'Lab', 'segue_build_info'),
  mechanism: choices('mechanism', 'Mechanism', 'segue_handovers_total{lab=~"$lab"}'),
  mobile: choices('mobile', 'Mobile node', 'segue_mobile_attached{lab=~"$lab"}'),
} satisfies Record<string, Variable>;

const builtIn: Annotation = {
  builtIn: 1,
  datasource: { type: 'grafana', uid: '-- Grafana --' },
  enable: true,
  hide: true,
  iconColor: 'rgba(0, 211, 255, 1)',
  name: 'Annotations & Alerts',
  type: 'dashboard',
};

interface Contents {
  uid: string;
  title: string;
  description: string;
  variables: Variable[];
  annotations?: Annotation[];
  sections: Section[];
}

export const dashboard = (contents: Contents): Dashboard => ({
  uid: contents.uid,
  title: contents.title,
  description: contents.description,
  tags: ['segue'],
  schemaVersion: 42,
  version: 1,
  editable: true,
  graphTooltip: 1,
  timezone: 'browser',
  time: { from: 'now-15m', to: 'now' },
  timepicker: { refresh_intervals: ['1s', '5s', '10s', '30s', '1m', '5m'] },
  refresh: '5s',
  links: [
    {
      type: 'dashboards',
      title: 'Segue',
      tags: ['segue'],
      tooltip: 'The other dashboards of this lab',
      icon: 'external link',
      asDropdown: false,
      includeVars: true,
      keepTime: true,
      targetBlank: false,
    },
  ],
  annotations: { list: [builtIn, ...(contents.annotations ?? [])] },
  templating: { list: contents.variables },
  panels: laidOut(contents.sections),
});
