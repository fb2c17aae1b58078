// A row of tokens to point at, or to walk along with the arrow keys.

import { make } from "./dom.js";

const MARKS = { " ": "␣", "\n": "⏎", "\t": "⇥", "": "∅" };

/** A token so that it can be seen. */
export const tokenText = (token) => MARKS[token] ?? token;

let rows = 0; // rows made so far, to tell their elements apart

export class Positions {
  /** onChosen() is called when another place is chosen; `chosen` is its number. */
  constructor(name, label, onChosen) {
    this.element = make("div", { class: `positions ${name}`, tabindex: "0", role: "listbox", "aria-label": label });
    this.id = `row${(rows += 1)}`;
    this.onChosen = onChosen;
    this.chosen = 0;
    this.element.addEventListener("pointermove", (event) => this.pointed(event));
    this.element.addEventListener("pointerdown", (event) => this.pointed(event));
    this.element.addEventListener("keydown", (event) => this.walk(event));
  }

  /** Have `count` places, each made by `build`. Returns them. */
  places(count, build) {
    const { element } = this;
    if (element.childElementCount !== count) {
      element.replaceChildren(...Array.from({ length: count }, (_, at) => this.place(build(at), at)));
      this.chosen = Math.min(this.chosen, count - 1);
      this.mark();
    }
    return element.children;
  }

  place(node, at) {
    node.dataset.at = at;
    node.id = `${this.id}-${at}`;
    node.setAttribute("role", "option");
    return node;
  }

  pointed(event) {
    const at = event.target.closest?.("[data-at]")?.dataset.at;
    if (at !== undefined) this.choose(Number(at));
  }

  walk(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    this.choose(Math.min(Math.max(this.chosen + by, 0), this.element.childElementCount - 1));
    this.element.children[this.chosen]?.scrollIntoView({ block: "nearest" });
  }

  choose(at) {
    if (at === this.chosen) return;
    this.chosen = at;
    this.mark();
    this.onChosen();
  }

  mark() {
    for (const node of this.element.querySelectorAll('[aria-selected="true"]')) node.setAttribute("aria-selected", "false");
    this.element.children[this.chosen]?.setAttribute("aria-selected", "true");
    this.element.setAttribute("aria-activedescendant", `${this.id}-${this.chosen}`);
  }
}
