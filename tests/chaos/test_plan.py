"""The plan of a round follows from its seed, and leaves nothing out."""

import pytest
from hypothesis import given, strategies as st

from chaos.plan import Blow, Part, make_plan

PARTS: tuple[Part, ...] = ("api", "worker-1", "worker-2", "temporal", "database")


def plan(seed: int, kills: int = 20, *, with_disk: bool = True) -> tuple[Blow, ...]:
    return make_plan(seed, seconds=60, kills=kills, parts=PARTS, with_disk=with_disk)


def test_a_seed_makes_the_same_plan_again():
    assert plan(7) == plan(7)
    assert plan(7) != plan(8)


@given(seed=st.integers(0, 10**6), kills=st.integers(1, 400))
def test_every_part_is_killed_alone_and_all_at_once_and_often_enough(seed: int, kills: int):
    blows = plan(seed, kills)
    killed = [set(blow.parts) for blow in blows if blow.kind == "kill"]

    assert sum(map(len, killed)) >= kills
    assert all({part} in killed for part in PARTS)
    assert set(PARTS) in killed
    assert [blow.at for blow in blows] == sorted(blow.at for blow in blows)
    assert all(0 <= blow.at <= 60 for blow in blows)


@pytest.mark.parametrize("with_disk", [True, False])
def test_there_is_one_of_every_other_blow(with_disk: bool):
    kinds = {blow.kind for blow in plan(7, with_disk=with_disk)}

    assert kinds == {"kill", "pause", "skew"} | ({"fill"} if with_disk else set())


def test_a_paused_worker_misses_the_end_of_its_task():
    assert all(blow.seconds > 10 for blow in plan(7) if blow.kind == "pause")
