// Axes: a box with ticks, labels and what the numbers mean.

const TICK_FONT = 12;

/** Position of a value on an axis from `low` to `high`, as a share from 0 to 1. */
export const shareOf = (axis, value) =>
  axis.log ? (Math.log(value) - Math.log(axis.low)) / (Math.log(axis.high) - Math.log(axis.low)) : (value - axis.low) / (axis.high - axis.low);

export const placeX = (box, axis, value) => box.left + shareOf(axis, value) * box.width;
export const placeY = (box, axis, value) => box.top + (1 - shareOf(axis, value)) * box.height;

export function setFont(context, theme, size = TICK_FONT, weight = 400) {
  context.font = `${weight} ${size}px ${theme.font}`;
}

/** Grid, ticks and labels. Axes: {low, high, ticks: [{value, text}], label, outside: the label stands right of the box}. */
export function drawAxes(context, box, xs, ys, theme) {
  setFont(context, theme);
  context.strokeStyle = theme.line;
  context.lineWidth = 1;
  context.fillStyle = theme.soft;
  context.textBaseline = "middle";
  context.textAlign = "right";
  for (const tick of ys.ticks) {
    const y = Math.round(placeY(box, ys, tick.value)) + 0.5;
    context.beginPath();
    context.moveTo(box.left, y);
    context.lineTo(box.left + box.width, y);
    context.stroke();
    context.fillText(tick.text, box.left - 6, y);
  }
  drawBottom(context, box, xs, theme);
}

function drawBottom(context, box, xs, theme) {
  const foot = box.top + box.height;
  context.textAlign = "center";
  context.textBaseline = "top";
  context.strokeStyle = theme.faint;
  context.beginPath();
  context.moveTo(box.left, foot + 0.5);
  context.lineTo(box.left + box.width, foot + 0.5);
  context.stroke();
  const edge = box.left + box.width;
  const inside = xs.label && !xs.outside ? context.measureText(xs.label).width + 8 : -4;
  for (const tick of xs.ticks) {
    const x = placeX(box, xs, tick.value);
    const half = context.measureText(tick.text).width / 2;
    context.beginPath();
    context.moveTo(Math.round(x) + 0.5, foot);
    context.lineTo(Math.round(x) + 0.5, foot + 4);
    context.stroke();
    if (x + half < edge - inside) context.fillText(tick.text, x, foot + 6);
  }
  if (!xs.label) return;
  context.textAlign = xs.outside ? "left" : "right";
  context.fillText(xs.label, xs.outside ? edge + 6 : edge, foot + 6);
}

/** The largest square plot that fits, with room for ticks at the left and below. */
export function squareBox(width, side) {
  const left = Math.max(30, Math.round((width - side) / 2));
  return { left, top: 4, width: Math.min(side, width - left - 4), height: Math.min(side, width - left - 4) };
}

/** Ticks of the input square -1..1 with the names of its two inputs. */
export function drawSquareAxes(context, box, theme, inputs) {
  setFont(context, theme);
  context.fillStyle = theme.soft;
  context.strokeStyle = theme.faint;
  context.lineWidth = 1;
  for (const [value, text] of [[-1, "−1"], [0, "0"], [1, "1"]]) {
    const x = box.left + ((value + 1) / 2) * box.width;
    const y = box.top + ((1 - value) / 2) * box.height;
    context.beginPath();
    context.moveTo(x, box.top + box.height);
    context.lineTo(x, box.top + box.height + 4);
    context.moveTo(box.left - 4, y);
    context.lineTo(box.left, y);
    context.stroke();
    context.textAlign = "center";
    context.textBaseline = "top";
    context.fillText(text, x, box.top + box.height + 6);
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.fillText(text, box.left - 7, Math.min(Math.max(y, box.top + 6), box.top + box.height - 6));
  }
  setFont(context, theme, 13, 600);
  context.textAlign = "center";
  context.textBaseline = "top";
  context.fillText(inputs?.[0] ?? "x", box.left + box.width * 0.75, box.top + box.height + 5);
  context.textBaseline = "middle";
  context.textAlign = "right";
  context.fillText(inputs?.[1] ?? "y", box.left - 7, box.top + box.height * 0.25);
}
