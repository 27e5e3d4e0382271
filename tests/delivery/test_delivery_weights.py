"""Which relay gets how much: by weight, within what each may take."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.config import RelayConfig
from newsletter.delivery.weights import Grant, apportion, in_order


def relay(name: str, weight: int = 1) -> RelayConfig:
    return RelayConfig(name=name, host="127.0.0.1", weight=weight)


def grant(name: str, weight: int, room: int, **more: bool | int) -> Grant:
    return Grant(relay(name, weight), urgent=room, ordinary=room, **more)


grants = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 300), st.integers(0, 500)), min_size=1, max_size=5
).map(lambda found: [grant(f"r{n}", w, room, recent=r) for n, (w, room, r) in enumerate(found)])


@given(st.integers(0, 1000), grants)
def test_all_that_fits_is_shared_out_and_none_gets_more_than_its_grant(
    wanted: int, granted: list[Grant]
) -> None:
    split = apportion(wanted, granted)
    assert all(0 <= split[one.relay.name] <= one.ordinary for one in granted)
    weighted = [one for one in granted if one.relay.weight and one.ordinary]
    room = sum(one.ordinary for one in weighted or granted)
    assert sum(split.values()) == min(wanted, room)


@given(st.lists(st.integers(1, 20), min_size=2, max_size=4), st.integers(1, 50))
@settings(max_examples=40)
def test_shares_converge_to_the_weights_while_all_have_room(weights: list[int], size: int) -> None:
    total = dict.fromkeys((f"r{n}" for n in range(len(weights))), 0)
    for _ in range(25):
        granted = [grant(f"r{n}", w, 1000, recent=total[f"r{n}"]) for n, w in enumerate(weights)]
        for name, count in apportion(size, granted).items():
            total[name] += count
    ideal = [25 * size * weight / sum(weights) for weight in weights]
    assert all(abs(total[f"r{n}"] - part) < 2 for n, part in enumerate(ideal))


def test_single_messages_take_turns_by_weight() -> None:
    total = {"a": 0, "b": 0}
    turns = ""
    for _ in range(8):
        split = apportion(1, [grant(name, w, 1, recent=total[name]) for name, w in
                              (("a", 3), ("b", 1))])  # fmt: skip
        [name] = [name for name, count in split.items() if count]
        turns += name
        total[name] += 1
    assert sorted(turns) == sorted("aaabaaab")
    assert "bb" not in turns


def test_what_a_full_relay_cannot_take_goes_to_the_others() -> None:
    assert apportion(100, [grant("a", 3, 10), grant("b", 1, 500)]) == {"a": 10, "b": 90}
    assert apportion(100, [grant("a", 3, 0), grant("b", 1, 500)]) == {"a": 0, "b": 100}
    assert apportion(100, [grant("a", 1, 10), grant("b", 1, 20)]) == {"a": 10, "b": 20}


def test_a_relay_that_was_away_catches_up_slowly() -> None:
    split = apportion(100, [grant("a", 1, 1000, recent=6000), grant("b", 1, 1000, recent=0)])
    assert 20 <= split["a"] < split["b"] <= 80


def test_a_standby_works_only_when_no_other_relay_can() -> None:
    main, first, second = grant("main", 1, 5), grant("x", 0, 30), grant("a", 0, 30)
    assert apportion(50, [main, first, second]) == {"main": 5, "x": 0, "a": 0}
    assert apportion(50, [first, second]) == {"x": 30, "a": 20}  # in the order given
    probed = grant("main", 1, 1, probing=True)
    assert apportion(50, [probed, first]) == {"main": 1, "x": 30}


@pytest.mark.parametrize("granted", [[], [grant("a", 0, 0)], [grant("a", 1, 0)]])
def test_nothing_is_shared_out_where_nobody_can(granted: list[Grant]) -> None:
    assert sum(apportion(9, granted).values()) == 0


def test_urgent_mail_takes_the_relay_that_had_least_for_its_weight() -> None:
    found = in_order(
        [
            grant("probed", 5, 1, probing=True),
            grant("standby", 0, 9),
            grant("busy", 2, 9, recent=50),
            grant("idle", 1, 9, recent=3),
        ]
    )
    assert [one.relay.name for one in found] == ["idle", "busy", "standby", "probed"]
