// Where everything in the network diagram stands. Numbers in, numbers out: nothing here touches the page.

import { clamp } from "./numbers.js";

const HEADER = { title: 24, units: 26, activation: 28, badge: 22, idle: 18, gap: 8 };
const SMALLEST = 21; // px from one tile to the next
const LARGEST = 58;
const NARROWEST = 60; // px from one column to the next; a network that still does not fit is scrolled
const WIDEST = 230;
const CROWDED = 10; // units of one column
const MORE = 20; // the line "+ 48 more"
const SKIP_LANE = 26; // room for arcs above the tiles
const LANE_GAP = 8; // px between two branches
const INSERT_LANE = 18; // room for the round + under the headers where there is none between them
export const TIGHT = 86; // px between columns below which that is so
const ROLE_TITLE = 24;

/** How far from the input a column stands: what the frame says, else one more than the farthest column it reads. */
function depths(columns, edges) {
  const depth = columns.map((column) => column.stage);
  columns.forEach((column, i) => {
    if (depth[i] !== undefined) return;
    const sources = edges.filter((edge) => edge.to === i && edge.from < i).map((edge) => depth[edge.from] + 1);
    const before = i > 0 && columns[i - 1].role === column.role ? depth[i - 1] + 1 : 0;
    depth[i] = sources.length ? Math.max(...sources) : before;
  });
  return depth;
}

/** [[column indices of stage 0], [stage 1], ...] of one role; parallel branches share a stage. */
function stagesOf(role, columns, depth) {
  const stages = [];
  columns.forEach((column, i) => {
    if (column.role === role) (stages[depth[i]] ??= []).push(i);
  });
  const stacked = stages.filter(Boolean);
  stacked.forEach((stage) => stage.sort((a, b) => (columns[a].lane ?? a) - (columns[b].lane ?? b) || a - b));
  return stacked;
}

function headerHeight(columns, idle) {
  const badges = Math.max(0, ...columns.map((column) => column.badges?.length ?? 0));
  const activations = columns.some((column) => column.activation || column.editable);
  return HEADER.title + HEADER.units + (activations ? HEADER.activation : 0) + badges * HEADER.badge + (idle ? HEADER.idle : 0) + HEADER.gap;
}

const moreOf = (column) => (column.units > column.shown ? MORE : 0);
const sum = (values) => values.reduce((total, value) => total + value, 0);

/** One role: its columns below each other in stages, tiles as large as the room allows. */
function arrangeRole(role, stages, columns, edges, box) {
  const mine = columns.filter((column) => column.role === role);
  const head = headerHeight(mine, box.idle);
  const skips = edges.some((edge) => edge.kind === "skip" && columns[edge.from].role === role);
  const lane = (skips ? SKIP_LANE : 0) + (box.tight ? INSERT_LANE : 0);
  const rest = stages.map((stage) => sum(stage.map((i) => head + moreOf(columns[i]))) + lane + (stage.length - 1) * LANE_GAP);
  const counts = stages.map((stage) => Math.max(1, sum(stage.map((i) => columns[i].shown))));
  const fitting = stages.map((_, s) => clamp((box.room - rest[s]) / counts[s], SMALLEST, LARGEST));
  const same = Math.max(...counts) <= CROWDED; // a calm picture; with many units the columns that have few get larger tiles
  const pitches = same ? fitting.map(() => Math.min(...fitting)) : fitting.map((pitch) => Math.min(pitch, 52));
  const height = Math.max(box.fill ? box.room : 0, ...stages.map((_, s) => rest[s] + counts[s] * pitches[s]));
  return { role, stages, head, lane, pitches, height };
}

function placeColumn(column, index, x, top, area, row, step) {
  const tile = Math.min(Math.round(step * 0.84), 46);
  const block = column.shown * step - (step - tile);
  const first = Math.round(top + row.head + row.lane + (area - block - moreOf(column)) / 2);
  const tiles = Array.from({ length: column.shown }, (_, unit) => ({ x: Math.round(x - tile / 2), y: Math.round(first + unit * step) }));
  return { index, x: Math.round(x), top: Math.round(top), head: row.head, tile, tiles, moreY: first + block + 4, bottom: first + block };
}

/**
 * The whole diagram. box: {width, room, left, right, idle}: px for it, what the names at its two ends need, and whether headers say
 * which units have stopped.
 * Returns {width, height, columns: [{x, top, tile, tiles: [{x, y}], ...}], rows: [{role, y}], spacing}.
 */
export function arrange(columns, edges, box) {
  const roles = [...new Set(columns.map((column) => column.role))];
  const depth = depths(columns, edges);
  const titled = roles.length > 1 ? ROLE_TITLE : 0;
  const stages = roles.map((role) => stagesOf(role, columns, depth));
  const most = Math.max(...stages.map((list) => list.length));
  const spacing = clamp((box.width - box.left - box.right) / most, NARROWEST, WIDEST);
  const rest = { fill: roles.length === 1, room: box.room / roles.length - titled, tight: spacing < TIGHT, idle: box.idle };
  const rows = roles.map((role, i) => arrangeRole(role, stages[i], columns, edges, rest));
  const width = Math.max(box.width, box.left + box.right + spacing * most);
  const placed = [];
  let y = 0;
  for (const row of rows) {
    row.y = y;
    y += titled;
    const start = box.left + (width - box.left - box.right - spacing * row.stages.length) / 2;
    row.stages.forEach((stage, s) => placeStage(stage, start + spacing * (s + 0.5), y, row, columns, placed, row.pitches[s]));
    y += row.height + (titled ? 6 : 0);
  }
  return { width, height: Math.ceil(y), columns: placed, rows, spacing, titled };
}

/** Columns of one stage share the height in proportion to what each needs. */
function placeStage(stage, x, top, row, columns, placed, pitch) {
  const needs = stage.map((i) => columns[i].shown * pitch + moreOf(columns[i]));
  const spare = row.height - row.lane - sum(needs) - stage.length * row.head - (stage.length - 1) * LANE_GAP;
  let y = top;
  stage.forEach((i, k) => {
    const area = needs[k] + spare / stage.length;
    placed[i] = { ...placeColumn(columns[i], i, x, y, area, row, pitch), shared: stage.length > 1 };
    y += row.head + area + LANE_GAP;
  });
}
