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
ONE_SIDED = 0.8  # share of the most frequent class


def of_duplicates(found: Duplicates, tested: int, trained: int, tokens: bool) -> list[Finding]:
    """The same example on both sides, all but the same, and twice within the training part."""
    findings = [_exact(len(found.exact), found.blank, tested, tokens)]
    if found.near_measured:
        findings.append(_near(found))
    if found.repeated:
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
    """One class far ahead, or a class that was never trained on."""
    findings = []
    share, name = counts.test.max(initial=0) / max(counts.test.sum(), 1), counts.names[int(counts.train.argmax())]
    if share >= ONE_SIDED:
        words = f"“{name}” is {share:.0%} of the test {counts.what}: always answering it already scores that. Look at each class by itself."
        findings.append(Finding("Rare classes", "look", words))
    if counts.never_trained:
        words = f"{counts.never_trained:,} of the test {counts.what} have a class that the training part lacks: it cannot be learnt."
        findings.append(Finding("Classes in both parts", "alarm", words))
    return findings


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
    if missing := [one for one in columns if one.missing_train + one.missing_test]:
        total = sum(one.missing_train + one.missing_test for one in missing)
        words = f"{total:,} values are missing, in {len(missing)} of {len(columns)} columns: {listed([one.name for one in missing])}."
        findings.append(Finding("Missing values", "look", words))
    return findings


def listed(names: list[str], most: int = 6) -> str:
    """Names in a row, cut short: "a, b and 3 more"."""
    return ", ".join(names) if len(names) <= most else f"{', '.join(names[:most])} and {len(names) - most} more"


def _exact(count: int, blank: int, tested: int, tokens: bool) -> Finding:
    about = "The same example in both parts"
    if not count:
        return Finding(about, "fine", f"None of the {tested:,} test examples has the same input as a training example.")
    words = f"{count:,} of {tested:,} test examples ({count / tested:.1%}) have the same input as a training example"
    if blank == count and not tokens:
        return Finding(about, "look", f"{words}: all of them are blank, with the same number everywhere.")
    level: Level = "alarm" if count >= max(MANY * tested, FEW) and not tokens else "look"
    why = "Short rows of few tokens come again by chance." if tokens else "Keep one of each pair, or put both into the same part."
    return Finding(about, level, f"{words}: the network may answer them from memory, and the score on them promises too much. {why}")


def _near(found: Duplicates) -> Finding:
    about, (tested, trained) = "All but the same example in both parts", found.compared
    compared = f"{tested:,} test examples against {trained:,} training examples"
    if not len(found.near):
        return Finding(about, "fine", f"None found, comparing {compared}.")
    words = f"{len(found.near):,} found, comparing {compared}: closer than a tenth of the usual distance between neighbours."
    if len(found.near) <= _by_themselves(found):
        usual = f"Within the training part {found.near_usual:.1%} lie as near: these examples come in close pairs."
        return Finding(about, "look", f"{words} {usual}")
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
