// A component's life: Streamlit calls its default export on mount and whenever the data changes.

import { readTheme, themeKey } from "../workbench/palette.js";
import { Tooltip } from "../workbench/tooltip.js";

const LOOK_EVERY = 500; // ms between two looks at the page's colours

/** The function that Streamlit calls, for parts that have `root`, `configure(data, trigger)`, and may have `themed(theme)` and `dispose()`. */
export function mounting(Part) {
  const parts = new WeakMap();
  return ({ data, parentElement, setTriggerValue }) => {
    if (!parts.has(parentElement)) parts.set(parentElement, new Life(new Part(), parentElement));
    const life = parts.get(parentElement);
    life.mounts += 1;
    life.part.configure(data ?? {}, setTriggerValue);
    const mount = life.mounts;
    // Called before a fresh call as well as at the end: only when no call follows has the component really gone.
    return () => setTimeout(() => {
      if (life.mounts !== mount) return;
      parts.delete(parentElement);
      life.end();
    }, 0);
  };
}

class Life {
  constructor(part, parent) {
    this.part = part;
    this.mounts = 0;
    parent.append(part.root);
    this.tooltip = new Tooltip(part.root);
    part.root.addEventListener("keydown", (event) => event.stopPropagation()); // R and C are short cuts of Streamlit itself
    this.timer = setInterval(() => this.look(), LOOK_EVERY);
    this.look();
  }

  look() {
    const key = themeKey(this.part.root);
    if (key === this.key) return;
    this.key = key;
    const theme = readTheme(this.part.root);
    this.part.root.classList.toggle("dark", theme.dark);
    this.part.themed?.(theme);
  }

  end() {
    clearInterval(this.timer);
    this.part.dispose?.();
    this.part.root.remove();
  }
}
