// One input, one number: the data and the curve the network has learnt.

import { drawAxes, placeX, placeY } from "./axes.js";
import { fitCanvas, make, makeCheck, makePanel, setAttribute } from "./dom.js";
import { niceTicks, readable } from "./numbers.js";
import { FLAT_OUTPUT } from "./surface.js";

export class FitView {
  constructor(bench) {
    this.bench = bench;
    this.canvas = make("canvas", { role: "img", "aria-label": "Fitted curve" });
    const { section } = makePanel("Output", "output");
    const [test, box] = makeCheck("Show test points", "Points that were kept away from training: rings of their own colour show where they lie.", () => bench.redraw());
    this.testBox = box;
    this.key = make("div", { class: "legend" });
    section.append(this.canvas, this.key, make("div", { class: "checks" }, test));
    this.element = section;
    this.canvas.addEventListener("pointermove", (event) => this.hovered(event));
    this.canvas.addEventListener("pointerleave", () => bench.tooltip.hide());
  }

  resize(width, height) {
    const flat = width > height * FLAT_OUTPUT;
    this.element.classList.toggle("flat", flat);
    this.width = flat ? Math.round((width - 26) * 0.68) : width - 26;
    this.height = flat ? height - 50 : Math.max(170, Math.min(height - 126, this.width * 1.05));
  }

  /** The height it can make use of, px. */
  needs(width) {
    return (width - 26) * 1.05 + 126;
  }

  update(frame, theme) {
    this.frame = frame;
    const { head, arrays } = frame;
    const context = fitCanvas(this.canvas, this.width, this.height);
    context.clearRect(0, 0, this.width, this.height);
    this.box = { left: 44, top: 22, width: this.width - 52, height: this.height - 48 };
    this.axes = this.span(arrays, head);
    drawAxes(context, this.box, this.axes.x, this.axes.y, theme);
    context.textAlign = "left";
    context.textBaseline = "alphabetic";
    context.fillText(head.surface.label || head.target || "target", 4, 13);
    this.drawPoints(context, arrays, theme);
    this.drawLine(context, arrays.surface, theme);
    this.explain(theme);
  }

  /** Axes that hold the data and the curve, and stand still while the curve stays within them. */
  span(arrays, head) {
    let [low, high] = [Infinity, -Infinity];
    const take = (values) => { for (let i = 1; i < values.length; i += 2) if (Number.isFinite(values[i])) { low = Math.min(low, values[i]); high = Math.max(high, values[i]); } };
    for (const name of ["train/points", "validation/points", "test/points"]) if (arrays[name]) take(arrays[name].data);
    if (!Number.isFinite(low)) [low, high] = [head.surface.low ?? -1, head.surface.high ?? 1];
    const margin = (high - low) * 0.12 || 1;
    [low, high] = [low - margin, high + margin];
    const x = { low: -1, high: 1, ticks: niceTicks(-1, 1, 4), label: head.inputs?.[0] ?? "x" };
    return { x, y: { low, high, ticks: niceTicks(low, high, Math.max(3, this.height / 60)) } };
  }

  drawPoints(context, arrays, theme) {
    const draw = (points, filled) => {
      for (let i = 0; i < points.length; i += 2) {
        context.beginPath();
        context.arc(placeX(this.box, this.axes.x, points[i]), placeY(this.box, this.axes.y, points[i + 1]), filled ? 3.2 : 3, 0, 2 * Math.PI);
        if (filled) context.fill();
        else context.stroke();
      }
    };
    context.fillStyle = theme.train;
    context.lineWidth = 1.6;
    context.globalAlpha = 0.75;
    if (arrays["train/points"]) draw(arrays["train/points"].data, true);
    for (const part of this.shown(arrays)) {
      context.strokeStyle = theme[part];
      draw(arrays[`${part}/points`].data, false);
    }
    context.globalAlpha = 1;
  }

  /** The parts that were kept away from training, where they are wanted. */
  shown(arrays) {
    return this.testBox.checked ? ["validation", "test"].filter((part) => arrays[`${part}/points`]) : [];
  }

  drawLine(context, surface, theme) {
    if (!surface) return;
    const count = surface.shape[1];
    context.save();
    context.beginPath();
    context.rect(this.box.left, this.box.top, this.box.width, this.box.height);
    context.clip();
    context.beginPath();
    for (let i = 0; i < count; i += 1) {
      context.lineTo(placeX(this.box, this.axes.x, surface.data[i]), placeY(this.box, this.axes.y, surface.data[count + i]));
    }
    context.strokeStyle = theme.page;
    context.lineWidth = 5;
    context.stroke();
    context.strokeStyle = theme.positive;
    context.lineWidth = 2.8;
    context.stroke();
    context.restore();
  }

  explain(theme) {
    const parts = this.shown(this.frame.arrays);
    const key = `${theme.dark}${theme.page}${parts}`;
    if (key === this.explained) return;
    this.explained = key;
    const entry = (text, colour, shape) => {
      const patch = make("i", { class: `patch ${shape}` });
      patch.style.color = colour;
      return make("span", { class: "chip" }, patch, make("span", { text }));
    };
    const rings = parts.map((part) => entry(part, theme[part], "ring"));
    this.key.replaceChildren(entry("prediction", theme.positive, "stroke"), entry("train", theme.train, "disc"), ...rings);
  }

  hovered(event) {
    const surface = this.frame?.arrays.surface;
    if (!surface) return;
    const frame = this.canvas.getBoundingClientRect();
    const share = (event.clientX - frame.left - this.box.left) / this.box.width;
    if (share < 0 || share > 1) return this.bench.tooltip.hide();
    const count = surface.shape[1];
    const at = Math.round(share * (count - 1));
    const { head } = this.frame;
    const unit = head.surface.unit ? ` ${head.surface.unit}` : "";
    this.bench.tooltip.show([`prediction ${readable(surface.data[count + at])}${unit}`, `${head.inputs?.[0] ?? "x"} ${readable(surface.data[at])}`],
      event.clientX, event.clientY);
  }

  describe() {
    const { metrics, target } = this.frame.head;
    setAttribute(this.canvas, "aria-label", `Curve of the prediction of ${target || "the target"} over the input; test loss ${readable(metrics.test_loss)}.`);
  }
}
