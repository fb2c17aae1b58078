// Confusion matrix of the test part: rows what it is, columns what the network says.

import { setFont } from "./axes.js";
import { fitCanvas, make, makePanel, setAttribute } from "./dom.js";
import { checksum } from "./frame.js";
import { grouped, percent } from "./numbers.js";
import { cssColor, divergingColor, textOn } from "./palette.js";

export class ConfusionView {
  constructor(bench) {
    this.bench = bench;
    this.canvas = make("canvas", { role: "img", "aria-label": "Confusion matrix" });
    this.note = make("span", { class: "note" });
    const { section } = makePanel("Confusion matrix", "chart", this.note);
    section.append(this.canvas);
    this.element = section;
    this.canvas.addEventListener("pointermove", (event) => this.hovered(event));
    this.canvas.addEventListener("pointerleave", () => bench.tooltip.hide());
  }

  resize(width, height) {
    this.width = width - 26;
    this.height = height - 46;
    this.drawn = null;
  }

  update(frame, theme) {
    this.frame = frame;
    const matrix = frame.arrays.confusion;
    const key = `${checksum(matrix)}${frame.head.classes}${theme.dark}${theme.page}`;
    if (!matrix || key === this.drawn) return;
    this.drawn = key;
    this.draw(fitCanvas(this.canvas, this.width, this.height), matrix, frame.head.classes, theme);
  }

  draw(context, { data, shape: [count] }, classes, theme) {
    context.clearRect(0, 0, this.width, this.height);
    setFont(context, theme);
    this.titled = count <= 6; // with many classes the rows need the room
    this.note.textContent = this.titled ? "test part" : "test part; rows: true class";
    this.place(context, classes, count, 0.28);
    const fits = (name) => context.measureText(name).width <= this.cells.width - 3;
    const numbered = !classes.every(fits);
    const rows = numbered ? classes.map((name, i) => `${i + 1} ${name}`) : classes;
    if (numbered) this.place(context, rows, count, 0.45);
    for (let i = 0; i < count * count; i += 1) this.drawCell(context, data, count, i, theme);
    this.drawNames(context, rows, numbered ? classes.map((_, i) => `${i + 1}`) : classes, theme);
  }

  /** Where the cells lie: beside the names of the rows, which take this share of the width at most. */
  place(context, rows, count, most) {
    const widest = Math.max(...rows.map((name) => context.measureText(name).width));
    const left = (this.titled ? 22 : 4) + Math.min(widest, this.width * most) + 6;
    this.cells = { left, top: 2, width: (this.width - left - 2) / count, height: (this.height - (this.titled ? 42 : 24)) / count };
  }

  drawCell(context, data, count, i, theme) {
    const [row, column] = [Math.floor(i / count), i % count];
    let total = 0;
    for (let k = 0; k < count; k += 1) total += data[row * count + k];
    const share = total ? data[i] / total : 0;
    const { left, top, width, height } = this.cells;
    const colour = divergingColor(theme, (row === column ? 1 : -1) * share * 0.85, 0, 1);
    context.fillStyle = cssColor(colour);
    const [x, y] = [left + column * width, top + row * height];
    context.fillRect(x + 0.5, y + 0.5, width - 1, height - 1);
    const text = grouped(data[i]);
    if (height < 12 || (data[i] === 0 && count > 4)) return;
    setFont(context, theme, Math.min(15, Math.max(12, height * 0.5)), row === column ? 600 : 400);
    if (context.measureText(text).width > width - 2) return;
    context.fillStyle = textOn(colour);
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(text, x + width / 2, y + height / 2 + 0.5);
  }

  /** Names of the rows, and of the columns: numbers of the rows where names would not fit below them. */
  drawNames(context, rows, columns, theme) {
    const { left, top, width, height } = this.cells;
    const [foot, room] = [top + height * rows.length, left - (this.titled ? 28 : 10)];
    setFont(context, theme);
    context.fillStyle = theme.ink;
    rows.forEach((name, i) => {
      context.textAlign = "right";
      context.textBaseline = "middle";
      context.fillText(cut(context, name, room + 1), left - 6, top + (i + 0.5) * height);
      context.textAlign = "center";
      context.textBaseline = "top";
      context.fillText(columns[i], left + (i + 0.5) * width, foot + 5);
    });
    if (!this.titled) return;
    context.fillStyle = theme.soft;
    context.fillText("predicted", left + (width * rows.length) / 2, foot + 23);
    context.save();
    context.translate(4, top + (foot - top) / 2);
    context.rotate(-Math.PI / 2);
    context.fillText("true", 0, 0);
    context.restore();
  }

  hovered(event) {
    const matrix = this.frame?.arrays.confusion;
    if (!matrix || !this.cells) return;
    const box = this.canvas.getBoundingClientRect();
    const count = matrix.shape[0];
    const column = Math.floor((event.clientX - box.left - this.cells.left) / this.cells.width);
    const row = Math.floor((event.clientY - box.top - this.cells.top) / this.cells.height);
    if (row < 0 || column < 0 || row >= count || column >= count) return this.bench.tooltip.hide();
    const { classes } = this.frame.head;
    let total = 0;
    for (let k = 0; k < count; k += 1) total += matrix.data[row * count + k];
    const here = matrix.data[row * count + column];
    this.bench.tooltip.show([`${grouped(here)} of ${grouped(total)} '${classes[row]}'`,
      `${row === column ? "rightly" : "wrongly"} called '${classes[column]}' (${percent(total ? here / total : null)})`], event.clientX, event.clientY);
  }

  describe() {
    const matrix = this.frame.arrays.confusion;
    if (!matrix) return;
    const count = matrix.shape[0];
    let [right, all] = [0, 0];
    matrix.data.forEach((value, i) => { all += value; right += i % (count + 1) === 0 ? value : 0; });
    setAttribute(this.canvas, "aria-label", `Confusion matrix of the test part: ${right} of ${all} examples are called by their true class.`);
  }
}

/** As much of a name as there is room for: letters squeezed together cannot be read, the first few can. */
function cut(context, name, room) {
  if (context.measureText(name).width <= room) return name;
  let count = name.length - 1;
  while (count > 1 && context.measureText(`${name.slice(0, count)}.`).width > room) count -= 1;
  return count > 1 ? `${name.slice(0, count)}.` : name[0];
}
