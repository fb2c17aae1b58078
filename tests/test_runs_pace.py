"""How often a worker draws, saves and steps, on a clock that the test turns."""

from __future__ import annotations

import time

import pytest

from explorer.runs.pace import SHARE, Pace, Speedometer


class Clock:
    """Wall time and processor time of the worker."""

    def __init__(self, monkeypatch) -> None:
        self.now, self.cpu = 1000.0, 0.0
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        monkeypatch.setattr(time, "thread_time", lambda: self.cpu)

    def pass_by(self, wall: float, cpu: float = 0.0) -> None:
        self.now, self.cpu = self.now + wall, self.cpu + cpu


@pytest.fixture
def clock(monkeypatch) -> Clock:
    return Clock(monkeypatch)


def frames_in(clock: Clock, pace: Pace, seconds: float, cost: float, hurried: bool = True) -> int:
    """Frames drawn while a worker trains in chunks of 10 ms."""
    count, end = 0, clock.now + seconds
    while clock.now < end:
        clock.pass_by(0.01, 0.01)
        if pace.frame_due(hurried):
            with pace.shooting():
                clock.pass_by(cost, cost)
            count += 1
    return count


def old(clock: Clock) -> Pace:
    pace = Pace()
    clock.pass_by(10)
    return pace


def test_cheap_frames_of_a_watched_run_come_as_often_as_ordered(clock):
    pace = old(clock)
    pace.follow(watchers=1, rate=20, save=2, share=1)
    assert frames_in(clock, pace, 10, cost=0.001) in range(160, 201)


def test_dear_frames_take_no_more_than_their_share_of_training(clock):
    pace = old(clock)
    pace.follow(watchers=1, rate=20, save=2, share=1)
    assert frames_in(clock, pace, 20, cost=0.005) * 0.005 / 20 == pytest.approx(SHARE, rel=0.1)


def test_even_the_dearest_frames_come_twice_a_second(clock):
    pace = old(clock)
    pace.follow(watchers=1, rate=20, save=2, share=1)
    assert frames_in(clock, pace, 10, cost=0.05) >= 20


def test_a_run_nobody_watches_draws_once_a_second_after_its_first_moments(clock):
    pace = Pace()
    pace.follow(watchers=0, rate=20, save=2, share=1)
    assert frames_in(clock, pace, 2.9, cost=0.0001) > 40
    clock.pass_by(1)
    assert frames_in(clock, pace, 10, cost=0.0001) in (10, 11)


def test_a_worker_keeps_to_its_share_of_a_core(clock):
    pace = old(clock)
    pace.follow(watchers=1, rate=4, save=2, share=0.1)
    begun, worked = clock.now, 0.0
    while clock.now < begun + 20:
        if pace.rest():
            clock.pass_by(0.005)
        else:
            clock.pass_by(0.02, 0.01)
            worked += 0.01
            pace.worked()
    assert worked / 20 == pytest.approx(0.1, rel=0.1)


def test_steps_come_at_the_speed_wanted_and_a_delay_is_made_up_for_only_in_part(clock):
    meter = Speedometer()
    meter.speed = 50.0
    meter.restart()
    made = 0
    for _ in range(1000):
        clock.pass_by(0.01)
        made += (steps := meter.owed())
        meter.made(steps)
    assert made == pytest.approx(500, abs=2)
    assert meter.rate == pytest.approx(50, rel=0.05)
    clock.pass_by(60)
    assert meter.owed() <= 0.25 * 50 + 1


def test_brisk_steps_come_by_the_handful(clock):
    meter = Speedometer(1000)
    clock.pass_by(0.1)
    meter.made(meter.owed())
    assert 0.01 <= meter.wait() <= 0.02
    slow = Speedometer(2)
    slow.made(slow.owed())
    assert slow.wait() == pytest.approx(0.5)


def test_as_fast_as_it_goes_is_no_number(clock):
    assert Speedometer().owed() is None
    assert Speedometer().wait() == 0
