// What the network is given, beside what it says of it or above it.

import { make, setAttribute } from "./dom.js";
import { ImageInput, SeriesInput, TokensInput, ValuesInput } from "./inputs.js";
import { clamp } from "./numbers.js";

export const VERDICT = 26; // px

export class Question {
  constructor() {
    this.inputs = { image: new ImageInput(), values: new ValuesInput(), tokens: new TokensInput(), series: new SeriesInput() };
    this.seen = make("div", { class: "seen-input" });
    this.told = make("div", { class: "told" });
    this.element = make("div", { class: "pair" }, this.seen, this.told);
  }

  input(kind) {
    return this.inputs[kind] ?? this.inputs.values;
  }

  /**
   * A picture stands beside `answers`, its verdict below it; in a flat panel everything is side by side, else one above the other,
   * as a picture is where less than `least` px would be left beside it.
   */
  resize(width, height, { flat, input }, { rows, verdict, answers, least = 0 }) {
    const picture = input === "image" && (flat || width * 0.54 - 14 >= least);
    this.element.className = picture ? "pair image" : flat ? "pair beside" : `pair stacked of-${input}`;
    const barRoom = picture || flat ? height - (picture ? 0 : VERDICT) : height * 0.45;
    const row = clamp(Math.floor(barRoom / Math.max(rows, 1)), 15, 22);
    this.element.style.setProperty("--bar-row", `${row}px`);
    const side = Math.min(width * 0.46, Math.max(84, height - VERDICT - 14), 260);
    if (input === "image" && !picture) return this.stack(Math.min(width, Math.max(84, height - rows * (row + 1) - 90), 260), verdict, answers);
    const rest = flat ? height : height - VERDICT - 14 - (rows ? rows * (row + 1) : 0);
    const seen = this.input(input);
    seen.resize(picture ? side : flat ? (width - 14) * 0.55 : width, picture ? side : rest);
    this.seen.style.width = picture ? `${Math.max(side, 120)}px` : "";
    this.seen.replaceChildren(seen.element, ...(picture ? [verdict] : []));
    this.told.replaceChildren(...(picture ? [] : [verdict]), ...answers);
  }

  /** A picture of `side` px above its answers. */
  stack(side, verdict, answers) {
    this.inputs.image.resize(side, side);
    this.seen.style.width = "";
    this.seen.replaceChildren(this.inputs.image.element);
    this.told.replaceChildren(verdict, ...answers);
  }

  needs(width, { input, tokens }, rows) {
    const bars = VERDICT + 14 + rows * 23;
    return { image: width * 0.46 + 40, tokens: bars + Math.ceil((tokens?.length ?? 0) / (width / 32)) * 33, series: bars + width * 0.7 }[input];
  }

  update(frame, theme, example, sheet) {
    this.input(example.input).update(frame, theme, example, sheet);
  }

  /** Pictures have no words of their own: a screen reader is told these. */
  describe(input, words) {
    if (["image", "series"].includes(input)) setAttribute(this.inputs[input].picture ?? this.inputs[input].element, "aria-label", words);
  }
}
