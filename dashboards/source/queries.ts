// What panels ask Prometheus, with the dashboards' variables as filters.
import type { DataSource, Query } from './grafana.js';

export const dataSource: DataSource = { type: 'prometheus', uid: '${datasource}' };

const ofLab = 'lab=~"$lab"';
const ofMobile = `${ofLab}, mobile=~"$mobile"`;
const ofHandovers = `${ofLab}, mechanism=~"$mechanism", mobile=~"$mobile"`;

const select = (metric: string, filter: string, more: string) => `${metric}{${filter}${more && `, ${more}`}}`;

// Series by what labels they have: the lab alone, a mobile node, or a mechanism and a mobile node.
export const inLab = (metric: string, more = '') => select(metric, ofLab, more);
export const atMobile = (metric: string, more = '') => select(metric, ofMobile, more);
export const ofMechanism = (metric: string, more = '') => select(metric, ofHandovers, more);

// The exporting process has no label `lab`; its target does through what it says of itself.
export const ofExporter = (expression: string) =>
  `${expression} * on (job, instance) group_left (lab) ${inLab('segue_build_info')}`;

export const perSecond = (series: string) => `rate(${series}[$__rate_interval])`;

// label_replace for each [new label, old label].
export const relabelled = (expression: string, names: [string, string][]) =>
  names.reduce((inner, [to, from]) => `label_replace(${inner}, "${to}", "$1", "${from}", "(.+)")`, expression);

type Draft = Omit<Query, 'refId'> & { refId?: string };

// A rate wants some samples: with a step of 10 s it looks at 40 s or more. Gauges are drawn at the scrape's own pace.
const query = (expr: string, legendFormat: string, kind: Pick<Query, 'format' | 'instant' | 'range'>): Draft => ({
  datasource: dataSource,
  editorMode: 'code',
  expr,
  interval: expr.includes('$__rate_interval') ? '10s' : '1s',
  legendFormat,
  ...kind,
});

export const overTime = (legend: string, expr: string) =>
  query(expr, legend, { format: 'time_series', instant: false, range: true });
export const now = (legend: string, expr: string) =>
  query(expr, legend, { format: 'time_series', instant: true, range: false });
export const buckets = (expr: string) => query(expr, '{{le}}', { format: 'heatmap', instant: false, range: true });
export const rows = (refId: string, expr: string): Query => ({
  ...query(expr, '', { format: 'table', instant: true, range: false }),
  refId,
});

export const numbered = (drafts: Draft[]): Query[] =>
  drafts.map((draft, i) => ({ ...draft, refId: draft.refId ?? String.fromCharCode(65 + i) }));

export type { Draft };
