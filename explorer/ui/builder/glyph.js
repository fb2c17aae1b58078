// A small picture of a tensor: its sides grow with the logarithm of its sizes, so that 4 and 400 can stand under each other.

const NAMESPACE = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT] = [54, 42];

export function glyph(shape) {
  const svg = element("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "glyph", "aria-hidden": "true" });
  if (!shape) svg.append(element("path", { d: "M17 21h20", class: "unknown" }));
  else svg.append(...(DRAW[shape.axes.join()] ?? drawOther)(shape));
  return svg;
}

const DRAW = {
  "channels,height,width": ({ sizes }) => box(side(sizes[2], 3.4), side(sizes[1], 3.4), side(sizes[0], 3.4) - 4),
  "time,features": ({ sizes }) => grid(side(sizes[0], 4), side(sizes[1], 3), Math.min(sizes[0], 9), Math.min(sizes[1], 7)),
  time: ({ sizes }) => grid(side(sizes[0], 5), 7, Math.min(sizes[0], 9), 1),
  features: ({ sizes }) => grid(7, side(sizes[0], 4), 1, Math.min(sizes[0], 8)),
};

const drawOther = ({ sizes }) => grid(side(sizes.at(-1), 4), side(sizes[0], 4), 3, 3);

const side = (size, step) => Math.min(5 + step * Math.log2(size), 36);

export function element(name, attributes) {
  const node = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

/** Channels lie behind one another: a block with a front, a top and a side. */
function box(width, height, depth) {
  const [wide, high, deep] = [Math.min(width, 26), Math.min(height, 26), Math.min(depth, 28)];
  const [dx, dy] = [deep * 0.8, deep * 0.42];
  const x = (WIDTH - wide - dx) / 2;
  const y = (HEIGHT - high - dy) / 2 + dy;
  return [
    element("path", { d: `M${x} ${y}l${dx} ${-dy}h${wide}l${-dx} ${dy}z`, class: "top" }),
    element("path", { d: `M${x + wide} ${y}l${dx} ${-dy}v${high}l${-dx} ${dy}z`, class: "flank" }),
    element("path", { d: `M${x} ${y}h${wide}v${high}h${-wide}z`, class: "front" }),
  ];
}

function grid(width, height, columns, rows) {
  const [x, y] = [(WIDTH - width) / 2, (HEIGHT - height) / 2];
  const lines = [];
  for (let i = 1; i < columns; i += 1) lines.push(`M${x + (i * width) / columns} ${y}v${height}`);
  for (let i = 1; i < rows; i += 1) lines.push(`M${x} ${y + (i * height) / rows}h${width}`);
  return [element("path", { d: `M${x} ${y}h${width}v${height}h${-width}z`, class: "front" }), element("path", { d: lines.join("") || "M0 0", class: "lines" })];
}
