// Bytes to pixels: a hidden canvas that holds all pictures of one column, one below the other.

export class Sheet {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.context = this.canvas.getContext("2d");
    this.width = 0;
    this.height = 0;
  }

  size(width, height) {
    if (width === this.width && height === this.height) return;
    [this.width, this.height] = [width, height];
    [this.canvas.width, this.canvas.height] = [width, height];
    this.image = this.context.createImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
  }

  /** Paint bytes, row by row, in the colours of `table` (256 packed colours). */
  paint(bytes, width, height, table) {
    this.size(width, height);
    const { pixels } = this;
    for (let i = 0; i < pixels.length; i += 1) pixels[i] = table[bytes[i]];
    this.context.putImageData(this.image, 0, 0);
  }

  /**
   * Paint classes (winner, then certainty, of every cell) from a table of classes x 256 colours, `zoom` times finer:
   * in between the four nearest cells vote, each with its nearness and with how far its winner is ahead of an even chance.
   * Between two classes that is exactly where their probabilities cross.
   */
  paintClasses(bytes, width, height, table, zoom = 4) {
    this.size(width * zoom, height * zoom);
    const [left, share] = between(width, zoom);
    const [top, part] = between(height, zoom);
    const cells = new Int32Array(4);
    const near = new Float32Array(4);
    for (let y = 0, at = 0; y < this.height; y += 1) {
      const down = top[y] + 1 < height ? width : 0;
      for (let x = 0; x < this.width; x += 1, at += 1) {
        cells[0] = top[y] * width + left[x];
        cells[1] = cells[0] + (left[x] + 1 < width ? 1 : 0);
        cells[2] = cells[0] + down;
        cells[3] = cells[1] + down;
        near[1] = share[x] * (1 - part[y]);
        near[2] = (1 - share[x]) * part[y];
        near[3] = share[x] * part[y];
        near[0] = 1 - near[1] - near[2] - near[3];
        this.pixels[at] = table[vote(bytes, width * height, cells, near)];
      }
    }
    this.context.putImageData(this.image, 0, 0);
  }

  /**
   * Paint bytes `zoom` times finer, bilinear in between. Values are interpolated, not colours: a boundary stays a sharp, smooth line.
   * The bytes are values at the centres of their cells, so the picture ends half a cell outside the outermost ones.
   */
  paintSmooth(bytes, width, height, table, zoom = 4) {
    this.size(width * zoom, height * zoom);
    const { pixels } = this;
    const [left, share] = between(width, zoom);
    const [top, part] = between(height, zoom);
    for (let y = 0, at = 0; y < this.height; y += 1) {
      const row = top[y] * width;
      const below = Math.min(top[y] + 1, height - 1) * width;
      for (let x = 0; x < this.width; x += 1, at += 1) {
        const next = left[x] + 1 < width ? left[x] + 1 : left[x];
        const upper = bytes[row + left[x]] + (bytes[row + next] - bytes[row + left[x]]) * share[x];
        const lower = bytes[below + left[x]] + (bytes[below + next] - bytes[below + left[x]]) * share[x];
        pixels[at] = table[(upper + (lower - upper) * part[y] + 0.5) | 0];
      }
    }
    this.context.putImageData(this.image, 0, 0);
  }
}

/** Index in the colour table: the class with most votes, and how sure the cells around are. */
function vote(bytes, sure, cells, near) {
  let certain = 0;
  for (let i = 0; i < 4; i += 1) certain += near[i] * bytes[sure + cells[i]];
  const first = bytes[cells[0]];
  if (bytes[cells[1]] === first && bytes[cells[2]] === first && bytes[cells[3]] === first) return (first << 8) | certain;
  let [best, most] = [0, -1];
  for (let i = 0; i < 4; i += 1) {
    let votes = 0;
    for (let k = 0; k < 4; k += 1) if (bytes[cells[k]] === bytes[cells[i]]) votes += near[k] * Math.max(bytes[sure + cells[k]] - 127, 2);
    if (votes > most) [best, most] = [bytes[cells[i]], votes];
  }
  return (best << 8) | certain;
}

const known = new Map();

/** For every fine pixel: the cell before it, and how far it lies on the way to the next one. */
function between(count, zoom) {
  const key = count * 100 + zoom;
  if (!known.has(key)) {
    const places = Float32Array.from({ length: count * zoom }, (_, i) => Math.min(Math.max((i + 0.5) / zoom - 0.5, 0), count - 1));
    known.set(key, [Uint16Array.from(places, Math.floor), places.map((place) => place - Math.floor(place))]);
  }
  return known.get(key);
}
