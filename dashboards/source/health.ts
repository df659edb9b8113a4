// Whether the machine keeps up with what the lab asks of it: how far the other dashboards are to be believed.
import { dashboard, variables } from './dashboard.js';
import { limits, stat, stateTimeline, timeSeries, words } from './panels.js';
import { inLab, now, ofExporter, overTime, perSecond } from './queries.js';

const plain = limits('blue');
const anyIsBad = limits('green', [1, 'red']);
const latenessLimit = 0.001; // of the 99th percentile, in seconds
const late = limits('green', [latenessLimit, 'red']);
const idleLimit = 0.05;
const idle = limits('red', [idleLimit, 'green']);
const verdict = words([1, 'clean', 'green'], [0, 'tainted', 'red'], [-1, 'not known', 'yellow']);
const lateness = (whose: 'link' | 'timer', statistic: string) =>
  inLab(`segue_${whose}_lateness_seconds`, `statistic="${statistic}"`);
const netlinkLatency = 'lab:segue_netlink_request_duration_seconds';

const summary = [
  stat({
    title: 'Verdict',
    description: 'Whether the machine kept up. What a tainted testbed measures is not to be believed.',
    width: 4, height: 4, unit: 'none', steps: limits('red', [1, 'green']), mappings: verdict,
    queries: [now('{{lab}}', inLab('segue_verdict_clean'))],
  }),
  stat({
    title: 'Link lateness',
    description: '99th percentile of how late the link engine delivers. The limit is 1 ms.',
    width: 4, height: 4, unit: 's', steps: late,
    queries: [now('p99', lateness('link', 'p99'))],
  }),
  stat({
    title: 'Timer lateness',
    description: "99th percentile of how late the agents' timers fire. The limit is 1 ms.",
    width: 4, height: 4, unit: 's', steps: late,
    queries: [now('p99', lateness('timer', 'p99'))],
  }),
  stat({
    title: 'CPU idle',
    description: 'Of all cores. The limit is 5 %.',
    width: 4, height: 4, unit: 'percentunit', steps: idle, decimals: 0, min: 0, max: 1,
    queries: [now('idle', inLab('segue_cpu_idle_ratio'))],
  }),
  stat({
    title: 'Agents missing',
    description: 'Nodes whose agent does not answer.',
    width: 4, height: 4, unit: 'short', steps: anyIsBad,
    queries: [now('missing', inLab('lab:segue_agents:missing'))],
  }),
  stat({
    title: 'Alerts',
    description: 'Alerts that fire now, but for those of severity info: what a mechanism cannot do better by design.',
    width: 4, height: 4, unit: 'short', steps: anyIsBad,
    queries: [now('firing', `count(ALERTS{alertstate="firing", severity!="info", lab=~"$lab|"}) or vector(0)`)],
  }),
  stateTimeline({
    title: 'Verdict and limits',
    description: 'The verdict, and below it each limit that decides it.',
    width: 24, height: 7, unit: 'none', steps: limits('red', [1, 'green']),
    mappings: words(
      [1, 'clean', 'green'], [0, 'tainted', 'red'], [-1, 'not known', 'yellow'], [2, 'kept', 'green'], [3, 'exceeded', 'red'],
    ),
    queries: [
      overTime('verdict', inLab('segue_verdict_clean')),
      overTime('{{limit}}', `2 + ${inLab('segue_verdict_limit_exceeded')}`),
    ],
  }),
];

const machine = [
  ...(['link', 'timer'] as const).map((whose) =>
    timeSeries({
      title: whose === 'link' ? 'Link lateness' : 'Timer lateness',
      description:
        whose === 'link'
          ? 'How late the link engine delivers packets. The limit for the 99th percentile is drawn.'
          : "How late the agents' timers fire. The limit for the 99th percentile is drawn.",
      width: 8, height: 8, unit: 's', steps: limits('transparent', [latenessLimit, 'red']), limit: true, min: 0,
      queries: [overTime('{{statistic}}', inLab(`segue_${whose}_lateness_seconds`))],
    }),
  ),
  timeSeries({
    title: 'CPU idle',
    description: 'Of all cores, with the limit of 5 %.',
    width: 8, height: 8, unit: 'percentunit', steps: limits('red', [idleLimit, 'transparent']), limit: true,
    min: 0, max: 1,
    queries: [overTime('idle', inLab('segue_cpu_idle_ratio'))],
  }),
];

const kernel = [
  timeSeries({
    title: 'Netlink requests',
    description: 'Each second, by the node they change.',
    width: 6, height: 8, unit: 'reqps', steps: plain, min: 0,
    queries: [overTime('{{node}}', `sum by (node) (${perSecond(inLab('segue_netlink_requests_total'))})`)],
  }),
  timeSeries({
    title: 'Netlink errors',
    description: 'Requests that the kernel refused, each second, by node.',
    width: 6, height: 8, unit: 'reqps', steps: plain, min: 0,
    queries: [overTime('{{node}}', `sum by (node) (${perSecond(inLab('segue_netlink_errors_total'))})`)],
  }),
  timeSeries({
    title: 'Netlink latency',
    description: "From a request to the kernel's acknowledgement, over all nodes and the last two minutes.",
    width: 6, height: 8, unit: 's', steps: plain, min: 0,
    queries: [
      overTime('median', inLab(`${netlinkLatency}:p50_2m`)),
      overTime('99th percentile', inLab(`${netlinkLatency}:p99_2m`)),
    ],
  }),
  timeSeries({
    title: 'Agents',
    description: 'Nodes of the lab, and those whose agent answers.',
    width: 6, height: 8, unit: 'short', steps: plain, min: 0, stepped: true, dashed: '/^nodes$/',
    queries: [overTime('up', inLab('segue_agents_up')), overTime('nodes', inLab('segue_nodes'))],
  }),
];

const exporter = [
  timeSeries({
    title: 'CPU',
    description: 'Of the process that keeps the lab and serves the metrics, in shares of a core.',
    width: 6, height: 7, unit: 'percentunit', steps: plain, min: 0,
    queries: [overTime('{{lab}}', ofExporter(perSecond('process_cpu_seconds_total{job="segue"}')))],
  }),
  timeSeries({
    title: 'Memory',
    description: 'Resident memory of the same process.',
    width: 6, height: 7, unit: 'bytes', steps: plain, min: 0,
    queries: [overTime('{{lab}}', ofExporter('process_resident_memory_bytes{job="segue"}'))],
  }),
  timeSeries({
    title: 'Descriptors',
    description: 'Open descriptors of the same process.',
    width: 6, height: 7, unit: 'short', steps: plain, min: 0,
    queries: [overTime('{{lab}}', ofExporter('process_open_fds{job="segue"}'))],
  }),
  timeSeries({
    title: 'Scrape duration',
    description: 'How long Prometheus takes to fetch the metrics. It should stay under 20 ms.',
    width: 6, height: 7, unit: 's', steps: limits('transparent', [0.02, 'red']), limit: true, min: 0,
    queries: [overTime('{{lab}}', ofExporter('scrape_duration_seconds{job="segue"}'))],
  }),
  timeSeries({
    title: 'Samples of a scrape',
    description: 'Series that the lab has: what it costs to keep.',
    width: 12, height: 7, unit: 'short', steps: plain, min: 0,
    queries: [overTime('{{lab}}', ofExporter('scrape_samples_scraped{job="segue"}'))],
  }),
  stateTimeline({
    title: 'Target',
    description: 'Whether Prometheus reaches the exporter, of all labs: one that is gone cannot say which it was.',
    width: 12, height: 7, unit: 'none', steps: limits('red', [1, 'green']),
    mappings: words([1, 'up', 'green'], [0, 'down', 'red']),
    queries: [overTime('{{instance}}', 'up{job="segue"}')],
  }),
];

export const health = dashboard({
  uid: 'segue-health',
  title: 'Segue: Testbed health',
  description: 'Whether the machine keeps up with the lab: verdict, lateness, CPU, netlink, and what watching costs.',
  variables: [variables.datasource, variables.lab],
  sections: [
    { title: 'Now', panels: summary },
    { title: 'Machine', panels: machine },
    { title: 'Kernel and agents', panels: kernel },
    { title: 'Watching itself', panels: exporter },
  ],
});
