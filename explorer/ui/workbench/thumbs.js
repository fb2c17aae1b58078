// A strip of small pictures to choose an example from.

import { fitCanvas, make } from "./dom.js";

export const THUMBS = 42; // px of height the strip takes
const THUMB = 30; // px, side of a small picture

export class Thumbs {
  /** onChosen(index) is called with the number of the example that was clicked; onStep(by) with -1 or 1 for an arrow key. */
  constructor(onChosen, onStep) {
    this.element = make("canvas", { class: "strip", role: "img", tabindex: "0", "aria-label": "Examples to choose from: left and right arrow keys" });
    this.element.addEventListener("click", (event) => this.pick(event, onChosen));
    this.element.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by) return;
      event.preventDefault();
      onStep(by);
    });
  }

  /** Draw from a sheet that holds `count` pictures, one below the other. */
  draw(sheet, [count, height, width], chosen, room, theme) {
    const shown = Math.min(count, Math.max(1, Math.floor((room + 4) / (THUMB + 4))));
    const context = fitCanvas(this.element, room, THUMB + 4);
    context.clearRect(0, 0, room, THUMB + 4);
    context.imageSmoothingEnabled = false;
    this.order = spread(count, shown, chosen);
    for (let i = 0; i < shown; i += 1) {
      const [x, y] = [i * (THUMB + 4) + 2, 2];
      context.drawImage(sheet.canvas, 0, this.order[i] * height, width, height, x, y, THUMB, THUMB);
      context.lineWidth = this.order[i] === chosen ? 2.5 : 1;
      context.strokeStyle = this.order[i] === chosen ? theme.accent : theme.line;
      context.strokeRect(x - 0.5, y - 0.5, THUMB + 1, THUMB + 1);
    }
  }

  pick(event, onChosen) {
    const box = this.element.getBoundingClientRect();
    const index = this.order?.[Math.floor((event.clientX - box.left) / (THUMB + 4))];
    if (index !== undefined) onChosen(index);
  }
}

/** `shown` of `count` examples, evenly spread (they come sorted by class), the chosen one in the place of its neighbour. */
function spread(count, shown, chosen) {
  const order = Array.from({ length: shown }, (_, i) => Math.floor((i * count) / shown));
  const place = order.findLastIndex((index) => index <= chosen);
  if (place >= 0) order[place] = chosen;
  return order;
}
