// One unit enlarged: its picture, its formula with today's numbers, its weights.

import { make, makePanel, fitCanvas, setHidden, setText } from "./dom.js";
import { drawSquareAxes, setFont, squareBox } from "./axes.js";
import { unitName } from "./names.js";
import { fixed, readable } from "./numbers.js";
import { cssGradient } from "./palette.js";
import { Sheet } from "./sheet.js";
import { columnTable } from "./tiles.js";

const IN_FORMULA = 6; // terms written out before "+ 12 more"
const IN_LIST = 40;

const term = (weight, name, first) => {
  const sign = weight <= -0.005 ? (first ? "−" : " − ") : first ? "" : " + ";
  return `${sign}${Math.abs(weight).toFixed(2)} ${name}`;
};

/** What a function is called in a formula: "tanh", but "ReLU". */
const functionName = (title) => (/^[A-Z][a-z ]+$/.test(title) ? title.toLowerCase() : title);

function sumText(terms) {
  const chosen = terms.length <= IN_FORMULA ? terms : [...terms].sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight)).slice(0, IN_FORMULA);
  const rest = terms.length > chosen.length ? ` + ${terms.length - chosen.length} more terms` : "";
  return chosen.map((t, i) => term(t.weight, t.name, i === 0)).join("") + rest;
}

/** Where many numbers stand behind every line, a formula in words. */
function summaryText(terms, kind) {
  const things = terms.length === 1 ? terms[0].name : `${terms.length} maps`;
  return kind === "conv" ? `filter over ${things}${terms.length > 1 ? ", added up" : ""}` : `weighted sum of all pixels of ${things}`;
}

/** "tanh(0.83 x − 1.20 y + 0.10)"; the heaviest terms where there are many. `edge`: what leads into the column. */
export function formulaText(focus, column, edge) {
  const terms = (focus.terms ?? []).filter((t) => Number.isFinite(t.weight));
  let text = !terms.length ? "input" : edge?.exact ? sumText(terms) : summaryText(terms, edge?.kind);
  if (Number.isFinite(focus.bias)) text += ` ${focus.bias <= -0.005 ? "−" : "+"} ${Math.abs(focus.bias).toFixed(2)}`;
  const name = column.activation?.title ?? "";
  return name && column.activation.kind !== "identity" ? `${functionName(name)}(${text})` : text;
}

export class Inspector {
  constructor(bench) {
    this.bench = bench;
    const close = make("button", { type: "button", class: "close", "aria-label": "Close the enlarged unit", "data-help": "Close (Escape)", text: "×",
      onclick: () => bench.deselect() });
    const { section, heading } = makePanel("Unit", "inspector", close);
    this.element = section;
    this.heading = heading;
    this.close = close;
    this.canvas = make("canvas", { role: "img", "aria-label": "Enlarged unit" });
    this.scale = new Scale();
    this.formula = make("div", { class: "formula" });
    this.termsNote = make("div", { class: "terms-note" });
    this.rows = make("div", { class: "terms", role: "list" });
    section.append(this.canvas, this.scale.element, this.formula, this.termsNote, this.rows);
    this.sheet = new Sheet();
  }

  resize(width, height) {
    this.width = width - 26;
    this.side = Math.min(this.width - 34, Math.max(120, height - 252));
  }

  update(frame, theme) {
    const { selected } = this.bench;
    const column = selected && frame.head.columns[selected.column];
    if (!column || selected.unit >= column.shown) return;
    const { focus } = frame.head;
    const current = focus && focus.column === selected.column && focus.unit === selected.unit ? focus : null;
    const name = unitName(frame.head, this.bench.diagram.titles, selected.column, selected.unit);
    setText(this.heading, this.bench.diagram.fullName(selected.column, selected.unit));
    this.drawPicture(frame, theme, column, selected, current);
    this.writeTerms(current, name, column, theme);
  }

  drawPicture(frame, theme, column, selected, focus) {
    const box = squareBox(this.width, this.side);
    const context = fitCanvas(this.canvas, this.width, box.height + 30);
    context.clearRect(0, 0, this.width, box.height + 30);
    const big = focus ? frame.arrays["focus/picture"] : null;
    const all = frame.arrays[`pictures/${selected.column}`];
    for (const node of [this.canvas, this.scale.element]) setHidden(node, !big && !all); // a token has no picture
    const ranged = focus && big ? { ...column, low: focus.low ?? column.low, high: focus.high ?? column.high } : column;
    if (column.picture === "curve" && all) this.drawCurve(context, box, all, selected.unit, theme);
    else if (big || all) this.drawImage(context, box, theme, ranged, big, all, selected.unit);
    if (column.picture === "plane") drawSquareAxes(context, box, theme, frame.head.inputs);
    if (column.picture === "strip") this.drawStripAxis(context, box, (big ?? all).shape.at(-1), theme);
    if (column.picture === "steps") this.drawStepAxes(context, box, big ?? all, frame.head.example?.index, theme);
    this.scale.update(theme, ranged.low ?? -1, ranged.high ?? 1, 0, "");
  }

  drawImage(context, box, theme, column, big, all, unit) {
    const source = big ?? all;
    const [height, width] = source.shape.slice(-2);
    const bytes = big ? big.data : all.data.subarray(unit * width * height, (unit + 1) * width * height);
    if (column.picture === "plane") this.sheet.paintSmooth(bytes, width, height, columnTable(theme, column));
    else this.sheet.paint(bytes, width, height, columnTable(theme, column));
    context.imageSmoothingEnabled = column.picture === "plane";
    context.drawImage(this.sheet.canvas, box.left, box.top, box.width, box.height);
    context.strokeStyle = theme.faint;
    context.strokeRect(box.left + 0.5, box.top + 0.5, box.width - 1, box.height - 1);
  }

  /** One number for each example, from left to right. */
  drawStripAxis(context, box, count, theme) {
    setFont(context, theme);
    context.fillStyle = theme.soft;
    context.textBaseline = "top";
    context.textAlign = "left";
    context.fillText("example 1", box.left, box.top + box.height + 6);
    context.textAlign = "right";
    context.fillText(String(count), box.left + box.width, box.top + box.height + 6);
  }

  /** Examples down, steps across; the chosen example's row between two lines. */
  drawStepAxes(context, box, { shape }, chosen, theme) {
    const [rows, steps] = shape.slice(-2);
    setFont(context, theme);
    context.fillStyle = theme.soft;
    context.textBaseline = "top";
    context.textAlign = "left";
    context.fillText("1", box.left, box.top + box.height + 6);
    context.textAlign = "right";
    context.fillText(`step ${steps}`, box.left + box.width, box.top + box.height + 6);
    context.fillText("1", box.left - 6, box.top);
    context.textBaseline = "bottom";
    context.fillText(String(rows), box.left - 6, box.top + box.height);
    context.save();
    context.translate(box.left - 18, box.top + box.height / 2);
    context.rotate(-Math.PI / 2);
    context.textAlign = "center";
    context.fillText("example", 0, 6);
    context.restore();
    if (chosen === undefined) return;
    context.strokeStyle = theme.accent;
    context.lineWidth = 2;
    context.strokeRect(box.left, box.top + (chosen / rows) * box.height, box.width, box.height / rows);
  }

  drawCurve(context, box, { data, shape }, unit, theme) {
    const width = shape[2];
    context.fillStyle = theme.wash;
    context.fillRect(box.left, box.top, box.width, box.height);
    context.strokeStyle = theme.positive;
    context.lineWidth = 2.5;
    context.beginPath();
    for (let i = 0; i < width; i += 1) context.lineTo(box.left + (i / (width - 1)) * box.width, box.top + (1 - data[unit * width + i] / 255) * box.height);
    context.stroke();
  }

  writeTerms(focus, name, column, theme) {
    if (!focus) {
      setText(this.termsNote, "");
      const what = column.picture === "token" ? `token ‘${column.tokens[this.bench.selected.unit]}’` : name;
      setText(this.formula, column.kind === "input" ? `${what}: what the network is given` : "");
      return this.rows.replaceChildren();
    }
    const edge = this.bench.frame.head.edges.find((one) => one.to === focus.column && one.weights);
    const exact = Boolean(edge?.exact);
    setText(this.formula, edge ? `${name} = ${formulaText(focus, column, edge)}` : this.originText(name, focus.column));
    const terms = (focus.terms ?? []).slice(0, IN_LIST);
    setText(this.termsNote, exact || !terms.length ? "" : edge?.kind === "conv" ? "mean weight of each filter" : "mean weight from each map");
    const most = Math.max(1e-9, ...terms.map((t) => Math.abs(t.weight) || 0));
    const rows = terms.map((t, source) => ({ name: t.name, weight: t.weight, source }));
    if (Number.isFinite(focus.bias)) rows.push({ name: "bias", weight: focus.bias, source: -1 });
    if (this.rows.childElementCount !== rows.length || this.exact !== exact) this.buildRows(rows, exact);
    rows.forEach((row, i) => this.fillRow(this.rows.children[i], row, most, theme));
  }

  /** Where a unit comes from whose layer is no weighted sum: "unit 2.3: computed by LSTM 1 from Embedding 1". */
  originText(name, index) {
    const { head } = this.bench.frame;
    const { titles } = this.bench.diagram;
    const sources = [...new Set(head.edges.filter((one) => one.to === index && one.kind !== "skip").map((one) => titles[one.from]))];
    return sources.length ? `${name}: computed by ${titles[index]} from ${sources.join(", ")}` : `${name}: what the network is given`;
  }

  buildRows(rows, exact) {
    this.exact = exact;
    this.rows.replaceChildren(...rows.map((row) => {
      const value = make("button", { type: "button", class: "value", disabled: !exact || !this.bench.editable,
        onclick: (event) => this.editRow(row.source, event) });
      return make("div", { class: "term", role: "listitem" }, make("span", { class: "name" }), make("span", { class: "bar" }, make("i", {})), value);
    }));
  }

  fillRow(node, row, most, theme) {
    const [name, bar, value] = node.children;
    setText(name, row.name);
    setText(value, fixed(row.weight, 3));
    value.dataset.value = row.weight;
    value.setAttribute("aria-label", `weight of ${row.name}: ${fixed(row.weight, 3)}`);
    const share = Math.min(1, Math.abs(row.weight) / most) * 50;
    bar.firstChild.style.cssText = `width:${share.toFixed(1)}%;left:${row.weight < 0 ? (50 - share).toFixed(1) : 50}%;background:${row.weight < 0 ? theme.negative : theme.positive}`;
  }

  editRow(source, event) {
    const { column, unit } = this.bench.selected;
    const box = event.currentTarget.getBoundingClientRect();
    this.bench.editor.ask(source < 0 ? "bias" : "weight", Number(event.currentTarget.dataset.value), box.left, box.bottom, (value) =>
      this.bench.send({ command: "weight", column, unit, source, value }));
  }
}

/** A bar of colour with the numbers it stands for under it. */
export class Scale {
  constructor() {
    this.bar = make("div", { class: "bar" });
    this.numbers = ["start", "middle", "end"].map((name) => make("span", { class: name }));
    this.label = make("div", { class: "label" });
    this.element = make("div", { class: "scale" }, this.label, this.bar, make("div", { class: "ends" }, ...this.numbers));
  }

  update(theme, low, high, centre, label, paler = 1) {
    const key = `${theme.dark}${low}${high}${centre}${label}${theme.page}`;
    if (key === this.key) return;
    this.key = key;
    this.bar.style.background = cssGradient(theme, low, high, centre, paler);
    setText(this.label, label);
    [low, centre, high].forEach((value, i) => setText(this.numbers[i], readable(value, 2).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "")));
    const share = (centre - low) / (high - low || 1);
    this.numbers[1].style.left = `${share * 100}%`;
    this.numbers[1].hidden = share < 0.12 || share > 0.88;
  }
}
