// How numbers are written, and where the ticks of an axis stand.

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

const trimmed = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);

/** A number for people: about three figures, a true minus sign, powers of ten only where nothing else fits. */
export function readable(value, digits = 3) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size === 0) return "0";
  const text = size >= 1e5 || size < 1e-4 ? size.toExponential(1).replace("e+", "e").replace("e-", "e−")
    : size.toFixed(clamp(digits - 1 - Math.floor(Math.log10(size)), 0, 6));
  return (value < 0 ? "−" : "") + text;
}

/** A number of a table as short as it can be written: four figures at most. */
export const plain = (value) => (Number.isFinite(value) ? String(Number(value.toPrecision(4))).replace("-", "−") : "–");

/** A fixed number of decimals with a true minus sign, so that a number that changes stands still. */
export const fixed = (value, decimals) =>
  value === null || value === undefined || !Number.isFinite(value) ? "–" : value.toFixed(decimals).replace("-", "−");

export const percent = (value) => (value === null || value === undefined || !Number.isFinite(value) ? "–" : `${(value * 100).toFixed(1)} %`);

/** 81000 -> "81,000". */
export const grouped = (value) => Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, ",");

/** A loss as it stands in the status line: four decimals unless they would all be 0, never wider than eight characters. */
export const lossText = (value) => (Number.isFinite(value) && value !== null && Math.abs(value) < 100 && (value === 0 || Math.abs(value) >= 5e-5)
  ? fixed(value, 4) : readable(value));

export function tickText(value, step = 0) {
  const size = Math.abs(value);
  if (size >= 1e9) return readable(value, 1);
  if (size >= 1e6) return `${trimmed((value / 1e6).toFixed(2)).replace("-", "−")} M`;
  if (size >= 1e4 || (size >= 1e3 && step >= 1e3)) return `${trimmed((value / 1e3).toFixed(1)).replace("-", "−")} k`;
  if (size !== 0 && size < 1e-3) return readable(value, 1);
  const decimals = step >= 1 ? 0 : step > 0 ? clamp(-Math.floor(Math.log10(step) + 1e-9), 0, 6) : clamp(2 - Math.floor(Math.log10(size || 1)), 0, 6);
  const text = value.toFixed(decimals).replace("-", "−");
  return step > 0 ? text : trimmed(text);
}

/** Ticks at 1, 2 or 5 times a power of ten, about `count` of them. */
export function niceTicks(low, high, count) {
  const rough = (high - low) / Math.max(1, count);
  if (!(rough > 0) || !Number.isFinite(rough)) return [];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough * 0.7) ?? 10 * power;
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k += 1) ticks.push({ value: k * step, text: tickText(k * step, step) });
  return ticks;
}

/** Powers of ten between low and high; with 2 and 5 where there are few of them. */
export function logTicks(low, high) {
  const first = Math.floor(Math.log10(low));
  const last = Math.ceil(Math.log10(high));
  const factors = last - first <= 2 ? [1, 2, 5] : [1];
  const stride = Math.max(1, Math.ceil((last - first) / 5));
  const ticks = [];
  for (let power = first; power <= last; power += stride) {
    for (const factor of factors) {
      const value = factor * 10 ** power;
      if (value >= low * 0.999 && value <= high * 1.001) ticks.push({ value, text: tickText(value) });
    }
  }
  return ticks;
}
