from __future__ import annotations

from jupyter_tandem.core.signaling.bucket import Rate, TokenBucket


def test_a_burst_then_the_rate() -> None:
    bucket = TokenBucket(Rate(per_s=2, burst=3), now=100)
    assert [bucket.take(100) for _ in range(4)] == [True, True, True, False]
    assert not bucket.take(100.4)
    assert bucket.take(100.5)
    assert not bucket.take(100.5)


def test_what_is_refused_costs_nothing() -> None:
    bucket = TokenBucket(Rate(per_s=1, burst=10), now=0)
    assert not bucket.take(0, 11)
    assert bucket.take(0, 10)


def test_it_never_holds_more_than_the_burst() -> None:
    bucket = TokenBucket(Rate(per_s=1, burst=2), now=0)
    assert [bucket.take(1_000) for _ in range(3)] == [True, True, False]


def test_a_clock_that_steps_back_gives_nothing() -> None:
    bucket = TokenBucket(Rate(per_s=1, burst=1), now=10)
    assert bucket.take(10)
    assert not bucket.take(5)
    assert not bucket.take(10.5)
    assert bucket.take(11)


def test_full_again_after_a_rest() -> None:
    bucket = TokenBucket(Rate(per_s=1, burst=5), now=0)
    assert bucket.is_full(0)
    bucket.take(0, 5)
    assert not bucket.is_full(4.9)
    assert bucket.is_full(5)
