// The shape of a dashboard's JSON: Grafana's published schema, with what it leaves open (a panel's options and fields,
// by its type; what a Prometheus query and annotation may say) closed, so that a wrong key does not compile.
import type * as schema from '@grafana/schema';
import type * as heatmap from '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen';
import type * as nodeGraph from '@grafana/schema/dist/esm/raw/composable/nodegraph/panelcfg/x/NodeGraphPanelCfg_types.gen';
import type * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as stateTimeline from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import type * as table from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type * as timeSeries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

// The schema's enumerations as the strings and numbers that JSON has.
export type Json<T> = T extends string
  ? `${T}`
  : T extends number | boolean | null | undefined
    ? T
    : T extends (infer Item)[]
      ? Json<Item>[]
      : T extends object
        ? { [Key in keyof T]: Json<T[Key]> }
        : T;

export type PluginVersion = typeof stat.pluginVersion;
export type DataSource = { type: 'prometheus'; uid: string };
export type Threshold = schema.Threshold;
export type Mapping = Json<schema.ValueMapping>;
export type Field<Custom = unknown> = Omit<Json<schema.FieldConfig>, 'custom'> & { custom?: Partial<Custom> };
export type Transformation = Json<schema.DataTransformerConfig<Record<string, unknown>>>;

// Grafana's Prometheus data source publishes no schema; these are the keys its query model has.
export interface Query extends Omit<Json<schema.DataQuery>, 'datasource' | 'queryType'> {
  datasource: DataSource;
  editorMode: 'code';
  expr: string;
  format: 'time_series' | 'table' | 'heatmap';
  instant: boolean;
  interval?: string; // the least step; four of them are the least $__rate_interval
  legendFormat?: string;
  range: boolean;
}

export interface Override {
  matcher: { id: 'byName' | 'byRegexp' | 'byFrameRefID'; options: string };
  properties: { id: string; value: unknown }[];
}

interface PanelOf<Type, Options, Custom = Record<string, never>>
  extends Omit<Json<schema.Panel>, 'type' | 'options' | 'fieldConfig' | 'targets' | 'transformations' | 'datasource'> {
  type: Type;
  title: string;
  description: string;
  datasource: DataSource;
  fieldConfig: { defaults: Field<Custom>; overrides: Override[] };
  options: Options;
  pluginVersion: PluginVersion;
  targets: Query[];
  transformations?: Transformation[];
}

export type HeatmapPanel = PanelOf<'heatmap', Json<heatmap.Options>, Json<heatmap.FieldConfig>>;
export type NodeGraphPanel = PanelOf<'nodeGraph', Json<nodeGraph.Options>>;
export type StatPanel = PanelOf<'stat', Json<stat.Options>>;
export type StateTimelinePanel = PanelOf<
  'state-timeline',
  Json<stateTimeline.Options>,
  Json<stateTimeline.FieldConfig>
>;
export type TablePanel = PanelOf<'table', Json<table.Options>, Json<table.FieldConfig>>;
export type TimeSeriesPanel = PanelOf<'timeseries', Json<timeSeries.Options>, Json<timeSeries.FieldConfig>>;
export type DataPanel = HeatmapPanel | NodeGraphPanel | StatPanel | StateTimelinePanel | TablePanel | TimeSeriesPanel;
export type RowPanel = Json<schema.RowPanel>;

export type Variable = Omit<Json<schema.VariableModel>, 'datasource'> & { datasource?: DataSource };

// The Prometheus data source keeps its own keys beside the schema's.
export type Annotation = Omit<Json<schema.AnnotationQuery>, 'datasource' | 'target'> & {
  datasource: { type: string; uid: string };
  target?: Query;
  titleFormat?: string;
  textFormat?: string;
  tagKeys?: string;
  useValueForTime?: boolean;
};

export interface Dashboard extends Omit<Json<schema.Dashboard>, 'panels' | 'annotations' | 'templating'> {
  uid: string;
  title: string;
  description: string;
  annotations: { list: Annotation[] };
  panels: (DataPanel | RowPanel)[];
  templating: { list: Variable[] };
}
