"""Loans of a German bank."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from explorer.data._openml import OnlineTable
from explorer.experiment.data import DATASETS
from explorer.experiment.record import live
from explorer.ingest.online import Source


@DATASETS.register("credit_risk")
class CreditRisk(OnlineTable):
    """Which loans are paid back? 1,000 customers of a German bank: few examples, many columns, one good reason for doubt.

    Fetched from openml.org once, when it is asked for.
    Source: Hofmann, "Statlog (German Credit Data)", UCI repository, 1994.
    """

    source: ClassVar[Source] = Source("Credit risk", "credit-g", 1, 1000, packed=0.03, plain=0.2)
    numbers: ClassVar[Mapping[str, str]] = {
        "duration": "duration (months)",
        "credit_amount": "loan (Deutsche Mark)",
        "installment_commitment": "instalment (percent of the income)",
        "residence_since": "at this address (years)",
        "age": "age (years)",
        "existing_credits": "loans at this bank",
    }
    words: ClassVar[Mapping[str, str]] = {
        "checking_status": "current account",
        "credit_history": "history",
        "purpose": "purpose",
        "savings_status": "savings",
        "employment": "employed",
        "property_magnitude": "property",
        "housing": "housing",
        "job": "job",
    }
    target: ClassVar[str] = "class"
    answers: ClassVar[Mapping[str, str]] = {"good": "paid back", "bad": "not paid back"}
    told: ClassVar[str] = "loan"

    size: int = live(1000, ge=40, le=1000, description="loans used of the 1,000 there are, all parts together")
