// The picture in every unit, its frame, and its bias.

import { setFont } from "./axes.js";
import { drawSigns } from "./idle.js";
import { divergingColor, divergingTable, cssColor, inkTable } from "./palette.js";
import { tokenText } from "./positions.js";
import { Sheet } from "./sheet.js";

export const BIAS = 9; // px, side of the little square

/** The colours of a column's pictures: photographs in ink, everything else around zero. */
export function columnTable(theme, column) {
  if (column.kind === "input" && column.picture === "map" && !(column.low < 0)) return inkTable(theme);
  return divergingTable(theme, column.low ?? -1, column.high ?? 1, 0);
}

/** Sheets of pictures that are kept from frame to frame, one for every column. */
export class Tiles {
  constructor() {
    this.sheets = [];
  }

  /** Draw the pictures of the columns that are in view. chosen: {column, unit} to be framed, or null. */
  draw(context, frame, layout, theme, chosen, inView) {
    layout.columns.filter(({ x }) => inView(x, x)).forEach((place) => {
      const column = frame.head.columns[place.index];
      const pictures = frame.arrays[`pictures/${place.index}`];
      if (column.picture === "token") this.drawTokens(context, place, column.tokens, theme);
      else if (!pictures) this.drawEmpty(context, place, theme);
      else if (column.picture === "curve") this.drawCurves(context, place, pictures, theme);
      else this.drawPictures(context, place, column, pictures, theme);
      if (column.picture === "steps") this.markRow(context, place, pictures, frame.head.example?.index, theme);
      this.drawFrames(context, place, theme, chosen);
      this.drawBiases(context, place, frame.arrays[`bias/${place.index}`], theme);
      drawSigns(context, place, column.idle, theme);
    });
  }

  drawPictures(context, place, column, { data, shape }, theme) {
    const [units, height, width] = shape;
    const sheet = (this.sheets[place.index] ??= new Sheet());
    sheet.paint(data, width, height * units, columnTable(theme, column));
    context.imageSmoothingEnabled = column.picture === "plane";
    const count = Math.min(units, place.tiles.length);
    for (let unit = 0; unit < count; unit += 1) {
      const { x, y } = place.tiles[unit];
      context.drawImage(sheet.canvas, 0, unit * height, width, height, x, y, place.tile, place.tile);
    }
  }

  /** A notch at the row of the chosen example. */
  markRow(context, place, { shape: [, rows] }, chosen, theme) {
    if (chosen === undefined || place.tile < 24) return;
    context.fillStyle = theme.ink;
    for (const { x, y } of place.tiles) {
      const middle = y + ((chosen + 0.5) / rows) * place.tile;
      context.beginPath();
      context.moveTo(x - 5, middle - 3);
      context.lineTo(x, middle);
      context.lineTo(x - 5, middle + 3);
      context.fill();
    }
  }

  /** The chosen example's tokens, written out. */
  drawTokens(context, place, tokens, theme) {
    this.drawEmpty(context, place, theme);
    context.fillStyle = theme.ink;
    context.textAlign = "center";
    context.textBaseline = "middle";
    const words = tokens?.some((token) => token.length > 2); // they stand beside the tiles
    setFont(context, theme, Math.min(place.tile * 0.6, 16), words ? 400 : 600);
    place.tiles.forEach(({ x, y }, unit) => {
      const text = words ? String(unit + 1) : tokenText(tokens?.[unit] ?? "");
      context.fillText(text, x + place.tile / 2, y + place.tile / 2 + 1, place.tile - 2);
    });
  }

  drawEmpty(context, place, theme) {
    context.fillStyle = theme.wash;
    for (const { x, y } of place.tiles) context.fillRect(x, y, place.tile, place.tile);
  }

  drawCurves(context, place, { data, shape }, theme) {
    const width = shape[2];
    const size = place.tile;
    place.tiles.forEach(({ x, y }, unit) => {
      context.fillStyle = theme.wash;
      context.fillRect(x, y, size, size);
      context.strokeStyle = theme.line;
      context.lineWidth = 1;
      context.strokeRect(x, Math.round(y + size / 2) + 0.5, size, 0);
      context.strokeStyle = theme.positive;
      context.lineWidth = 1.8;
      context.beginPath();
      for (let i = 0; i < width; i += 1) context.lineTo(x + 1 + (i / (width - 1)) * (size - 2), y + size - 2 - (data[unit * width + i] / 255) * (size - 4));
      context.stroke();
    });
  }

  drawFrames(context, place, theme, chosen) {
    const size = place.tile;
    context.lineWidth = 1;
    context.strokeStyle = theme.faint;
    for (const { x, y } of place.tiles) context.strokeRect(x + 0.5, y + 0.5, size - 1, size - 1);
    const tile = chosen?.column === place.index ? place.tiles[chosen.unit] : null;
    if (!tile) return;
    context.lineWidth = 2.5;
    context.strokeStyle = theme.accent;
    context.strokeRect(tile.x - 1.25, tile.y - 1.25, size + 2.5, size + 2.5);
  }

  drawBiases(context, place, biases, theme) {
    if (!biases) return;
    context.lineWidth = 1.5;
    context.strokeStyle = theme.page;
    place.tiles.forEach((tile, unit) => {
      const { x, y } = biasCorner(tile, place.tile);
      context.fillStyle = cssColor(divergingColor(theme, biases.data[unit] || 0, 0, 1));
      context.fillRect(x, y, BIAS, BIAS);
      context.strokeRect(x - 0.25, y - 0.25, BIAS + 0.5, BIAS + 0.5);
      context.strokeStyle = theme.faint;
      context.lineWidth = 1;
      context.strokeRect(x + 0.5, y + 0.5, BIAS - 1, BIAS - 1);
      context.lineWidth = 1.5;
      context.strokeStyle = theme.page;
    });
  }
}

/** Upper left corner of a tile's bias square: it sits on the tile's lower left corner. */
const biasCorner = (tile, size) => ({ x: tile.x - 4, y: tile.y + size - BIAS + 4 });

/** {column, unit, value} of the bias under (x, y), or null. */
export function biasAt(layout, arrays, x, y) {
  for (const place of layout.columns) {
    const biases = arrays[`bias/${place.index}`];
    if (!biases || Math.abs(x - place.x) > place.tile) continue;
    for (let unit = 0; unit < Math.min(place.tiles.length, biases.data.length); unit += 1) {
      const corner = biasCorner(place.tiles[unit], place.tile);
      const inside = x >= corner.x - 3 && x <= corner.x + BIAS + 2 && y >= corner.y - 2 && y <= corner.y + BIAS + 3;
      if (inside) return { column: place.index, unit, value: biases.data[unit] };
    }
  }
  return null;
}
