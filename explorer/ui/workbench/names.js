// What columns and units are called, wherever they are mentioned.

/** "Input", "Linear 1", "Linear 2", "Output": numbered where a number helps to tell them apart. */
export function columnTitles(columns) {
  const seen = new Map();
  const total = new Map();
  const key = (column) => `${column.role}/${column.title}`;
  for (const column of columns) total.set(key(column), (total.get(key(column)) ?? 0) + 1);
  return columns.map((column) => {
    const number = (seen.get(key(column)) ?? 0) + 1;
    seen.set(key(column), number);
    const numbered = total.get(key(column)) > 1 || (column.editable && !/\d$/.test(column.title));
    return numbered ? `${column.title} ${number}` : column.title;
  });
}

/** The names of a column's units, without those that are only numbers. */
export const ownNames = (column) => ((column.names ?? []).every((name) => /^(unit|input) [\d.]+$/.test(name)) ? [] : column.names);

/** The name of a unit standing alone: "x", "inside", or "Linear 1 unit 3". */
export function unitName(head, titles, index, unit) {
  const column = head.columns[index];
  const single = column.kind === "output" && column.units === 1;
  if (single) return "output";
  const noun = column.picture === "map" ? "map" : "unit";
  return column.names?.[unit] ?? `${titles[index]} ${noun} ${unit + 1}`;
}

/** The class that the upper end of a two-class scale stands for: the one its label names. */
export function upperClass(head) {
  const named = (head.classes ?? []).findIndex((name) => head.surface?.label?.includes(`'${name}'`));
  return named < 0 ? 1 : named;
}
