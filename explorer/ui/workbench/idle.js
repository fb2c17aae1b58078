// The signs of units that have stopped: a cross for a dead one, a flat top for a saturated one; and the line in the header that counts them.

import { setAttribute, setHidden, setText } from "./dom.js";

const SIGN_SIDES = [9, 11]; // px of a sign in a small and in a large tile; it sits on the upper right corner
const SMALL_TILE = 24; // px
const IDLE_LETTER = 6.4; // px, about what one takes

const IDLE_SIGNS = { // word -> [letter for a header without room, strokes in a square from 0 to 1]
  dead: ["×", [[0.25, 0.25, 0.75, 0.75], [0.75, 0.25, 0.25, 0.75]]],
  saturated: ["⊤", [[0.2, 0.28, 0.8, 0.28], [0.5, 0.28, 0.5, 0.8]]],
};

/** Mark the tiles whose unit has stopped. */
export function drawSigns(context, place, idle, theme) {
  if (!idle) return;
  const [, strokes] = IDLE_SIGNS[idle.word];
  const side = SIGN_SIDES[Number(place.tile >= SMALL_TILE)];
  for (const unit of Object.keys(idle.units)) {
    const tile = place.tiles[unit];
    if (tile) drawIdleSign(context, tile.x + place.tile - side + 4, tile.y - 4, side, strokes, theme);
  }
}

function drawIdleSign(context, x, y, side, strokes, theme) {
  context.fillStyle = theme.page;
  context.fillRect(x, y, side, side);
  context.strokeStyle = theme.ink;
  context.lineWidth = 1;
  context.strokeRect(x + 0.5, y + 0.5, side - 1, side - 1);
  context.lineWidth = 1.6;
  context.beginPath();
  for (const [x1, y1, x2, y2] of strokes) {
    context.moveTo(x + x1 * side, y + y1 * side);
    context.lineTo(x + x2 * side, y + y2 * side);
  }
  context.stroke();
}

/** Say in a header of `width` px how many units of its column have stopped; nothing where none has. */
export function tellIdle(node, { idle, units }, width) {
  const texts = idle ? [`${idle.count} of ${units} ${idle.word}`, `${idle.count} ${idle.word}`, `${IDLE_SIGNS[idle.word][0]} ${idle.count}`] : [""];
  setText(node, texts.find((text) => text.length * IDLE_LETTER <= width) ?? texts.at(-1));
  setHidden(node, !idle);
  for (const name of ["data-help", "aria-description"]) setAttribute(node, name, idle?.help ?? "");
}
