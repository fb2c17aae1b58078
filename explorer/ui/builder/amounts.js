// How shapes and costs are written.

import { make } from "../workbench/dom.js";

const UNITS = ["", " k", " M", " G", " T"];

/** 1234567 -> "1.23 M"; whole numbers below 10,000 as they are. */
export function amount(value) {
  if (value === null || value === undefined) return "–";
  if (value < 10000) return value.toString().replace(/\B(?=(\d{3})+$)/g, ",");
  return scaled(value, 1000, UNITS);
}

/** Bytes: 2500 -> "2.5 kB". */
export function bytes(value) {
  if (value === null || value === undefined) return "–";
  return value < 1000 ? `${value} B` : scaled(value, 1000, [" B", " kB", " MB", " GB", " TB"]);
}

function scaled(value, base, units) {
  const power = Math.min(Math.floor(Math.log(value) / Math.log(base) + 1e-9), units.length - 1);
  return `${Number((value / base ** power).toPrecision(3))}${units[power]}`;
}

/** "8 × 16 × 16". */
export const sizes = (shape) => (shape ? shape.sizes.join(" × ") : "–");

/** "channels 8 × height 16 × width 16". */
export const named = (shape) => (shape ? shape.axes.map((axis, i) => `${axis} ${shape.sizes[i]}`).join(" × ") : "not known");

/** A shape as two lines: its sizes, and the names of its axes. */
export function shapeCell(shape) {
  return make("span", { class: "shape", title: named(shape) },
    make("b", { text: sizes(shape) }), make("small", { text: shape ? shape.axes.join(" × ") : "" }));
}
