// What the user of a mobile node notices, the mechanisms side by side.
import { dashboard, variables } from './dashboard.js';
import { limits, stat, stateTimeline, heatmap, table, timeSeries, words } from './panels.js';
import { atMobile, buckets, dataSource, now, ofMechanism, overTime, perSecond } from './queries.js';

const goal = 0.05; // seconds: what real-time traffic bears
const underGoal = limits('green', [goal, 'red']);
const shareUnderGoal = limits('red', [0.5, 'orange'], [0.95, 'green']);
const anyIsBad = limits('green', [1, 'red']);
const anyIsDoubtful = limits('green', [1, 'yellow']);
const plain = limits('blue');
const goalLine = limits('transparent', [goal, 'red']);
// ITU-T G.107, annex B: from here on users are satisfied, some are not, many are not.
const opinion = limits('red', [3.1, 'orange'], [3.6, 'yellow'], [4.03, 'green']);

const completion = 'mechanism_mobile:segue_handover_completion_seconds';
const interruption = 'mechanism_mobile_direction:segue_handover_interruption_seconds:mean2m';
const lostPackets = 'mechanism_mobile_direction:segue_handover_packets_lost:mean2m';
const lossOfCall = 'mechanism_mobile_direction:segue_probe_packets_lost:ratio1m';
const switches = `sum by (mechanism, le) (${perSecond(ofMechanism('segue_handover_route_switch_seconds_bucket'))})`;
const rateBy = (labels: string, metric: string) => `sum by (${labels}) (${perSecond(ofMechanism(metric))})`;
const eachOf = (metric: string, more = '') => `sum by (mechanism, mobile) (${ofMechanism(metric, more)})`;
const bothWays = '{{mechanism}} {{mobile}} {{direction}}';
const each = '{{mechanism}} {{mobile}}';

const summary = [
  stat({
    title: 'Last completion',
    description: 'How long the last complete handover of each mechanism took. Red from the goal of 50 ms on.',
    width: 7, height: 5, unit: 's', steps: underGoal, names: 'beside',
    queries: [now(each, ofMechanism('segue_handover_last_completion_seconds'))],
  }),
  stat({
    title: 'Complete',
    description: 'Handovers that came to their end since the lab is up.',
    width: 3, height: 5, unit: 'short', steps: plain,
    queries: [now('complete', `sum(${ofMechanism('segue_handovers_total', 'outcome="complete"')})`)],
  }),
  stat({
    title: 'Tainted',
    description: 'Handovers that the machine disturbed since the lab is up: the other panels leave them out.',
    width: 3, height: 5, unit: 'short', steps: anyIsDoubtful,
    queries: [now('tainted', `sum(${ofMechanism('segue_handovers_judged_total', 'verdict="tainted"')})`)],
  }),
  stat({
    title: 'Failed',
    description: 'Handovers that were given up since the lab is up.',
    width: 3, height: 5, unit: 'short', steps: anyIsBad,
    queries: [now('failed', `sum(${ofMechanism('segue_handovers_total', 'outcome="failed"')})`)],
  }),
  stat({
    title: 'Within 50 ms',
    description: 'Share of all complete handovers that met the goal of 50 ms.',
    width: 4, height: 5, unit: 'percentunit', steps: shareUnderGoal, decimals: 0, min: 0, max: 1,
    queries: [
      now(
        '{{mechanism}}',
        `sum by (mechanism) (${ofMechanism('segue_handover_completion_seconds_bucket', 'le="0.05"')}) / ` +
          `sum by (mechanism) (${ofMechanism('segue_handover_completion_seconds_count')})`,
      ),
    ],
  }),
  stat({
    title: 'Opinion of the call',
    description: 'Mean opinion score of the voice call (ITU-T G.107), the worse way. From 4.03 on users are satisfied.',
    width: 4, height: 5, unit: 'none', steps: opinion, decimals: 2, min: 1, max: 4.5,
    queries: [now('{{mechanism}}', `min by (mechanism) (${ofMechanism('segue_probe_mos')})`)],
  }),
  table({
    title: 'Mechanisms side by side',
    description: 'Means over the last two minutes; the analytic value is what the mechanism and the link delays give.',
    width: 24, height: 6,
    keys: { mechanism: 'Mechanism', mobile: 'Mobile node' },
    columns: [
      { name: 'Handovers', unit: 'short', expr: eachOf('segue_handovers_total') },
      { name: 'Completion', unit: 's', steps: underGoal, expr: eachOf(`${completion}:mean2m`) },
      { name: 'Analytic', unit: 's', expr: eachOf('segue_handover_expected_completion_seconds') },
      { name: '99th percentile', unit: 's', steps: underGoal, expr: eachOf(`${completion}:p99_2m`) },
      ...['uplink', 'downlink'].flatMap((way) => [
        { name: `Lost ${way}`, unit: 'short', decimals: 1, expr: eachOf(lostPackets, `direction="${way}"`) },
        { name: `Interrupted ${way}`, unit: 's', expr: eachOf(interruption, `direction="${way}"`) },
      ]),
    ],
  }),
];

const handovers = [
  timeSeries({
    title: 'Completion',
    description: 'The last complete handover of each mechanism; dashed its analytic value and the goal of 50 ms.',
    width: 12, height: 9, unit: 's', steps: goalLine, limit: true, logarithmic: true, stepped: true,
    dashed: '/ analytic$/',
    queries: [
      overTime(each, ofMechanism('segue_handover_last_completion_seconds')),
      overTime(`${each} analytic`, ofMechanism('segue_handover_expected_completion_seconds')),
    ],
  }),
  heatmap({
    title: 'Completion, how often',
    description: 'Complete handovers by how long they took. One of the buckets ends at the goal of 50 ms.',
    width: 12, height: 9, unit: 's', steps: plain,
    queries: [
      buckets(`sum by (le) (increase(${ofMechanism('segue_handover_completion_seconds_bucket')}[$__rate_interval]))`),
    ],
  }),
  timeSeries({
    title: 'Completion, quantiles',
    description: 'Median and 99th percentile of the last two minutes, as exact as the buckets are narrow.',
    width: 12, height: 8, unit: 's', steps: goalLine, limit: true, logarithmic: true,
    queries: [
      overTime(`${each} median`, ofMechanism(`${completion}:p50_2m`)),
      overTime(`${each} 99th percentile`, ofMechanism(`${completion}:p99_2m`)),
    ],
  }),
  timeSeries({
    title: 'Within 50 ms',
    description: 'Share of the complete handovers of the last two minutes that met the goal.',
    width: 6, height: 8, unit: 'percentunit', steps: shareUnderGoal, min: 0, max: 1,
    queries: [overTime(each, ofMechanism('mechanism_mobile:segue_handover_within_goal:ratio2m'))],
  }),
  timeSeries({
    title: 'Route switch',
    description: "From a route action's decision to the kernel's acknowledgement: median and 99th percentile.",
    width: 6, height: 8, unit: 's', steps: plain, logarithmic: true,
    queries: [
      overTime('{{mechanism}} median', `histogram_quantile(0.5, ${switches})`),
      overTime('{{mechanism}} 99th percentile', `histogram_quantile(0.99, ${switches})`),
    ],
  }),
];

const cost = [
  timeSeries({
    title: 'Interruption',
    description: "The longest gap in a handover's packets less the probe's interval: mean of the last two minutes.",
    width: 12, height: 8, unit: 's', steps: goalLine, limit: true, logarithmic: true,
    queries: [overTime(bothWays, ofMechanism(interruption))],
  }),
  timeSeries({
    title: 'Packets lost to a handover',
    description: 'Packets of the voice call (one every 20 ms) that a handover loses: mean of the last two minutes.',
    width: 12, height: 8, unit: 'short', steps: plain, decimals: 1, min: 0,
    queries: [overTime(bothWays, ofMechanism(lostPackets))],
  }),
  timeSeries({
    title: 'Why packets were missed',
    description: 'Packets that belong to handovers and did not arrive, or came too late, by the cause, each second.',
    width: 24, height: 8, unit: 'pps', steps: plain, min: 0,
    queries: [
      overTime(
        '{{mechanism}} {{direction}} {{cause}}',
        `${rateBy('mechanism, direction, cause', 'segue_handover_packets_missed_total')} > 0`,
      ),
    ],
  }),
  ...[
    ['Duplicated', 'duplicated', 'arrived twice'],
    ['Out of order', 'reordered', 'arrived out of order'],
    ['Too late', 'late', 'arrived too late to be played'],
  ].map(([title = '', fate, what]) =>
    timeSeries({
      title,
      description: `Packets that belong to handovers and ${what}, each second.`,
      width: 8, height: 7, unit: 'pps', steps: plain, min: 0,
      queries: [
        overTime('{{mechanism}} {{direction}}', rateBy('mechanism, direction', `segue_handover_packets_${fate}_total`)),
      ],
    }),
  ),
];

const call = [
  timeSeries({
    title: 'One-way delay',
    description: "Of the voice call's packets, now. All nodes share one clock.",
    width: 6, height: 8, unit: 's', steps: plain, min: 0,
    queries: [overTime(bothWays, ofMechanism('segue_probe_delay_seconds'))],
  }),
  timeSeries({
    title: 'Jitter',
    description: "Of the voice call's packets (RFC 3550).",
    width: 6, height: 8, unit: 's', steps: plain, min: 0,
    queries: [overTime(bothWays, ofMechanism('segue_probe_jitter_seconds'))],
  }),
  timeSeries({
    title: 'Opinion of the call',
    description: 'Mean opinion score (ITU-T G.107); lines at 3.1, 3.6 and 4.03, from where on users are satisfied.',
    width: 6, height: 8, unit: 'none', steps: opinion, limit: true, decimals: 2, min: 1, max: 4.5,
    queries: [overTime(bothWays, ofMechanism('segue_probe_mos'))],
  }),
  timeSeries({
    title: 'Loss of the call',
    description: 'Share of the packets of the last minute that did not arrive, handovers or not.',
    width: 6, height: 8, unit: 'percentunit', steps: plain, min: 0,
    queries: [overTime(bothWays, ofMechanism(lossOfCall))],
  }),
  ...[
    ['TCP', 'iperf-tcp', 'What one TCP connection to the mobile node gets'],
    ['UDP', 'iperf-udp', 'What arrives of a UDP stream of constant rate'],
  ].map(([title, probe, what]) =>
    timeSeries({
      title: `${title} throughput`,
      description: `${what}: the last whole bin of half a second.`,
      width: 12, height: 8, unit: 'bps', steps: plain, min: 0,
      queries: [overTime(each, `8 * ${ofMechanism('segue_throughput_bytes_per_second', `probe="${probe}"`)}`)],
    }),
  ),
];

const signalling = [
  ...[
    ['Messages', 'messages', 'Messages of the mechanism that were sent, by step, each second.'],
    ['Retransmissions', 'retransmissions', 'Messages that were sent again, by step, each second.'],
    ['Failures', 'failures', 'Steps at which a handover was given up, each second.'],
  ].map(([title = '', what, description = '']) =>
    timeSeries({
      title,
      description,
      width: 6, height: 9, unit: 'cps', steps: plain, min: 0,
      queries: [
        overTime('{{mechanism}} {{step}}', rateBy('mechanism, step', `segue_signalling_${what}_total`)),
      ],
    }),
  ),
  timeSeries({
    title: 'Anomalies',
    description: 'Messages that nobody waited for, or that came too late, each second.',
    width: 6, height: 9, unit: 'cps', steps: plain, min: 0,
    queries: [overTime('{{mechanism}}', rateBy('mechanism', 'segue_signalling_anomalies_total'))],
  }),
  stateTimeline({
    title: 'Where the mobile node is attached',
    description: 'One line for each access router.',
    width: 24, height: 6, unit: 'none', steps: limits('transparent', [1, 'green']),
    mappings: words([0, ' ', 'transparent'], [1, 'attached', 'green']),
    queries: [overTime('{{mobile}} at {{router}}', `max by (mobile, router) (${atMobile('segue_mobile_attached')})`)],
  }),
];

export const handover = dashboard({
  uid: 'segue-handover',
  title: 'Segue: Handover',
  description: 'What the user of a mobile node notices of its handovers, the mechanisms side by side.',
  variables: [variables.datasource, variables.lab, variables.mechanism, variables.mobile],
  annotations: [
    {
      name: 'Handovers',
      datasource: dataSource,
      enable: true,
      hide: false,
      iconColor: 'blue',
      target: {
        ...overTime('', `1000 * ${ofMechanism('segue_handover_last_started_timestamp_seconds')}`),
        refId: 'Anno',
      },
      titleFormat: 'Handover',
      textFormat: '{{mobile}} by {{mechanism}}',
      tagKeys: 'mechanism,mobile',
      useValueForTime: true,
    },
  ],
  sections: [
    { title: 'Now', panels: summary },
    { title: 'Handovers', panels: handovers },
    { title: 'What they cost', panels: cost },
    { title: 'All the time', panels: call },
    { title: 'Signalling and attachment', panels: signalling },
  ],
});
