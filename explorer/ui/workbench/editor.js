// A small box to type one number into, right where the number belongs.

import { make } from "./dom.js";

export class NumberEditor {
  constructor(root) {
    this.root = root;
    this.label = make("label", {});
    this.input = make("input", { type: "number", step: "0.01", "aria-label": "New value" });
    const hint = make("small", { text: "Enter to set, Esc to leave it" });
    this.node = make("form", { class: "editor", hidden: true }, this.label, this.input, hint);
    this.node.addEventListener("submit", (event) => this.commit(event));
    this.node.addEventListener("keydown", (event) => this.pressed(event));
    this.input.addEventListener("blur", () => this.close());
    root.append(this.node);
  }

  /** Ask for a number near (x, y) of the window; `commit(value)` is called with a finite number or not at all. */
  ask(label, value, x, y, commit) {
    this.back = this.root.getRootNode().activeElement;
    this.onCommit = commit;
    this.label.textContent = label;
    this.input.value = Number(value.toPrecision(4));
    this.node.hidden = false;
    const frame = this.root.getBoundingClientRect();
    const left = Math.min(Math.max(x - frame.left - 20, 4), frame.width - this.node.offsetWidth - 4);
    const top = Math.min(y - frame.top + 10, frame.height - this.node.offsetHeight - 4);
    this.node.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
    this.input.focus({ preventScroll: true });
    this.input.select();
  }

  get open() {
    return !this.node.hidden;
  }

  commit(event) {
    event.preventDefault();
    const value = this.input.valueAsNumber;
    const { onCommit } = this;
    this.close();
    if (Number.isFinite(value)) onCommit(value);
  }

  pressed(event) {
    event.stopPropagation();
    if (event.key === "Escape") this.close();
  }

  close() {
    if (!this.open) return;
    this.node.hidden = true;
    this.onCommit = null;
    this.back?.focus?.({ preventScroll: true });
  }
}
