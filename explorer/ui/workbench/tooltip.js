// One small box that follows the pointer over a figure, or explains a control after a moment.

import { make } from "./dom.js";

const PATIENCE = 450; // ms before a control explains itself

export class Tooltip {
  constructor(root) {
    this.root = root;
    this.node = make("div", { class: "tooltip", role: "tooltip", hidden: true });
    root.append(this.node);
    this.timer = 0;
    root.addEventListener("pointerover", (event) => this.offer(event.target, PATIENCE));
    root.addEventListener("focusin", (event) => event.target.matches?.(":focus-visible") && this.offer(event.target, PATIENCE));
    for (const name of ["pointerdown", "focusout", "pointerleave"]) root.addEventListener(name, () => this.hideHelp());
  }

  /** Show lines (the first one bold when there are several) beside a point of the window. */
  show(lines, x, y) {
    this.owner = "figure";
    this.fill(lines);
    this.place(x + 14, y + 16, x - 10, y - 12);
  }

  hide() {
    clearTimeout(this.timer);
    this.node.hidden = true;
    this.target = null;
  }

  offer(origin, wait) {
    const target = origin.closest?.("[data-help]");
    if (target === this.target) return;
    if (this.owner === "help") this.hide();
    clearTimeout(this.timer);
    this.target = target;
    if (target) this.timer = setTimeout(() => this.explain(target), wait);
  }

  explain(target) {
    this.owner = "help";
    this.fill([target.dataset.help]);
    const box = target.getBoundingClientRect();
    this.place(box.left, box.bottom + 6, box.right, box.top - 6);
  }

  hideHelp() {
    clearTimeout(this.timer);
    this.target = null;
    if (this.owner === "help") this.node.hidden = true;
  }

  fill(lines) {
    this.node.replaceChildren(...lines.map((line) => make("div", { text: line })));
    this.node.classList.toggle("single", lines.length === 1);
    this.node.hidden = false;
  }

  /** At (x, y) of the window, or ending at (otherX, otherY) where that would leave the component. */
  place(x, y, otherX, otherY) {
    const frame = this.root.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.node;
    const right = Math.min(frame.right, document.documentElement.clientWidth) - 4;
    const bottom = Math.min(frame.bottom, window.innerHeight) - 4;
    const left = x + width > right ? Math.max(otherX - width, frame.left + 4) : x;
    const top = y + height > bottom ? otherY - height : y;
    this.node.style.transform = `translate(${Math.round(left - frame.left)}px, ${Math.round(top - frame.top)}px)`;
  }
}
