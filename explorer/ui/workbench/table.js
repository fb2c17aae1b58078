// The numbers behind the pictures as a real table, for screen readers and for those who want them exact.

import { make, setHidden } from "./dom.js";
import { isShare, metricWords } from "./metrics.js";
import { columnTitles } from "./names.js";
import { fixed, percent, readable } from "./numbers.js";

const EVERY = 500; // ms

export class NumbersTable {
  constructor(bench) {
    this.bench = bench;
    this.element = make("section", { class: "panel numbers", hidden: true, "aria-label": "Numbers" });
    this.shown = 0;
  }

  toggle() {
    setHidden(this.element, !this.element.hidden);
    this.shown = 0;
    this.bench.redraw();
    return !this.element.hidden;
  }

  update(frame) {
    const now = performance.now();
    if (this.element.hidden || now - this.shown < EVERY) return;
    this.shown = now;
    const { head } = frame;
    const tables = [tableOf("Run", ["what", "value", "unit"], runRows(head)), tableOf("Layers", ["layer", "units", "shape", "parameters"], layerRows(head, columnTitles(head.columns)))];
    if (head.focus) tables.push(tableOf("Weights of the chosen unit", ["from", "weight"], weightRows(head.focus)));
    if (frame.arrays.confusion) tables.push(tableOf("Confusion matrix, test part", ["true", ...head.classes.map((name) => `called ${name}`)], confusionRows(frame)));
    this.element.replaceChildren(...tables);
  }
}

function tableOf(caption, heads, rows) {
  const head = make("tr", {}, ...heads.map((text) => make("th", { scope: "col", text })));
  const body = rows.map(([first, ...rest]) => make("tr", {}, make("th", { scope: "row", text: first }), ...rest.map((text) => make("td", { text }))));
  return make("table", {}, make("caption", { text: caption }), make("thead", {}, head), make("tbody", {}, ...body));
}

function runRows(head) {
  const metrics = Object.entries(head.metrics).map(([name, value]) =>
    [metricWords(name), isShare(name) ? percent(value) : readable(value, 5), head.units?.[name] ?? ""]);
  const settings = Object.entries(head.settings ?? {}).map(([name, value]) => [name.replaceAll("_", " "), String(value), ""]);
  return [["step", String(head.step), ""], ["epoch", fixed(head.epoch, 2), ""], ...metrics, ...settings];
}

const layerRows = (head, titles) => head.columns.map((column, i) => [titles[i], String(column.units), column.shape ?? "", String(column.parameters ?? 0)]);

function weightRows(focus) {
  const rows = (focus.terms ?? []).map((term) => [term.name, fixed(term.weight, 5)]);
  return Number.isFinite(focus.bias) ? [...rows, ["bias", fixed(focus.bias, 5)]] : rows;
}

function confusionRows({ head, arrays }) {
  const count = head.classes.length;
  return head.classes.map((name, row) => [name, ...Array.from(arrays.confusion.data.subarray(row * count, (row + 1) * count), String)]);
}
