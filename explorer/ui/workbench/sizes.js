// How large the parts are, from the width the page gives and the height of the window.

import { clamp } from "./numbers.js";

const PAGE = 88; // px of the window that belong to the page around the component
const BARS = 96; // px for the transport bar and the status line
export const STRIP = 246; // px, height of a row that stands under something else
const LAST_SHEET = 190; // px below a figure from which one more finds room there

/** {gap, main, below, side, network}: heights of the two rows, widths of the two columns of the upper one. */
export function sizesFor(width, windowHeight, { classes = 2, examples = false } = {}) {
  const gap = width < 800 ? 8 : 12;
  const room = clamp(windowHeight - PAGE, 620, 1120);
  const crowded = classes > 6 ? 1.18 : 1;
  const below = Math.round(clamp(room * 0.24 * crowded, 168 * crowded, 290));
  const main = Math.max(examples ? 436 : 380, room - BARS - below - 2 * gap);
  const side = Math.round(clamp(width * (examples ? 0.37 : 0.34), 236, main - 70));
  return { gap, main, below, side, network: width - side - gap };
}

/** Height for one more figure below one that needs `needed` of `height` px; 0 where there is no room for it. */
export function spareBelow(height, needed, gap) {
  const spare = height - needed - gap;
  return spare < LAST_SHEET ? 0 : Math.round(Math.min(spare, LAST_SHEET * 1.7));
}
