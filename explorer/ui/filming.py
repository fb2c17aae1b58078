"""Filming a run: its recorded steps, evenly chosen, looked at one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from explorer.errors import RunError
from explorer.results.frame import unpack
from explorer.runs.client import Client
from explorer.ui.playback import Reel, deflated

MOST = 150  # pictures of a film
LIMIT = 24 << 20  # bytes of its pictures, deflated; as text in a page they take a third more


def film_of(client: Client, run_id: str, now: bytes, tell: Callable[[float], object] = lambda share: None, most: int = MOST) -> Reel:
    """Look at the recorded steps of a run, one by one.

    Args:
        now: the newest live picture of the run: its curves are those of the film.
        tell: told the share that is done, 0 to 1.
        most: how many steps at most, evenly chosen.

    Raises:
        RunError: fewer than two steps were recorded, or too few of them are whole.
    """
    recorded = [shot.step for shot in client.film(run_id)]
    wanted = even(recorded, most) if now else []
    pictures: dict[int, bytes] = {}
    damaged = 0
    for number, step in enumerate(wanted):
        try:
            picture = client.look(run_id, step)
        except RunError:
            damaged += 1
        else:
            pictures[unpack(picture)[0]["step"]] = deflated(picture)
        tell((number + 1) / len(wanted))
    if len(pictures) < 2:
        raise RunError("A film needs two recorded steps at least. Press Play or Step, then make it again.")
    steps = within(sorted(pictures), {step: len(picture) for step, picture in pictures.items()}, LIMIT)
    return Reel(deflated(now), steps, [pictures[step] for step in steps], len(recorded), damaged)


def even(steps: Sequence[int], most: int) -> list[int]:
    """At most `most` of these steps, evenly chosen by their place, with both ends."""
    if len(steps) <= most:
        return list(steps)
    return [steps[round(i * (len(steps) - 1) / (most - 1))] for i in range(most)]


def within(steps: Sequence[int], sizes: dict[int, int], limit: int) -> list[int]:
    """These steps, or so many of them, evenly chosen, that their pictures take at most `limit` bytes; both ends stay."""
    chosen = list(steps)
    while len(chosen) > 2 and sum(sizes[step] for step in chosen) > limit:
        chosen = even(steps, max(len(chosen) * 3 // 4, 2))
    return chosen
