// A picture with two boxes: where something is, and where the network says it is.

import { fitCanvas, make, setAttribute, setText } from "./dom.js";
import { clamp, percent, readable } from "./numbers.js";

const EDGES = ["left", "top", "right", "bottom"];
const TABLE = 150; // px of height the edges take
const FOUND = 0.5; // overlap from which on something counts as found

export class BoxAnswer {
  constructor() {
    this.canvas = make("canvas", { role: "img", "aria-label": "Boxes" });
    this.patches = ["", "dashed"].map((dashed) => make("i", { class: `patch stroke ${dashed}` }));
    this.key = make("div", { class: "legend" }, ...["true box", "predicted box"].map((text, i) => make("span", { class: "chip" }, this.patches[i], make("span", { text }))));
    this.cells = EDGES.map(() => [make("td", {}), make("td", {})]);
    const head = make("tr", {}, ...["edge", "true", "predicted"].map((text) => make("th", { scope: "col", text })));
    const rows = EDGES.map((name, i) => make("tr", {}, make("th", { scope: "row", text: name }), ...this.cells[i]));
    this.table = make("table", { class: "edges" }, make("thead", {}, head), make("tbody", {}, ...rows));
    const note = make("div", { class: "caption", text: "Edges: shares of the picture’s side, from its left and its top. Overlap: what both boxes share of all they cover together." });
    this.element = make("div", { class: "answer boxes" }, this.canvas, make("div", { class: "told" }, this.key, this.table, note));
  }

  resize(width, height, { flat }) {
    const beside = flat || width > height * 0.95;
    this.element.classList.toggle("beside", beside);
    this.side = Math.round(clamp(beside ? Math.min(width - 200, height) : Math.min(width, height - TABLE - 46), 90, 400));
  }

  needs(width) {
    return Math.min(width, 400) + TABLE + 46;
  }

  scoreOf({ iou }) {
    if (iou === null) return "the predicted edges are no finite numbers";
    return `${iou >= FOUND ? "✓ found" : "✗ not found"}: the boxes overlap by ${percent(iou)}`;
  }

  update(frame, theme, example, sheet) {
    const context = fitCanvas(this.canvas, this.side, this.side);
    this.drawPicture(context, frame.arrays["examples/images"], example, sheet, theme);
    const colours = [theme.test, theme.positive];
    const boxes = [example.truth, example.predicted];
    for (const box of boxes) this.drawBox(context, box, theme.page, 5, []); // a rim, so that lines are seen on bright and on dark
    boxes.forEach((box, i) => {
      this.patches[i].style.color = colours[i];
      this.drawBox(context, box, colours[i], 3, i ? [7, 5] : []);
      box.forEach((share, edge) => setText(this.cells[edge][i], share === null ? "–" : readable(share, 2)));
    });
  }

  drawPicture(context, images, { index }, sheet, theme) {
    const [count, height, width] = images.shape;
    context.imageSmoothingEnabled = false;
    context.drawImage(sheet.canvas, 0, Math.min(index, count - 1) * height, width, height, 0, 0, this.side, this.side);
    context.strokeStyle = theme.faint;
    context.lineWidth = 1;
    context.setLineDash([]);
    context.strokeRect(0.5, 0.5, this.side - 1, this.side - 1);
  }

  drawBox(context, box, colour, width, dash) {
    if (!box.every(Number.isFinite)) return;
    const [left, top, right, bottom] = box.map((share) => clamp(share, 0, 1) * (this.side - 4) + 2);
    [context.strokeStyle, context.lineWidth] = [colour, width];
    context.setLineDash(dash);
    context.strokeRect(left, top, right - left, bottom - top);
    context.setLineDash([]);
  }

  describe({ index, truth, predicted, iou }) {
    const words = (box) => EDGES.map((name, i) => `${name} ${percent(box[i])}`).join(", ");
    setAttribute(this.canvas, "aria-label", `Example ${index + 1}. True box: ${words(truth)}. Predicted box: ${words(predicted)}. Overlap ${readable(iou)}.`);
  }
}
