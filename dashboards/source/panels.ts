// One builder for each kind of panel, with the looks that all of its kind share.
import type {
  DataPanel,
  Field,
  HeatmapPanel,
  Mapping,
  NodeGraphPanel,
  Override,
  PluginVersion,
  StateTimelinePanel,
  StatPanel,
  TablePanel,
  Threshold,
  TimeSeriesPanel,
} from './grafana.js';
import { dataSource, numbered, rows, type Draft } from './queries.js';

const pluginVersion: PluginVersion = '13.2.2';

interface Common {
  title: string;
  description: string;
  width: number; // of 24 columns
  height: number;
}

export type Sized<Panel extends DataPanel = DataPanel> = { panel: Panel; width: number; height: number };

interface Values extends Common {
  unit: string;
  steps: Threshold[];
  decimals?: number;
  min?: number;
  max?: number;
  mappings?: Mapping[];
}

// Colours from the first value on: limits('green', [0.05, 'red']) is green below 50 ms and red from there.
export const limits = (base: string, ...steps: [number, string][]): Threshold[] => [
  { color: base, value: null },
  ...steps.map(([value, color]) => ({ color, value })),
];

// Words for values: words([1, 'clean', 'green'], [0, 'tainted', 'red']).
export const words = (...of: [number, string, string][]): Mapping[] => [
  {
    type: 'value',
    options: Object.fromEntries(of.map(([value, text, color], index) => [String(value), { text, color, index }])),
  },
];

const field = ({ unit, steps, decimals, min, max, mappings }: Values): Field<never> => ({
  unit,
  thresholds: { mode: 'absolute', steps },
  ...(decimals !== undefined && { decimals }),
  ...(min !== undefined && { min }),
  ...(max !== undefined && { max }),
  ...(mappings && { mappings }),
});

const shell = ({ title, description }: Common) => ({ title, description, datasource: dataSource, pluginVersion });

interface Stat extends Values {
  queries: Draft[];
  names?: 'beside' | 'alone'; // of the series: with their values even if there is one, or instead of them
  none?: string; // what to show while there is no series
}

export function stat(spec: Stat): Sized<StatPanel> {
  const textModes = { beside: 'value_and_name', alone: 'name' } as const;
  const panel: StatPanel = {
    type: 'stat',
    ...shell(spec),
    targets: numbered(spec.queries),
    fieldConfig: {
      defaults: { color: { mode: 'thresholds' }, ...field(spec), ...(spec.none && { noValue: spec.none }) },
      overrides: [],
    },
    options: {
      colorMode: 'value',
      graphMode: 'none',
      justifyMode: 'auto',
      orientation: 'auto',
      percentChangeColorMode: 'standard',
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
      showPercentChange: false,
      textMode: spec.names ? textModes[spec.names] : 'auto',
      wideLayout: true,
    },
  };
  return { panel, width: spec.width, height: spec.height };
}

interface Drawn extends Values {
  queries: Draft[];
  limit?: boolean; // draws the thresholds as dashed lines
  logarithmic?: boolean;
  stepped?: boolean; // a value holds until the next
  points?: boolean;
  dashed?: string; // a pattern of names to draw as dashed lines: what was expected or asked for
  stacked?: boolean;
}

export function timeSeries(spec: Drawn): Sized<TimeSeriesPanel> {
  const overrides: Override[] = [];
  if (spec.dashed) {
    overrides.push({
      matcher: { id: 'byRegexp', options: spec.dashed },
      properties: [
        { id: 'custom.lineStyle', value: { fill: 'dash', dash: [8, 8] } },
        { id: 'custom.fillOpacity', value: 0 },
        { id: 'custom.showPoints', value: 'never' },
      ],
    });
  }
  const panel: TimeSeriesPanel = {
    type: 'timeseries',
    ...shell(spec),
    targets: numbered(spec.queries),
    fieldConfig: {
      defaults: {
        color: { mode: 'palette-classic' },
        ...field(spec),
        custom: {
          drawStyle: 'line',
          fillOpacity: spec.stacked ? 30 : 5,
          lineInterpolation: spec.stepped ? 'stepAfter' : 'linear',
          lineWidth: 1,
          pointSize: 5,
          scaleDistribution: spec.logarithmic ? { type: 'log', log: 10 } : { type: 'linear' },
          showPoints: spec.points ? 'always' : 'never',
          spanNulls: false,
          stacking: { group: 'A', mode: spec.stacked ? 'normal' : 'none' },
          thresholdsStyle: { mode: spec.limit ? 'dashed' : 'off' },
        },
      },
      overrides,
    },
    options: {
      legend: { calcs: ['lastNotNull'], displayMode: 'table', placement: 'bottom', showLegend: true },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  };
  return { panel, width: spec.width, height: spec.height };
}

export function stateTimeline(spec: Values & { queries: Draft[] }): Sized<StateTimelinePanel> {
  const panel: StateTimelinePanel = {
    type: 'state-timeline',
    ...shell(spec),
    targets: numbered(spec.queries),
    fieldConfig: {
      defaults: { color: { mode: 'thresholds' }, ...field(spec), custom: { fillOpacity: 70, lineWidth: 0 } },
      overrides: [],
    },
    options: {
      alignValue: 'left',
      legend: { calcs: [], displayMode: 'list', placement: 'bottom', showLegend: false },
      mergeValues: true,
      rowHeight: 0.9,
      showValue: 'auto',
      tooltip: { mode: 'single', sort: 'none' },
    },
  };
  return { panel, width: spec.width, height: spec.height };
}

export function heatmap(spec: Values & { queries: Draft[] }): Sized<HeatmapPanel> {
  const panel: HeatmapPanel = {
    type: 'heatmap',
    ...shell(spec),
    targets: numbered(spec.queries),
    fieldConfig: {
      defaults: { ...field(spec), custom: { scaleDistribution: { type: 'linear' } } },
      overrides: [],
    },
    options: {
      calculate: false,
      cellGap: 1,
      color: {
        exponent: 0.5,
        fill: 'dark-orange',
        mode: 'scheme',
        reverse: false,
        scale: 'exponential',
        scheme: 'Oranges',
        steps: 64,
      },
      exemplars: { color: 'rgba(255,0,255,0.7)' },
      filterValues: { le: 1e-9 },
      legend: { show: true },
      rowsFrame: { layout: 'auto' },
      showValue: 'never',
      tooltip: { mode: 'single', showColorScale: false, yHistogram: false },
      yAxis: { axisPlacement: 'left', reverse: false, unit: spec.unit },
    },
  };
  return { panel, width: spec.width, height: spec.height };
}

interface Column {
  name: string;
  expr: string;
  unit: string;
  steps?: Threshold[]; // colours the number
  decimals?: number;
}

// Rows are told apart by `keys`, labels that all columns' series have and no other.
export function table(spec: Common & { keys: Record<string, string>; columns: Column[] }): Sized<TablePanel> {
  const refId = (i: number) => String.fromCharCode(65 + i);
  const names = [...Object.keys(spec.keys), ...spec.columns.map((_, i) => `Value #${refId(i)}`)];
  const titles = [...Object.values(spec.keys), ...spec.columns.map((column) => column.name)];
  const panel: TablePanel = {
    type: 'table',
    ...shell(spec),
    targets: spec.columns.map((column, i) => rows(refId(i), column.expr)),
    fieldConfig: {
      defaults: {
        color: { mode: 'thresholds' },
        thresholds: { mode: 'absolute', steps: limits('text') },
        custom: { align: 'auto', cellOptions: { type: 'auto' }, filterable: true, inspect: false },
      },
      overrides: spec.columns.map((column) => ({
        matcher: { id: 'byName', options: column.name },
        properties: [
          { id: 'unit', value: column.unit },
          ...(column.decimals === undefined ? [] : [{ id: 'decimals', value: column.decimals }]),
          ...(column.steps
            ? [
                { id: 'custom.cellOptions', value: { type: 'color-text' } },
                { id: 'thresholds', value: { mode: 'absolute', steps: column.steps } },
              ]
            : []),
        ],
      })),
    },
    options: { cellHeight: 'sm', frameIndex: 0, showHeader: true },
    transformations: [
      { id: 'merge', options: {} },
      {
        id: 'organize',
        options: {
          excludeByName: { Time: true },
          indexByName: Object.fromEntries(names.map((name, i) => [name, i])),
          renameByName: Object.fromEntries(names.map((name, i) => [name, titles[i]])),
        },
      },
    ],
  };
  return { panel, width: spec.width, height: spec.height };
}

// `nodes` has the labels id, title and subtitle, and is 1 for what is up; `edges` has id, source, target and color, and
// its value stands by the edge. The panel knows columns by the names they were made with, which a renaming leaves: the
// values are copied to columns of the right names.
export function nodeGraph(spec: Common & { nodes: string; edges: string; edgeUnit: string }): Sized<NodeGraphPanel> {
  const copied = (from: string, alias: string) => ({
    id: 'calculateField',
    filter: { id: 'byRefId', options: from },
    options: { mode: 'reduceRow', reduce: { reducer: 'sum' }, alias, timeSeries: false },
  });
  const panel: NodeGraphPanel = {
    type: 'nodeGraph',
    ...shell(spec),
    targets: [rows('nodes', spec.nodes), rows('edges', spec.edges)],
    fieldConfig: { defaults: {}, overrides: [] },
    options: {
      edges: { mainStatUnit: spec.edgeUnit },
      layoutAlgorithm: 'layered',
      nodes: {
        arcs: [
          { field: 'arc__up', color: 'green' },
          { field: 'arc__down', color: 'red' },
        ],
      },
      zoomMode: 'cooperative',
    },
    transformations: [
      copied('nodes', 'arc__up'),
      {
        id: 'calculateField',
        filter: { id: 'byRefId', options: 'nodes' },
        options: {
          mode: 'binary',
          binary: { left: '1', operator: '-', right: 'arc__up' },
          alias: 'arc__down',
          timeSeries: false,
        },
      },
      copied('edges', 'mainstat'),
    ],
  };
  return { panel, width: spec.width, height: spec.height };
}
