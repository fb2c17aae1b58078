"""Everything there is to see of a data set before training, in one record."""

from __future__ import annotations

from explorer.experiment import DataSpec
from explorer.profiles import findings
from explorer.profiles.columns import columns, correlations, target
from explorer.profiles.counting import answer_counts, lengths, token_counts
from explorer.profiles.curves import bands, class_pictures, echoes
from explorer.profiles.duplicates import duplicates
from explorer.profiles.giveaways import best_rule, class_marker
from explorer.profiles.spoiling import effects
from explorer.results.dataset import Dataset
from explorer.results.profile import Profile, Split


def profile(data: DataSpec, dataset: Dataset) -> Profile:
    """Look at a data set.

    Args:
        data: the record the examples were drawn by.
        dataset: what it drew. Raises DataError if it cannot be drawn without one of its hardships.
    """
    answers, tokens, listed = answer_counts(dataset), token_counts(dataset), columns(dataset)
    twice, rule, marker = duplicates(dataset), best_rule(dataset), class_marker(dataset)
    found = [
        *findings.of_duplicates(twice, len(dataset.test), len(dataset.train), bool(dataset.vocabulary)),
        *([findings.of_rule(rule, dataset.problem)] if rule else []),
        *(findings.of_marker(marker, dataset.classes) if marker else []),
        *(findings.of_answers(answers) if answers else []),
        *(findings.of_tokens(tokens) if tokens else []),
        *findings.of_columns(listed),
    ]
    return Profile(
        split=Split(how_split(data), len(dataset.train), len(dataset.test)),
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
    )


def how_split(data: DataSpec) -> str:
    """How the examples of `data` are divided between the parts, in words."""
    if data.split == "in_order":
        return "By time: the last examples are for testing, so that nothing later than a test example was trained on."
    if data.problem == "classification":
        return "At random within each class, so that both parts have every class in the same proportion."
    return "At random."
