// The data in the plane: train points filled, test points as rings, validation points as squares, wrong labels crossed. Kept as a picture while it does not change.

import { fitCanvas } from "./dom.js";
import { checksum } from "./frame.js";
import { upperClass } from "./names.js";
import { classColors, cssColor, divergingColor } from "./palette.js";

export const toPlane = (value) => (value / 65535) * 2 - 1;

/** Function from label to [r, g, b] for this problem. */
export function labelColors(head, theme) {
  if (head.problem === "regression") {
    const { low = -1, high = 1 } = head.surface;
    const centre = surfaceCentre(head);
    const reach = Math.max(Math.abs(high - centre), Math.abs(low - centre)) || 1;
    return (value) => divergingColor(theme, value, centre, reach);
  }
  const colours = classColors(theme, head.classes?.length ?? 2, upperClass(head));
  return (label) => colours[label % colours.length];
}

/** The value drawn in the palette's neutral middle: half way for probabilities, zero where zero lies inside. */
export function surfaceCentre(head) {
  const { low, high } = head.surface;
  return head.problem === "regression" && low < 0 && high > 0 ? 0 : (low + high) / 2;
}

export class PointLayer {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.key = "";
  }

  /** Draw points, test and validation points (when wanted) and painted ones into `box` of `context`. */
  draw(context, box, frame, theme, showTest, painted) {
    const { arrays } = frame;
    const parts = [checksum(arrays["generated/points"]), checksum(arrays["train/points"]), checksum(arrays["train/labels"]), showTest ? checksum(arrays["test/points"]) : 0, showTest ? checksum(arrays["validation/points"]) : 0,
      painted.length, box.width, theme.dark, theme.page, window.devicePixelRatio, frame.head.surface.low, frame.head.surface.high];
    const key = parts.join();
    if (key !== this.key) this.paint(box, frame, theme, showTest, painted);
    this.key = key;
    context.drawImage(this.canvas, box.left - 6, box.top - 6, box.width + 12, box.height + 12);
  }

  paint(box, { head, arrays }, theme, showTest, painted) {
    const made = arrays["generated/points"];
    const context = fitCanvas(this.canvas, box.width + 12, box.height + 12);
    context.clearRect(0, 0, box.width + 12, box.height + 12);
    const colour = head.answers === "real" ? () => theme.neutralRgb : labelColors(head, theme);
    theme.outline = head.problem === "regression" ? theme.soft : theme.dark ? "#0b0d11" : "#ffffff"; // a value near zero has the page's colour
    const count = (arrays["train/points"]?.data.length ?? 0) / 2;
    const radius = Math.max(2.6, Math.min(4.8, box.width / 76)) * (count > 600 ? 0.75 : 1);
    const place = (x, y) => [6 + ((x + 1) / 2) * box.width, 6 + ((1 - y) / 2) * box.height];
    if (made) for (let i = 0; i < made.data.length; i += 2) diamond(context, ...place(toPlane(made.data[i]), toPlane(made.data[i + 1])), radius * 0.85, theme);
    if (showTest) each(arrays, "test", place, (x, y, label) => ring(context, x, y, radius, cssColor(colour(label)), theme));
    if (showTest) each(arrays, "validation", place, (x, y, label) => square(context, x, y, radius * 0.9, cssColor(colour(label)), theme));
    each(arrays, "train", place, (x, y, label, flipped) => dot(context, x, y, radius, cssColor(colour(label)), theme));
    for (const [px, py, label] of painted) dot(context, ...place(px, py), radius, cssColor(colour(label)), theme);
    each(arrays, "train", place, (x, y, _, flipped) => flipped && cross(context, x, y, Math.max(4.2, radius * 1.35), theme));
  }
}

function each(arrays, part, place, visit) {
  const points = arrays[`${part}/points`]?.data;
  const labels = arrays[`${part}/labels`]?.data;
  const flipped = arrays[`${part}/flipped`]?.data;
  if (!points || !labels) return;
  for (let i = 0; i < labels.length; i += 1) visit(...place(toPlane(points[2 * i]), toPlane(points[2 * i + 1])), labels[i], flipped?.[i]);
}

function dot(context, x, y, radius, colour, theme) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
  context.lineWidth = 1.1;
  context.strokeStyle = theme.outline;
  context.stroke();
}

function ring(context, x, y, radius, colour, theme) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = theme.page;
  context.fill();
  context.lineWidth = 1.9;
  context.strokeStyle = colour;
  context.stroke();
}

function square(context, x, y, radius, colour, theme) {
  context.fillStyle = theme.page;
  context.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
  context.lineWidth = 1.9;
  context.strokeStyle = colour;
  context.strokeRect(x - radius, y - radius, 2 * radius, 2 * radius);
}

/** A point that a network has made. */
function diamond(context, x, y, radius, theme) {
  context.beginPath();
  context.moveTo(x, y - radius * 1.25);
  context.lineTo(x + radius * 1.25, y);
  context.lineTo(x, y + radius * 1.25);
  context.lineTo(x - radius * 1.25, y);
  context.closePath();
  context.fillStyle = theme.test;
  context.fill();
  context.lineWidth = 0.9;
  context.strokeStyle = theme.outline;
  context.stroke();
}

/** Label noise gave this point a wrong label. */
function cross(context, x, y, arm, theme) {
  context.lineWidth = 1.5;
  context.strokeStyle = theme.ink;
  context.beginPath();
  context.moveTo(x - arm, y - arm);
  context.lineTo(x + arm, y + arm);
  context.moveTo(x + arm, y - arm);
  context.lineTo(x - arm, y + arm);
  context.stroke();
}
