// The lines between units: width by size, colour by sign; and which of them is under the pointer.

const CROWD = 420; // beyond this many lines between two columns the faint ones are left out
const NEAR = 9; // px within which a line counts as touched

const lengthTo = (place) => place.x + place.tile / 2 + 1;

/** Drawable groups, one per edge of the head, with the ends of their lines. */
export function edgeGroups(head, layout) {
  const joined = new Map(); // column -> units of the branches that have come in so far
  return head.edges.map((edge, index) => {
    const from = layout.columns[edge.from];
    const to = layout.columns[edge.to];
    const sum = head.columns[edge.from].units === head.columns[edge.to].units;
    const first = edge.kind === "merge" && !sum ? joined.get(edge.to) ?? 0 : 0;
    if (edge.kind === "merge") joined.set(edge.to, first + head.columns[edge.from].units);
    return {
      ...edge, index, first, x0: lengthTo(from), x1: to.x - to.tile / 2 - 1,
      starts: from.tiles.map((tile) => tile.y + from.tile / 2), ends: to.tiles.map((tile) => tile.y + to.tile / 2), source: from, target: to,
    };
  });
}

function line(context, group, start, end) {
  const middle = (group.x0 + group.x1) / 2;
  context.beginPath();
  context.moveTo(group.x0, start);
  context.bezierCurveTo(middle, start, middle, end, group.x1, end);
  context.stroke();
}

function largest(values) {
  let most = 0;
  for (let i = 0; i < values.length; i += 1) most = Math.max(most, Math.abs(values[i]) || 0);
  return most;
}

/** 1 for a line to be seen as ever, less for one that steps back behind what the pointer is on. */
function emphasis(group, unit, source, chosen) {
  if (!chosen) return 1;
  if (chosen.edge !== undefined) return chosen.edge === group.index && chosen.unit === unit && chosen.source === source ? 1.6 : 0.45;
  const touches = (chosen.column === group.to && chosen.unit === unit) || (chosen.column === group.from && chosen.unit === source);
  return touches ? 1.3 : 0.16;
}

function drawWeights(context, group, weights, theme, chosen) {
  const [units, sources] = weights.shape;
  const most = largest(weights.data);
  const scale = Math.max(most, 0.5);
  const floor = units * sources > CROWD ? most * 0.15 : most * 0.01;
  for (let unit = 0; unit < units; unit += 1) {
    for (let source = 0; source < sources; source += 1) {
      const weight = weights.data[unit * sources + source];
      const size = Math.abs(weight);
      if (!(size > floor)) continue;
      const force = emphasis(group, unit, source, chosen);
      context.lineWidth = (0.6 + 4.6 * (size / scale)) * (force > 1.5 ? 1.25 : 1);
      context.globalAlpha = Math.min(1, (0.16 + 0.68 * (size / scale)) * force);
      context.strokeStyle = weight > 0 ? theme.positive : theme.negative;
      line(context, group, group.starts[source], group.ends[unit]);
    }
  }
}

/** No weight stands behind these: unit to unit, or everything to everything, thin and neutral. */
function drawPlain(context, group, theme, chosen) {
  context.strokeStyle = theme.soft;
  context.lineWidth = 1;
  const paired = group.kind === "one_to_one" || group.kind === "merge";
  const crowd = paired ? 1 : Math.max(1, (group.starts.length * group.ends.length) / 40);
  group.ends.forEach((end, unit) => group.starts.forEach((start, source) => {
    if (paired && source !== unit - group.first) return;
    context.globalAlpha = Math.min(1, (0.45 / Math.sqrt(crowd)) * Math.min(emphasis(group, unit, source, chosen), 1.6));
    line(context, group, start, end);
  }));
}

/** A shortcut: one arc over everything between its ends, with an arrow head. */
function drawSkip(context, group, theme) {
  const { source, target } = group;
  const from = [source.x + 4, source.tiles[0].y - 3];
  const to = [target.x - 4, target.tiles[0].y - 4];
  const peak = Math.min(from[1], to[1]) - 26;
  context.strokeStyle = context.fillStyle = theme.soft;
  context.globalAlpha = 0.9;
  context.lineWidth = 1.6;
  context.beginPath();
  context.moveTo(...from);
  context.bezierCurveTo(from[0] + 10, peak, to[0] - 10, peak, ...to);
  context.stroke();
  context.beginPath();
  context.moveTo(to[0], to[1] + 1);
  context.lineTo(to[0] - 6, to[1] - 7);
  context.lineTo(to[0] + 3, to[1] - 8);
  context.fill();
}

/** inView(from, to): whether anything between these two x can be seen. */
export function drawEdges(context, groups, arrays, theme, chosen, inView) {
  for (const group of groups.filter(({ x0, x1 }) => inView(x0, x1))) {
    const weights = group.weights ? arrays[group.weights] : null;
    if (group.kind === "skip") drawSkip(context, group, theme);
    else if (weights) drawWeights(context, group, weights, theme, chosen);
    else drawPlain(context, group, theme, chosen);
  }
  context.globalAlpha = 1;
}

/** Where along the curve its x is a share `u` of the way: x(t) = 1.5 t (1 - t) + t^3 rises, so halving finds it. */
function along(u) {
  let [low, high] = [0, 1];
  for (let i = 0; i < 22; i += 1) {
    const t = (low + high) / 2;
    if (1.5 * t * (1 - t) + t * t * t < u) low = t;
    else high = t;
  }
  return (low + high) / 2;
}

/** The line nearest to (x, y), heavy ones first, as {edge, unit, source, value, exact, from, to}; null where there is none. */
export function nearestEdge(groups, arrays, x, y) {
  let best = null;
  let least = NEAR;
  for (const group of groups) {
    const weights = group.weights ? arrays[group.weights] : null;
    if (!weights || x <= group.x0 || x >= group.x1) continue;
    const t = along((x - group.x0) / (group.x1 - group.x0));
    const bend = t * t * (3 - 2 * t);
    const [units, sources] = weights.shape;
    for (let i = 0; i < units * sources; i += 1) {
      const [unit, source] = [Math.floor(i / sources), i % sources];
      const start = group.starts[source];
      const distance = Math.abs(y - start - (group.ends[unit] - start) * bend);
      if (distance >= least) continue;
      least = distance;
      best = { edge: group.index, unit, source, value: weights.data[i], exact: group.exact, from: group.from, to: group.to };
    }
  }
  return best;
}
