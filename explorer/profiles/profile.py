"""Everything there is to see of a data set before training, in one record."""

from __future__ import annotations

from explorer.experiment import DataSpec
from explorer.profiles import findings
from explorer.profiles.columns import columns, correlations, target
from explorer.profiles.counting import answer_counts, lengths, token_counts
from explorer.profiles.curves import bands, class_pictures, echoes
from explorer.profiles.duplicates import duplicates, other_duplicates
from explorer.profiles.giveaways import best_rule, class_marker
from explorer.profiles.spoiling import effects
from explorer.profiles.windows import windows
from explorer.results.dataset import Dataset
from explorer.results.profile import Duplicates, Finding, Profile, Split

HOW = {
    "stratified": "At random within each class, so that every part has every class in the same proportion.",
    "random": "At random: a rare class may miss in a part.",
    "without classes": "At random.",
    "in_order": "In order, as they come: the last examples are for testing{between}. Where they are sorted, the parts differ.",
}
UNVALIDATED = (
    "Whoever stops where the test score is best, or tries networks until it is, has chosen by the test part: that score then promises too "
    "much. A validation part, set aside in the controls, is there to choose by."
)
VALIDATED = (
    "Choose by the validation part: when to stop, which network. The test part, looked at once in the end, then says what the choice is "
    "worth."
)


def profile(data: DataSpec, dataset: Dataset) -> Profile:
    """Look at a data set.

    Args:
        data: the record the examples were drawn by.
        dataset: what it drew. Raises DataError if it cannot be drawn without one of its hardships.
    """
    answers, tokens, listed = answer_counts(dataset), token_counts(dataset), columns(dataset)
    twice, others, rule, marker = duplicates(dataset), other_duplicates(dataset), best_rule(dataset), class_marker(dataset)
    found = [
        *(one for pair in (twice, *others) for one in _of_duplicates(dataset, pair)),
        *windows(data, dataset),
        *([findings.of_rule(rule, dataset.problem)] if rule else []),
        *(findings.of_marker(marker, dataset.classes) if marker else []),
        *(findings.of_answers(answers) if answers else []),
        *(findings.of_tokens(tokens) if tokens else []),
        *findings.of_columns(listed),
    ]
    return Profile(
        split=split(data, dataset),
        answers=answers,
        tokens=tokens,
        columns=listed,
        target=target(dataset),
        correlations=correlations(dataset),
        pictures=class_pictures(dataset),
        lengths=lengths(dataset),
        bands=bands(dataset),
        echoes=echoes(dataset),
        effects=effects(data, dataset),
        duplicates=twice,
        rule=rule,
        marker=marker,
        findings=tuple(found),
        other_duplicates=others,
    )


def _of_duplicates(dataset: Dataset, found: Duplicates) -> list[Finding]:
    later, earlier = (len(dataset.parts[name]) for name in found.parts)
    return findings.of_duplicates(found, later, earlier, bool(dataset.vocabulary))


def split(data: DataSpec, dataset: Dataset) -> Split:
    """How the examples are divided, how many are where, and what to choose by."""
    validated = len(dataset.validation) if dataset.validation else 0
    return Split(how_split(data), len(dataset.train), len(dataset.test), validated, VALIDATED if validated else UNVALIDATED)


def how_split(data: DataSpec) -> str:
    """How the examples of `data` are divided between the parts, in words."""
    between = "; those before them are for validation" if data.validation_fraction else ""
    if data.series and data.split == "in_order":
        return f"By time: the last examples are for testing{between}, so that nothing later than a test example was trained on."
    classless = data.problem != "classification" and data.split != "in_order"
    return HOW["without classes" if classless else data.split].format(between=between)
