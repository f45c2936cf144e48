"""The Merkle tree against the published test vectors of Certificate Transparency and against pymerkle; signed notes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from consult.events.keys import load_keys, signed_note, verify_note
from consult.events.merkle import inclusion_proof, root, verify_inclusion

#: Leaves and roots of the reference implementation's tests (certificate-transparency, merkle_tree_test.cc).
LEAVES = [
    bytes.fromhex(h)
    for h in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


@pytest.mark.parametrize("size", range(1, 9))
def test_the_root_is_that_of_the_published_vectors(size: int) -> None:
    assert root(LEAVES[:size]).hex() == ROOTS[size - 1]


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=40))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_the_root_is_pymerkles(leaves: list[bytes]) -> None:
    assert root(leaves) == InmemoryTree.init_from_entries(leaves, algorithm="sha256").get_root()


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=24), st.data())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_a_leaf_is_proved_in_its_place_and_no_other(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    proof, top = inclusion_proof(index, leaves), root(leaves)
    assert verify_inclusion(leaves[index], index, len(leaves), proof, top)
    assert not verify_inclusion(leaves[index] + b"!", index, len(leaves), proof, top)
    assert not verify_inclusion(leaves[index], index, len(leaves), proof, root([*leaves, b"more"]))
    assert not verify_inclusion(leaves[index], len(leaves), len(leaves), proof, top)


def test_a_signed_note_is_read_with_its_key_only(tmp_path: Path) -> None:
    signer, other = (load_keys(tmp_path / folder / "key").held()[0] for folder in "ab")
    note = signed_note("consult/instance\n3\nroot\n", signer)
    assert verify_note(note, signer.name, signer.public) == "consult/instance\n3\nroot\n"
    for forged, key in (
        (note, other.public),
        (note.replace("\n3\n", "\n4\n"), signer.public),
        ("text\n", signer.public),
    ):
        with pytest.raises(ValueError, match="not signed by this key"):
            verify_note(forged, signer.name, key)


def test_the_key_is_made_once_and_is_the_owners_alone(tmp_path: Path) -> None:
    first, again = load_keys(tmp_path / "key").held(), load_keys(tmp_path / "key").held()
    assert ([one.public for one in first], len(first)) == ([one.public for one in again], 1)
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
