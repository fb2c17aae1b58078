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

  /** Paint classes: winner and certainty, from a table of classes x 256 colours. */
  paintClasses(bytes, width, height, table) {
    this.size(width, height);
    const { pixels } = this;
    const size = pixels.length;
    for (let i = 0; i < size; i += 1) pixels[i] = table[(bytes[i] << 8) | bytes[size + i]];
    this.context.putImageData(this.image, 0, 0);
  }

  /** Two colours only: the bytes drawn `zoom` times finer, in between by bilinear interpolation, then cut at `level`. */
  paintCut(bytes, width, height, level, below, above, zoom = 4) {
    this.size((width - 1) * zoom + 1, (height - 1) * zoom + 1);
    const { pixels } = this;
    for (let y = 0, at = 0; y < this.height; y += 1) {
      const row = Math.min(Math.floor(y / zoom), height - 2);
      const v = y / zoom - row;
      for (let x = 0; x < this.width; x += 1, at += 1) {
        const column = Math.min(Math.floor(x / zoom), width - 2);
        const u = x / zoom - column;
        const corner = row * width + column;
        const top = bytes[corner] + (bytes[corner + 1] - bytes[corner]) * u;
        const bottom = bytes[corner + width] + (bytes[corner + width + 1] - bytes[corner + width]) * u;
        pixels[at] = top + (bottom - top) * v < level ? below : above;
      }
    }
    this.context.putImageData(this.image, 0, 0);
  }
}
