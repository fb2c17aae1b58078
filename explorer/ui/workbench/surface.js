// What the whole network says over the input square, with the data on it.

import { drawSquareAxes, squareBox } from "./axes.js";
import { fitCanvas, make, makeCheck, makePanel, setAttribute, setHidden } from "./dom.js";
import { Scale } from "./inspector.js";
import { fixed, percent, readable } from "./numbers.js";
import { classColors, classTable, cssColor, cutTable, divergingTable } from "./palette.js";
import { Painter } from "./paint.js";
import { PointLayer, surfaceCentre } from "./points.js";
import { Sheet } from "./sheet.js";

const MADE = { real: [["real", "disc"], ["generated", "diamond"]], inputs: [["original", "disc"], ["reconstructed test points", "diamond"]] };
export const FLAT_OUTPUT = 1.25; // a panel that is this much wider than high has its legend beside the figure
const PALER = 1.75; // the surface keeps to the paler part of the palette, so that the data stand out on it

export class SurfaceView {
  constructor(bench) {
    this.bench = bench;
    this.canvas = make("canvas", { role: "img", "aria-label": "Decision surface" });
    const { section } = makePanel("Output", "output");
    this.painter = new Painter(bench, this);
    section.firstChild.append(this.painter.toggle);
    this.scale = new Scale();
    this.legend = make("div", { class: "legend" });
    const [test, testBox] = makeCheck("Show test points", "Points that were kept away from training: rings are for testing, squares for validation.", () => bench.redraw());
    const [cut, cutBox] = makeCheck("Discretise", "Show only the answer, not how sure the network is.", () => bench.redraw());
    [this.testBox, this.cutBox] = [testBox, cutBox];
    this.cut = cut;
    this.made = make("div", { class: "legend" });
    section.append(this.canvas, this.painter.tools, this.scale.element, this.legend, this.made, make("div", { class: "checks" }, test, cut));
    this.element = section;
    this.sheet = new Sheet();
    this.points = new PointLayer();
    this.canvas.addEventListener("pointermove", (event) => this.hovered(event));
    this.canvas.addEventListener("pointerleave", () => this.left());
  }

  resize(width, height) {
    const flat = width > height * FLAT_OUTPUT;
    this.element.classList.toggle("flat", flat);
    const tools = this.painter.active ? 64 : 0;
    const side = flat ? height - 84 : Math.min(width - 60, Math.max(130, height - 164 - tools));
    this.width = flat ? side + 38 : width - 26;
    this.box = squareBox(this.width, side);
  }

  /** The height it can make use of, px. */
  needs(width) {
    return width - 60 + 164;
  }

  update(frame, theme) {
    const { head, arrays } = frame;
    this.frame = frame;
    this.theme = theme;
    this.painter.update(head, theme);
    const { box } = this;
    const context = fitCanvas(this.canvas, this.width, box.height + 30);
    context.clearRect(0, 0, this.width, box.height + 30);
    if (arrays.surface && head.surface.kind !== "none") this.drawSurface(context, box, head, arrays.surface, theme);
    context.strokeStyle = theme.faint;
    context.lineWidth = 1;
    context.strokeRect(box.left + 0.5, box.top + 0.5, box.width - 1, box.height - 1);
    this.points.draw(context, box, frame, theme, this.testBox.checked, this.painter.points);
    drawSquareAxes(context, box, theme, head.inputs);
    this.explainColours(head, theme);
  }

  drawSurface(context, box, head, surface, theme) {
    const [height, width] = surface.shape.slice(-2);
    const cut = this.cutBox.checked;
    if (head.surface.kind === "classes") {
      this.sheet.paintClasses(surface.data, width, height, classTable(theme, head.classes.length, cut));
    } else {
      const { low, high } = head.surface;
      const table = cut ? cutTable(theme, low, high, surfaceCentre(head)) : divergingTable(theme, low, high, surfaceCentre(head), PALER);
      this.sheet.paintSmooth(surface.data, width, height, table);
    }
    context.imageSmoothingEnabled = true;
    context.drawImage(this.sheet.canvas, box.left, box.top, box.width, box.height);
  }

  explainColours(head, theme) {
    const classes = head.surface.kind === "classes";
    this.explainMade(head, theme);
    if (head.surface.kind === "none") return [this.scale.element, this.legend].forEach((node) => setHidden(node, true));
    setHidden(this.scale.element, classes);
    setHidden(this.legend, !classes);
    if (!classes) return this.scale.update(theme, head.surface.low, head.surface.high, surfaceCentre(head), scaleLabel(head), PALER);
    const key = `${head.classes}${theme.dark}`;
    if (key === this.legendKey) return;
    this.legendKey = key;
    const colours = classColors(theme, head.classes.length);
    this.legend.replaceChildren(make("span", { class: "label", text: "class, fainter where less sure:" }), ...head.classes.map((name, i) => {
      const patch = make("i", { class: "patch" });
      patch.style.background = cssColor(colours[i]);
      return make("span", { class: "chip" }, patch, make("span", { text: name }));
    }));
  }

  /** What discs and diamonds are, where a network makes points. */
  explainMade(head, theme) {
    const words = MADE[head.answers];
    setHidden(this.made, !words);
    const key = `${head.answers}${theme.dark}${theme.page}`;
    if (!words || key === this.madeKey) return;
    this.madeKey = key;
    this.made.replaceChildren(...words.map(([text, shape], i) => {
      const patch = make("i", { class: `patch ${shape}` });
      patch.style.color = i ? theme.test : cssColor(theme.neutralRgb);
      return make("span", { class: "chip" }, patch, make("span", { text }));
    }));
  }

  /** The point of the input square under the pointer; null outside. */
  planeAt(event) {
    const frame = this.canvas.getBoundingClientRect();
    const x = ((event.clientX - frame.left - this.box.left) / this.box.width) * 2 - 1;
    const y = 1 - ((event.clientY - frame.top - this.box.top) / this.box.height) * 2;
    return Math.abs(x) <= 1 && Math.abs(y) <= 1 ? [x, y] : null;
  }

  hovered(event) {
    if (!this.frame || this.painter.stroke) return;
    const point = this.planeAt(event);
    this.pointer = point ? [event.clientX, event.clientY] : null;
    if (!point) return this.bench.tooltip.hide();
    const names = this.frame.head.inputs ?? ["x", "y"];
    const where = `${names[0] ?? "x"} ${fixed(point[0], 2)}, ${names[1] ?? "y"} ${fixed(point[1], 2)}`;
    this.bench.tooltip.show([this.valueText(point), where], event.clientX, event.clientY);
  }

  valueText([x, y]) {
    const { head, arrays } = this.frame;
    if (!arrays.surface || head.surface.kind === "none") return "a point of the plane";
    const { data, shape } = arrays.surface;
    const [height, width] = shape.slice(-2);
    const at = Math.round(((1 - y) / 2) * (height - 1)) * width + Math.round(((x + 1) / 2) * (width - 1));
    if (head.surface.kind === "classes") return `${head.classes[data[at]]}: probability ${fixed(data[width * height + at] / 255, 2)}`;
    const value = head.surface.low + (data[at] / 255) * (head.surface.high - head.surface.low);
    const label = head.surface.label || "output";
    return `${label}${label.startsWith("probability") ? " " : ": "}${label.startsWith("probability") ? fixed(value, 2) : readable(value)}${head.surface.unit ? ` ${head.surface.unit}` : ""}`;
  }

  left() {
    this.bench.tooltip.hide();
  }

  describe() {
    const { head } = this.frame;
    const accuracy = head.metrics.test_accuracy;
    const result = Number.isFinite(accuracy) && accuracy !== null ? `test accuracy ${percent(accuracy)}` : `test loss ${readable(head.metrics.test_loss)}`;
    const what = head.surface.kind === "classes" ? `the most probable of ${head.classes.length} classes` : head.surface.label;
    setAttribute(this.canvas, "aria-label", `Decision surface over ${(head.inputs ?? []).slice(0, 2).join(" and ")}: ${what}; ${result}.`);
  }
}

const scaleLabel = (head) => [head.surface.label, head.surface.unit && !head.surface.label?.includes(head.surface.unit) ? `(${head.surface.unit})` : ""].filter(Boolean).join(" ");
