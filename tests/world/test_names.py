from hypothesis import given
from hypothesis import strategies as st

from mdorch.world.names import LIMIT, safe_name, unsafe_name

ids = st.text(max_size=40) | st.text(alphabet="aAbB.-_~%/1 é", max_size=12)


@given(ids)
def test_a_name_leads_back_to_its_id(text: str) -> None:
    name = safe_name(text)
    assert len(name) <= LIMIT
    assert name[0] not in ".-"
    assert "/" not in name
    assert "\0" not in name
    assert name.isascii()
    if "~h" not in name:
        assert unsafe_name(name) == text


@given(ids, ids)
def test_names_differ_even_where_case_does_not_count(one: str, other: str) -> None:
    assert (one == other) == (safe_name(one).lower() == safe_name(other).lower())


@given(st.text(alphabet="aAbB", min_size=1, max_size=6))
def test_ids_that_differ_in_case_alone_get_different_names(text: str) -> None:
    assert safe_name(text).lower() != safe_name(text.swapcase()).lower()


def test_usual_ids_stay_as_they_are() -> None:
    assert safe_name("TEST-001.2") == "TEST-001.2"
    assert safe_name("1.1.1") == "1.1.1"


def test_long_ids_are_cut_but_stay_apart() -> None:
    one, other = safe_name("é" * 500), safe_name("é" * 501)
    assert one != other
    assert len(one) <= LIMIT
    assert unsafe_name(one) is None


def test_names_that_nobody_made_are_refused() -> None:
    for name in ("abc", "a~l~l", "%zz", "%41", "T~1", "~"):
        assert unsafe_name(name) is None


def test_bytes_that_are_not_text_survive() -> None:
    assert unsafe_name(safe_name("T\udcff")) == "T\udcff"
