// Names of metrics: "train_accuracy" is the family "accuracy" measured on the part "train".

const TITLES = { loss: "loss", accuracy: "accuracy", r2: "R²", error: "error", f1: "F1", iou: "overlap", labels: "labels right", exact: "all labels right", auroc: "AUROC" };
const LONG = { iou: "Overlap", found: "Found", normal_score: "Score of normal examples", anomaly_score: "Score of anomalies", error: "Mean absolute error", rmse: "Root mean square error", f1: "Macro F1", whole: "Rows wholly right", r2: "Variance explained", skill: "Skill" };
const FIRST = ["accuracy", "labels", "iou", "auroc", "error"]; // families to draw beside the loss, the first one there is

const PARTS = ["train", "validation", "test"];
const PART = new RegExp(`^(${PARTS.join("|")})_`);

export const partOf = (name) => PART.exec(name)?.[1] ?? "";
export const isShare = (name) => /accuracy|f1$|whole|iou|found|labels|exact/.test(name);
export const isLoss = (name) => name.includes("loss");
export const familyOf = (name) => (isLoss(name) ? "loss" : name.replace(PART, ""));
export const familyTitle = (family) => TITLES[family] ?? family.replaceAll("_", " ");

/** A metric's unit as it stands beside its title: what the title says already is left out. */
export const shortUnit = (words) => words.replace(/^(mean absolute|root mean square) error, (in )?/, "").replace(/^share of the .*variance explained$/, "share").replace(/^(perplexity|intersection over union|AUROC): /, "").replace(/; .*$/, "");
export const metricWords = (name) => name.replaceAll("_", " ").replace("r2", "R²").replace("f1", "F1").replace("iou", "overlap").replace("auroc", "AUROC");

const capital = (text) => text[0].toUpperCase() + text.slice(1);

/** [[family, its names], ...]: losses first, then accuracies, then the others; train, validation, test. */
export function familiesOf(names) {
  const rank = (family) => (family === "loss" ? 0 : family === "accuracy" ? 1 : 2);
  const families = [...new Set(names.map(familyOf))].sort((a, b) => rank(a) - rank(b));
  return families.map((family) => [family, names.filter((name) => familyOf(name) === family).sort((a, b) => PARTS.indexOf(partOf(a)) - PARTS.indexOf(partOf(b)))]);
}

/** [[name, title], ...] of the families that can be drawn beside the loss, the one to begin with first; none where only losses are measured. */
export function secondFamilies(names) {
  const families = familiesOf(names).map(([family]) => family).filter((family) => family !== "loss");
  const first = FIRST.find((name) => families.includes(name)) ?? families[0];
  return families.sort((a, b) => (b === first) - (a === first)).map((family) => [family, LONG[family] ?? capital(familyTitle(family))]);
}
