// Lines over time: a series, its continuation, what was predicted of it.

import { drawAxes, placeX, placeY, setFont } from "./axes.js";
import { niceTicks } from "./numbers.js";

const POINTED = 24; // values of a line up to which each one is also marked by a dot

/**
 * Draw lines into a cleared figure and return {box, axes}.
 * lines: [{name, colour, from: x of the first value, values, dash, dots}]; labels: {x, y} of the two axes.
 */
export function drawLines(context, width, height, lines, labels, theme) {
  context.clearRect(0, 0, width, height);
  const box = { left: 44, top: labels.y ? 20 : 8, width: width - 50, height: height - (labels.y ? 44 : 32) };
  const axes = spanOf(lines, box, labels);
  drawAxes(context, box, axes.x, axes.y, theme);
  if (labels.y) {
    setFont(context, theme);
    context.fillStyle = theme.soft;
    context.textAlign = "left";
    context.textBaseline = "alphabetic";
    context.fillText(labels.y, 4, 12, width - 8);
  }
  for (const line of lines) drawOne(context, box, axes, line, theme);
  return { box, axes };
}

function spanOf(lines, box, labels) {
  const values = lines.flatMap((line) => Array.from(line.values)).filter(Number.isFinite);
  let [low, high] = values.length ? [Math.min(...values), Math.max(...values)] : [-1, 1];
  const margin = (high - low) * 0.08 || 1;
  [low, high] = [low - margin, high + margin];
  const first = Math.min(...lines.map((line) => line.from));
  const last = Math.max(...lines.map((line) => line.from + line.values.length - 1), first + 1);
  const whole = niceTicks(first, last, Math.max(2, box.width / 60)).filter((tick) => Number.isInteger(tick.value));
  return { x: { low: first, high: last, ticks: whole, label: labels.x }, y: { low, high, ticks: niceTicks(low, high, Math.max(2, box.height / 30)) } };
}

function drawOne(context, box, axes, line, theme) {
  const points = Array.from(line.values, (value, i) => [placeX(box, axes.x, line.from + i), placeY(box, axes.y, value)]).filter(([, y]) => Number.isFinite(y));
  context.strokeStyle = context.fillStyle = line.colour;
  context.lineWidth = line.dash ? 2.4 : 2;
  context.lineJoin = "round";
  context.setLineDash(line.dash ?? []);
  context.beginPath();
  for (const point of points) context.lineTo(...point);
  context.stroke();
  context.setLineDash([]);
  if (!line.dots || points.length > POINTED) return;
  context.lineWidth = 1.6;
  for (const [x, y] of points) {
    context.beginPath();
    context.arc(x, y, 3, 0, 2 * Math.PI);
    if (line.dots === "ring") context.fillStyle = theme.page;
    context.fill();
    context.stroke();
  }
}
