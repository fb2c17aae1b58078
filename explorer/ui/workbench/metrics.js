// Names of metrics: "train_accuracy" is the family "accuracy" measured on the part "train".

const TITLES = { loss: "loss", accuracy: "accuracy", r2: "R²", error: "error" };

export const partOf = (name) => /^(train|test)_/.exec(name)?.[1] ?? "";
export const isShare = (name) => name.includes("accuracy");
export const isLoss = (name) => name.includes("loss");
export const familyOf = (name) => (isLoss(name) ? "loss" : name.replace(/^(train|test)_/, ""));
export const familyTitle = (family) => TITLES[family] ?? family.replaceAll("_", " ");
export const metricWords = (name) => name.replaceAll("_", " ").replace("r2", "R²");

const capital = (text) => text[0].toUpperCase() + text.slice(1);

/** [[family, its names], ...]: losses first, then accuracies, then the others; train before test. */
export function familiesOf(names) {
  const rank = (family) => (family === "loss" ? 0 : family === "accuracy" ? 1 : 2);
  const families = [...new Set(names.map(familyOf))].sort((a, b) => rank(a) - rank(b));
  return families.map((family) => [family, names.filter((name) => familyOf(name) === family).sort((a, b) => partOf(b).localeCompare(partOf(a)))]);
}

/** The family drawn beside the loss, as [name, title]; null where only losses are measured. */
export function secondFamily(names) {
  const families = familiesOf(names).map(([family]) => family).filter((family) => family !== "loss");
  const family = ["accuracy", "error"].find((name) => families.includes(name)) ?? families[0];
  return family ? [family, capital(familyTitle(family))] : null;
}
