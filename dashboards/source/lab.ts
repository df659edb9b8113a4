// The network itself: what its links were asked for, and what they do.
import { dashboard, variables } from './dashboard.js';
import { limits, nodeGraph, stat, stateTimeline, table, timeSeries, words } from './panels.js';
import { atMobile, inLab, now, overTime, perSecond, relabelled } from './queries.js';

const plain = limits('blue');
const anyIsBad = limits('green', [1, 'red']);
const perLink = '{{link}} from {{from}}';
const packets = 'link_from:segue_link_packets:rate1m';
const lost = 'link_from:segue_link_packets_lost:ratio1m';

// A link is one line of the map, though its series are two; which end comes first does not matter.
const line =
  `(topk by (lab, link) (1, ${inLab('segue_link_info')}) ` +
  `* on (lab, link) group_left () sum by (lab, link) (${inLab(packets)}))`;
const inUse =
  `(${inLab('segue_link_info')} and on (lab, from, to) ` +
  `${relabelled(`(${atMobile('segue_mobile_attached')} == 1)`, [['from', 'mobile'], ['to', 'router']])})`;
const coloured = (which: 'and' | 'unless', color: string) =>
  `label_replace(${line} ${which} on (lab, link) ${inUse}, "color", "${color}", "", "")`;

const network = [
  stat({
    title: 'Agents up',
    description: 'Nodes whose agent answers, of all nodes.',
    width: 4, height: 4, unit: 'short', steps: plain,
    queries: [
      now('up', `sum(${inLab('segue_agents_up')})`),
      now('nodes', `sum(${inLab('segue_nodes')})`),
    ],
  }),
  stat({
    title: 'Links',
    description: 'Cables of the lab.',
    width: 4, height: 4, unit: 'short', steps: plain,
    queries: [now('links', `count(count by (link) (${inLab('segue_link_info')}))`)],
  }),
  stat({
    title: 'Packets',
    description: 'Packets that all links take in each second, over the last minute.',
    width: 4, height: 4, unit: 'pps', steps: plain,
    queries: [now('packets', `sum(${inLab(packets)})`)],
  }),
  stat({
    title: 'Queues full',
    description: 'Packets that found a queue full, since the lab is up.',
    width: 4, height: 4, unit: 'short', steps: anyIsBad,
    queries: [now('dropped', `sum(${inLab('segue_link_packets_dropped_total')})`)],
  }),
  stat({
    title: 'Attached to',
    description: 'The access router each mobile node is at.',
    width: 8, height: 4, unit: 'none', steps: limits('green'), names: 'alone', none: 'between two',
    queries: [now('{{mobile}} at {{router}}', `max by (mobile, router) (${atMobile('segue_mobile_attached')}) == 1`)],
  }),
  nodeGraph({
    title: 'Map',
    description:
      'Nodes, red where the agent does not answer, and links with the packets they take in each second, both ways ' +
      'together. The link by which a mobile node is attached is green.',
    width: 10, height: 14, edgeUnit: 'packets/s',
    nodes: relabelled(`max by (node, role) (${inLab('segue_node_up')})`, [
      ['id', 'node'],
      ['title', 'node'],
      ['subtitle', 'role'],
    ]),
    edges: relabelled(`(${coloured('and', 'green')} or ${coloured('unless', 'gray')})`, [
      ['id', 'link'],
      ['source', 'from'],
      ['target', 'to'],
    ]),
  }),
  table({
    title: 'Asked for, and in force',
    description:
      'Each direction of each link by the node that sends in it: what was asked for, what the kernel or the engine ' +
      'says is in force, and what share of the last minute was lost (by its loss alone; empty where nothing was ' +
      'sent). A rate of 0 is no limit.',
    width: 14, height: 14,
    keys: { link: 'Link', from: 'From' },
    columns: [
      ['Delay asked', 's', 'segue_link_requested_delay_seconds'],
      ['Delay', 's', 'segue_link_in_force_delay_seconds'],
      ['Loss asked', 'percentunit', 'segue_link_requested_loss_ratio'],
      ['Loss', 'percentunit', 'segue_link_in_force_loss_ratio'],
      ['Loss seen', 'percentunit', lost],
      ['Rate asked', 'Bps', 'segue_link_requested_rate_bytes_per_second'],
      ['Rate', 'Bps', 'segue_link_in_force_rate_bytes_per_second'],
      ['Queued', 'short', 'segue_link_queued_packets'],
    ].map(([name = '', unit = '', metric = '']) => ({
      name,
      unit,
      expr: `max by (link, from) (${inLab(metric)})`,
    })),
  }),
];

const fate = (title: string, metric: string, description: string) =>
  timeSeries({
    title,
    description,
    width: 8, height: 8, unit: 'pps', steps: plain, min: 0,
    queries: [overTime(perLink, `sum by (link, from) (${perSecond(inLab(`segue_link_${metric}_total`))})`)],
  });

const links = [
  timeSeries({
    title: 'Packets',
    description: 'Packets that each direction takes in each second, over the last minute.',
    width: 12, height: 8, unit: 'pps', steps: plain, min: 0,
    queries: [overTime(perLink, `sum by (link, from) (${inLab(packets)})`)],
  }),
  timeSeries({
    title: 'Throughput',
    description: 'What each direction delivers.',
    width: 12, height: 8, unit: 'bps', steps: plain, min: 0,
    queries: [overTime(perLink, `8 * sum by (link, from) (${perSecond(inLab('segue_link_delivered_bytes_total'))})`)],
  }),
  timeSeries({
    title: 'Delay, asked for and in force',
    description: 'Dashed what was asked for. The lines part while a link is being changed, or where a change failed.',
    width: 12, height: 8, unit: 's', steps: plain, min: 0, dashed: '/ asked$/',
    queries: [
      overTime(perLink, `max by (link, from) (${inLab('segue_link_in_force_delay_seconds')})`),
      overTime(`${perLink} asked`, `max by (link, from) (${inLab('segue_link_requested_delay_seconds')})`),
    ],
  }),
  timeSeries({
    title: 'Loss, asked for and seen',
    description: 'Dashed what was asked for; else the share of the packets of the last minute that the link lost.',
    width: 12, height: 8, unit: 'percentunit', steps: plain, min: 0, dashed: '/ asked$/',
    queries: [
      overTime(perLink, `max by (link, from) (${inLab(lost)})`),
      overTime(`${perLink} asked`, `max by (link, from) (${inLab('segue_link_requested_loss_ratio')})`),
    ],
  }),
  fate('Delivered', 'packets_delivered', 'Packets that came out at the other end, each second.'),
  fate('Lost', 'packets_lost', "Packets that the link's loss took, each second."),
  fate('Dropped', 'packets_dropped', 'Packets that found the queue full, each second.'),
  timeSeries({
    title: 'Queued',
    description: 'Packets on their way in each direction: with a delay there are always some.',
    width: 12, height: 8, unit: 'short', steps: plain, min: 0,
    queries: [overTime(perLink, `max by (link, from) (${inLab('segue_link_queued_packets')})`)],
  }),
  timeSeries({
    title: 'Duplicated, reordered, corrupted',
    description: 'Packets that the link doubled, let overtake or flipped a bit in, each second.',
    width: 12, height: 8, unit: 'pps', steps: plain, min: 0,
    queries: ['duplicated', 'reordered', 'corrupted'].map((what) =>
      overTime(`${perLink} ${what}`, `sum by (link, from) (${perSecond(inLab(`segue_link_packets_${what}_total`))})`),
    ),
  }),
];

const nodes = [
  stateTimeline({
    title: 'Agents',
    description: 'Whether the agent of each node answers.',
    width: 12, height: 9, unit: 'none', steps: limits('red', [1, 'green']),
    mappings: words([1, 'up', 'green'], [0, 'down', 'red']),
    queries: [overTime('{{node}}', `max by (node) (${inLab('segue_node_up')})`)],
  }),
  stateTimeline({
    title: 'Attachment',
    description: 'One line for each mobile node and access router.',
    width: 12, height: 9, unit: 'none', steps: limits('transparent', [1, 'green']),
    mappings: words([0, ' ', 'transparent'], [1, 'attached', 'green']),
    queries: [overTime('{{mobile}} at {{router}}', `max by (mobile, router) (${atMobile('segue_mobile_attached')})`)],
  }),
];

export const lab = dashboard({
  uid: 'segue-lab',
  title: 'Segue: Lab',
  description: 'The network: its nodes, its links, what was asked of them and what they do.',
  variables: [variables.datasource, variables.lab, variables.mobile],
  sections: [
    { title: 'Network', panels: network },
    { title: 'Links', panels: links },
    { title: 'Nodes', panels: nodes },
  ],
});
