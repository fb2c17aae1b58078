// A network wider than its panel: buttons at both ends that say how many columns are out of sight, and bring them in.

import { make, setAttribute, setHidden, setText } from "./dom.js";

const SLACK = 2; // px
const SHARE = 0.8; // of the panel's width that one press scrolls

export class ScrollButtons {
  /** scroller: the element that scrolls; places() gives the x of everything that is counted. */
  constructor(scroller, places) {
    [this.scroller, this.places] = [scroller, places];
    const button = (side, by) => make("button", { type: "button", class: `scroll ${side}`, hidden: true, onclick: () => this.by(by) });
    this.elements = [button("left", -1), button("right", 1)];
  }

  by(direction) {
    this.scroller.scrollBy({ left: direction * this.scroller.clientWidth * SHARE });
  }

  update() {
    const { scrollLeft, clientWidth, scrollWidth } = this.scroller;
    const places = this.places();
    const left = scrollLeft > SLACK ? places.filter((x) => x < scrollLeft).length : 0;
    const right = scrollLeft + clientWidth < scrollWidth - SLACK ? places.filter((x) => x > scrollLeft + clientWidth).length : 0;
    this.show(this.elements[0], left, `‹ ${left}`, "left");
    this.show(this.elements[1], right, `${right} ›`, "right");
  }

  show(button, count, text, side) {
    setHidden(button, !count);
    if (!count) return;
    setText(button, text);
    setAttribute(button, "aria-label", `Scroll to ${count} more column${count === 1 ? "" : "s"} on the ${side}`);
    button.dataset.help = button.getAttribute("aria-label");
  }

  /** Bring x, with `margin` px around it, into view. */
  reveal(x, margin) {
    const { scrollLeft, clientWidth } = this.scroller;
    if (x - margin < scrollLeft) this.scroller.scrollLeft = x - margin;
    else if (x + margin > scrollLeft + clientWidth) this.scroller.scrollLeft = x + margin - clientWidth;
  }
}
