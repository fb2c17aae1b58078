// Colours. Values: blue above zero, orange below, the page's own background at zero; classes: Okabe and Ito's palette.
// Both can be told apart with every common form of colour blindness (https://jfly.uni-koeln.de/color/).

const DIVERGING = {
  "blue and orange": {
    light: ["#c25400", "#e27d22", "#f3ab66", "#fbdcbe", "#f7f7f5", "#cbe1f4", "#82b9e8", "#3a8cd4", "#0a62ae"],
    dark: ["#ffae57", "#ef8a2c", "#b8641f", "#633c1f", "#171c22", "#1b3d5c", "#246fae", "#3f9be6", "#74c0ff"],
  },
  "purple and green": {
    light: ["#6b2c91", "#8d4fb0", "#b78fcf", "#e3d3ec", "#f7f7f5", "#d0e8d3", "#86c493", "#3f9a5c", "#12703a"],
    dark: ["#d6a2fa", "#b478e0", "#8447b0", "#442a58", "#171c22", "#1a4029", "#277a45", "#45a768", "#82d79b"],
  },
};
const OKABE_ITO = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#c9b800", "#7a6fd0", "#8a8a8a", "#8c5a2b"];

function rgbOf(hex) {
  const number = parseInt(hex.slice(1, 7), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}

const mixed = (a, b, share) => a.map((value, i) => value + (b[i] - value) * share);
const packed = ([r, g, b], alpha = 255) => ((alpha << 24) | (Math.round(b) << 16) | (Math.round(g) << 8) | Math.round(r)) >>> 0;
export const cssColor = ([r, g, b], alpha = 1) => `rgba(${Math.round(r)},${Math.round(g)},${Math.round(b)},${alpha})`;

/** The colour at `place` (0 to 1) of a list of stops. */
function colourAt(stops, place) {
  const at = Math.min(Math.max(place, 0), 1) * (stops.length - 1);
  const first = Math.min(Math.floor(at), stops.length - 2);
  return mixed(stops[first], stops[first + 1], at - first);
}

/** Any CSS colour as [r, g, b]: the canvas knows them all. */
function parseColor(text, fallback) {
  const context = parseColor.context ??= document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  context.fillStyle = fallback;
  context.fillStyle = text || fallback;
  const style = context.fillStyle;
  return style.startsWith("#") ? rgbOf(style) : (style.match(/[\d.]+/g) ?? [0, 0, 0]).slice(0, 3).map(Number);
}

const VARIABLES = ["--st-text-color", "--st-background-color", "--st-secondary-background-color", "--st-primary-color", "--st-font"];

/** A text that differs when the theme does. */
export function themeKey(root) {
  const style = getComputedStyle(root);
  return VARIABLES.map((name) => style.getPropertyValue(name)).join("|");
}

/** What canvases need of the page's theme. */
export function readTheme(root, palette) {
  const style = getComputedStyle(root);
  const [ink, background, wash, accent] = [[0, "#1c2230"], [1, "#ffffff"], [2, "#f3f5f8"], [3, "#1f6feb"]].map(
    ([i, fallback]) => parseColor(style.getPropertyValue(VARIABLES[i]).trim(), fallback));
  const dark = (background[0] * 299 + background[1] * 587 + background[2] * 114) / 1000 < 128;
  const stops = (DIVERGING[palette] ?? DIVERGING["blue and orange"])[dark ? "dark" : "light"].map(rgbOf);
  return {
    dark, stops, background, inkRgb: ink,
    ink: cssColor(ink), soft: cssColor(mixed(background, ink, 0.68)), faint: cssColor(mixed(background, ink, 0.3)),
    line: cssColor(mixed(background, ink, 0.15)), page: cssColor(background), wash: cssColor(wash), accent: cssColor(accent),
    neutralRgb: rgbOf(dark ? "#c3cad4" : "#4a5260"), font: style.fontFamily || "sans-serif",
    positive: cssColor(stops[7]), negative: cssColor(stops[1]),
    train: dark ? "#9fb0c6" : "#64748b", validation: dark ? "#4fc7a4" : "#0b7f62", test: dark ? "#dd95f2" : "#8e2fb5",
    tables: new Map(),
  };
}

function remembered(theme, key, build) {
  if (theme.tables.size > 64) theme.tables.clear();
  if (!theme.tables.has(key)) theme.tables.set(key, build());
  return theme.tables.get(key);
}

const reachOf = (low, high, centre) => Math.max(Math.abs(high - centre), Math.abs(low - centre)) || 1;

/** 256 packed colours for bytes that stand for low..high, the middle of the palette at `centre`; `paler` > 1 spares its ends. */
export function divergingTable(theme, low, high, centre, paler = 1) {
  return remembered(theme, `d${low},${high},${centre},${paler}`, () => {
    const reach = reachOf(low, high, centre) * paler;
    return Uint32Array.from({ length: 256 }, (_, byte) => packed(divergingColor(theme, low + (byte / 255) * (high - low), centre, reach)));
  });
}

/** Two colours only: the bytes below the middle and those above it. */
export function cutTable(theme, low, high, centre) {
  return remembered(theme, `x${low},${high},${centre}`, () => {
    const [below, above] = [packed(theme.stops[2]), packed(theme.stops[6])];
    return Uint32Array.from({ length: 256 }, (_, byte) => (low + (byte / 255) * (high - low) < centre ? below : above));
  });
}

/** The colour of one value as [r, g, b]. */
export const divergingColor = (theme, value, centre, reach) => colourAt(theme.stops, 0.5 + (value - centre) / reach / 2);

/** 256 packed colours from paper to ink, for photographs and scans. */
export const inkTable = (theme) =>
  remembered(theme, "ink", () => Uint32Array.from({ length: 256 }, (_, byte) => packed(mixed(theme.background, theme.inkRgb, byte / 255))));

/** Class colours as [r, g, b]. Two classes wear the colours of the value scale, `high` the one above the middle. */
export function classColors(theme, count, high = 1) {
  if (count === 2) {
    const pair = [theme.stops[0], theme.stops[8]];
    return high === 1 ? pair : pair.reverse();
  }
  return remembered(theme, `c${count}`, () => Array.from({ length: Math.max(count, 1) }, (_, i) => {
    const colour = rgbOf(OKABE_ITO[i % OKABE_ITO.length]);
    return theme.dark ? mixed(colour, [255, 255, 255], 0.12) : colour;
  }));
}

/** count x 256 packed colours: a class, paler the less probable it is; probability 1 / count is no opinion at all. */
export function classTable(theme, count, discrete) {
  return remembered(theme, `t${count}${discrete}`, () => {
    const colours = classColors(theme, count);
    const table = new Uint32Array(count * 256);
    for (let i = 0; i < table.length; i += 1) {
      const certain = Math.max(0, ((i % 256) / 255 - 1 / count) / (1 - 1 / count));
      table[i] = packed(mixed(theme.background, colours[i >> 8], discrete ? 0.55 : 0.1 + 0.6 * certain));
    }
    return table;
  });
}

/** A CSS gradient of the value scale from low to high. */
export function cssGradient(theme, low, high, centre, paler = 1) {
  const reach = reachOf(low, high, centre) * paler;
  const stops = Array.from({ length: 9 }, (_, i) => cssColor(divergingColor(theme, low + (i / 8) * (high - low), centre, reach)));
  return `linear-gradient(to right, ${stops.join(", ")})`;
}

/** Black or white, whichever reads better on a colour. */
export const textOn = ([r, g, b]) => (r * 299 + g * 587 + b * 114 > 150000 ? "#14181f" : "#ffffff");
