// Probabilities as bars with their numbers.

import { make, setText } from "./dom.js";

export class Bars {
  constructor(label) {
    this.element = make("div", { class: "bars", role: "img", "aria-label": label });
    this.label = label;
    this.rows = [];
  }

  /** names: of the classes; values: probabilities or null; truth: class to be marked, or -1. */
  update(names, probabilities, truth = -1) {
    const values = names.length && probabilities?.length === names.length ? probabilities : null;
    if (this.rows.length !== names.length) this.build(names.length);
    let best = -1;
    names.forEach((_, i) => { if (values && (best < 0 || values[i] > values[best])) best = i; });
    names.forEach((name, i) => this.fill(this.rows[i], name, values?.[i] ?? null, i === best, i === truth));
    this.element.setAttribute("aria-label", values ? `${this.label}: ${names[best]} with probability ${(values[best] ?? 0).toFixed(2)}` : this.label);
    return best;
  }

  build(count) {
    this.rows = Array.from({ length: count }, () => {
      const [name, fill, number] = [make("span", { class: "name" }), make("i", {}), make("span", { class: "number" })];
      return { name, fill, number, row: make("div", { class: "bar-row" }, name, make("span", { class: "track" }, fill), number) };
    });
    this.element.replaceChildren(...this.rows.map(({ row }) => row));
  }

  fill(parts, name, value, best, truth) {
    setText(parts.name, name);
    setText(parts.number, value === null ? "" : `${(value * 100).toFixed(0)} %`);
    parts.fill.style.transform = `scaleX(${value === null ? 0 : Math.max(0, Math.min(1, value)).toFixed(3)})`;
    parts.row.classList.toggle("best", best);
    parts.row.classList.toggle("truth", truth);
  }
}
