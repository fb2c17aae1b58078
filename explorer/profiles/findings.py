"""What somebody should know before trusting a score on this data set, in sentences. Every number was measured on these examples."""

from __future__ import annotations

import numpy as np

from explorer.results.profile import Column, Counts, Duplicates, Finding, Level, Marker, Rule

MANY, FEW = 0.01, 3  # share of test examples, and how many at least: from here on a score on them means something else
GIVES_AWAY = 0.95  # share of the constant answer's mistakes that one input avoids
RANKS = 0.99  # area under the curve of one input
TELLS_MUCH = 0.5
CERTAIN = 0.75  # share of what there is to know about a class that one input tells
GAP = 0.2  # by which fewer test than training examples are told rightly
COMMON = 0.25  # share of the examples that lie near another one: from here on that is what such examples are like
ONE_SIDED = 0.8  # share of the most frequent class


def of_duplicates(found: Duplicates, tested: int, trained: int, tokens: bool) -> list[Finding]:
    """The same example on both sides, all but the same, and twice within the training part.

    Args:
        found: between any two parts.
        tested, trained: examples in the later and in the earlier of them.
        tokens: whether examples are rows of tokens.
    """
    findings = [_exact(found, tested, tokens)]
    if found.near_measured:
        findings.append(_near(found))
    if found.repeated and found.parts == ("test", "training"):
        findings.append(_repeated(found, trained))
    return findings


def of_rule(rule: Rule, problem: str) -> Finding:
    """How far one input gets by itself."""
    score = f"{rule.measure} {_scored(rule.measure, rule.score)} on the test part, against {_scored(rule.measure, rule.baseline)}"
    auroc = f" (area under the ROC curve {rule.auroc:.3f})" if np.isfinite(rule.auroc) else ""
    level: Level = "alarm" if rule.avoided >= GIVES_AWAY or rule.auroc >= RANKS else "look" if rule.avoided >= TELLS_MUCH else "fine"
    if problem in ("tagging", "language"):
        level = "fine" if level == "fine" else "look"
    constant = "for always giving the same answer"
    return Finding("One input by itself", level, f"Of {rule.feature} alone: {score} {constant}{auroc}. {_advice(level, problem)}")


def of_marker(marker: Marker, classes: int) -> list[Finding]:
    """An input that tells one class from the others; of two classes only if it no longer does so in the test part."""
    gap = marker.train - marker.test > GAP
    if marker.certainty < CERTAIN or (classes == 2 and not gap):
        return []
    feature = f"{marker.feature[:1].upper()}{marker.feature[1:]}"
    words = f"{feature} alone tells “{marker.name}” from all others: rightly for {marker.train:.1%} of the training part"
    if gap:
        words += f", but for {marker.test:.1%} of the test part. What marks the class in training does not mark it there."
        return [Finding("One input marks a class", "alarm", words)]
    return [Finding("One input marks a class", "look", f"{words} and {marker.test:.1%} of the test part.")]


def of_answers(counts: Counts) -> list[Finding]:
    """One class far ahead, or a class that a part does not have."""
    findings = []
    share, name = counts.test.max(initial=0) / max(counts.test.sum(), 1), counts.names[int(counts.test.argmax())]
    if share >= ONE_SIDED:
        words = f"“{name}” is {share:.0%} of the test {counts.what}: always answering it already scores that. Look at each class by itself."
        findings.append(Finding("Rare classes", "look", words))
    if counts.never_trained:
        lacking = [counts.names[i] for i in np.flatnonzero((counts.train == 0) & (counts.test > 0))]
        words = f"{counts.never_trained:,} of the test {counts.what} have a class that the training part lacks: {listed(lacking)}. "
        words += "It cannot be learnt. Divide within each class, or add examples."
        findings.append(Finding("Classes in both parts", "alarm", words))
    return findings + _absent(counts)


def _absent(counts: Counts) -> list[Finding]:
    """Classes that are trained on, and that another part does not have."""
    findings = []
    for name, held in counts.parts.items():
        if lacking := [counts.names[i] for i in np.flatnonzero((held == 0) & (counts.train > 0))]:
            words = f"The {name} part has nothing of: {listed(lacking)}. No score there says how well that is answered."
            findings.append(Finding(f"Classes of the {name} part", "look", f"{words} Divide within each class, or add examples."))
    return findings


def of_windows(shared: int, tested: int, parts: tuple[str, str]) -> Finding:
    """Stretches of one series that lie over the border between two parts."""
    about = f"Stretches in the {parts[0]} and the {parts[1]} part"
    if not shared:
        return Finding(about, "fine", f"None of the {tested:,} {parts[0]} stretches has values in common with a {parts[1]} stretch.")
    words = f"{shared:,} of {tested:,} {parts[0]} stretches ({shared / tested:.1%}) lie partly over a {parts[1]} stretch"
    why = "what is to be foreseen was trained on, and the score promises too much"
    return Finding(about, "alarm", f"{words}: {why}. Let stretches begin further apart, or leave out those at the border.")


def of_tokens(counts: Counts) -> list[Finding]:
    """Tokens that only the test part has."""
    if not counts.never_trained:
        return [Finding("Tokens in both parts", "fine", "Every token of the test part also comes in the training part.")]
    words = f"{counts.never_trained:,} tokens of the test part never come in the training part: the network knows nothing about them."
    return [Finding("Tokens in both parts", "look", words)]


def of_columns(columns: tuple[Column, ...]) -> list[Finding]:
    """Columns that say nothing, and values that are not there."""
    findings = []
    if constant := [one.name for one in columns if one.distinct < 2]:
        words = f"The same in every training example, so nothing can be learnt from: {listed(constant)}."
        findings.append(Finding("Constant columns", "look", words))
    if missing := [one for one in columns if one.missing]:
        total = sum(one.missing for one in missing)
        words = f"{total:,} values are missing, in {len(missing)} of {len(columns)} columns: {listed([one.name for one in missing])}."
        findings.append(Finding("Missing values", "look", words))
    return findings


def listed(names: list[str], most: int = 6) -> str:
    """Names in a row, cut short: "a, b and 3 more"."""
    return ", ".join(names) if len(names) <= most else f"{', '.join(names[:most])} and {len(names) - most} more"


def _where(found: Duplicates) -> str:
    """ "both parts"; of other parts than test and training, which."""
    return "both parts" if found.parts == ("test", "training") else f"the {found.parts[0]} and the {found.parts[1]} part"


def _exact(found: Duplicates, tested: int, tokens: bool) -> Finding:
    about, (later, earlier) = f"The same example in {_where(found)}", found.parts
    count = len(found.exact)
    if not count:
        return Finding(about, "fine", f"None of the {tested:,} {later} examples has the same input as a {earlier} example.")
    words = f"{count:,} of {tested:,} {later} examples ({count / tested:.1%}) have the same input as a {earlier} example"
    if found.blank == count and not tokens:
        return Finding(about, "look", f"{words}: all of them are blank, with the same number everywhere.")
    level: Level = "alarm" if count >= max(MANY * tested, FEW) and not tokens else "look"
    why = "Short rows of few tokens come again by chance." if tokens else "Keep one of each pair, or put both into the same part."
    return Finding(about, level, f"{words}: the network may answer them from memory, and the score on them promises too much. {why}")


def _near(found: Duplicates) -> Finding:
    about, (tested, trained) = f"All but the same example in {_where(found)}", found.compared
    compared = f"{tested:,} {found.parts[0]} examples against {trained:,} {found.parts[1]} examples"
    if not len(found.near):
        return Finding(about, "fine", f"None found, comparing {compared}: {found.near_means}.")
    words = f"{len(found.near):,} found, comparing {compared}: {found.near_means}."
    if len(found.near) <= _by_themselves(found):
        usual = f"Within the {found.parts[1]} part {found.near_usual:.1%} lie as near: these examples come in close pairs."
        return Finding(about, "look" if found.near_usual < COMMON else "fine", f"{words} {usual}")
    level: Level = "alarm" if len(found.near) >= max(MANY * tested, FEW) else "look"
    return Finding(about, level, f"{words} Were they taken from the same person or moment? Then they belong into one part.")


def _by_themselves(found: Duplicates) -> float:
    """How many near pairs there may be if these examples lie as near within the training part: twice as many, and what chance adds."""
    expected = (found.near_usual + 1 / found.compared[1]) * found.compared[0]
    return 2 * expected + 3 * expected**0.5


def _repeated(found: Duplicates, trained: int) -> Finding:
    words = f"{found.repeated:,} of {trained:,} training examples have an input that came before"
    if found.contradicting:
        words += f", {found.contradicting:,} of them with another answer: there no network can be right every time"
    return Finding("The same training example again", "look" if found.contradicting else "fine", f"{words}.")


def _scored(measure: str, score: float) -> str:
    return f"{score:.1%}" if measure == "accuracy" else f"{score:.2f}"


def _advice(level: Level, problem: str) -> str:
    if problem in ("tagging", "language"):
        return "What a network gains by looking at the neighbours comes on top of that."
    return {
        "fine": "No single input gives the answer away.",
        "look": "It tells much. Ask whether it would be known at the moment the answer is wanted.",
        "alarm": "It gives the answer away: the question is that easy, or this is the answer in disguise. Ask how it came about.",
    }[level]
