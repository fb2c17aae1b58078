// Ink: what is drawn by hand, as strokes, and as the small picture that a network gets of it.

const FINE = 4; // a drawing is first set 4 times finer than the network's image, then averaged: that is how the 8x8 digits were made

/**
 * A drawing as height x width numbers 0..1: sized to the image's height, centred by its ink, averaged from a finer grid.
 * `context` is of a canvas to work on; `brush` is how thick the lines are, 1 as in the digits.
 */
export function inkImage(context, strokes, [height, width], brush = 1) {
  const [rows, columns] = [height * FINE, width * FINE];
  const { canvas } = context;
  if (canvas.width !== columns || canvas.height !== rows) [canvas.width, canvas.height] = [columns, rows];
  context.fillStyle = "#000";
  context.fillRect(0, 0, columns, rows);
  context.strokeStyle = "#fff";
  if (strokes.length) trace(context, strokes, brush * rows * (height > 10 ? 0.085 : 0.13), fitting(strokes, rows, columns, height));
  return averaged(context.getImageData(0, 0, columns, rows).data, height, width);
}

/** Draw strokes, each a list of [x, y] that `place` maps onto the canvas, as lines `thick` pixels wide. */
export function trace(context, strokes, thick, place) {
  context.lineWidth = thick;
  context.lineCap = context.lineJoin = "round";
  for (const stroke of strokes) {
    context.beginPath();
    stroke.forEach((point, i) => (i ? context.lineTo(...place(point)) : context.moveTo(...place(point))));
    if (stroke.length === 1) context.lineTo(...place([stroke[0][0] + 0.001, stroke[0][1]]));
    context.stroke();
  }
}

/** The map from pad to image that makes the drawing as high as a digit of the data and puts its ink in the middle. */
function fitting(strokes, rows, columns, height) {
  const points = strokes.flat();
  const [xs, ys] = [points.map((p) => p[0]), points.map((p) => p[1])];
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
  const share = height > 10 ? 0.64 : 0.84;
  const span = Math.max(bottom - top, (Math.max(...xs) - Math.min(...xs)) * 1.05, 0.12);
  const [centreX, centreY] = [inkCentre(strokes), (top + bottom) / 2];
  const scale = (rows * share) / span;
  return ([x, y]) => [columns / 2 + (x - centreX) * scale, rows / 2 + (y - centreY) * scale];
}

/** Where the ink lies from left to right on average: by length of line, not by number of points. */
function inkCentre(strokes) {
  let [weight, total] = [0, 0];
  for (const stroke of strokes) {
    for (let i = 1; i < stroke.length; i += 1) {
      const length = Math.hypot(stroke[i][0] - stroke[i - 1][0], stroke[i][1] - stroke[i - 1][1]);
      total += length * (stroke[i][0] + stroke[i - 1][0]) / 2;
      weight += length;
    }
  }
  return weight ? total / weight : strokes[0][0][0];
}

function averaged(pixels, height, width) {
  const image = new Float32Array(height * width);
  for (let i = 0; i < image.length; i += 1) {
    const [row, column] = [Math.floor(i / width) * FINE, (i % width) * FINE];
    let sum = 0;
    for (let k = 0; k < FINE * FINE; k += 1) sum += pixels[4 * ((row + Math.floor(k / FINE)) * width * FINE + column + (k % FINE))];
    image[i] = sum / (FINE * FINE * 255);
  }
  return image;
}
