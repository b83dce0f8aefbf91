"""What was sold, and what was bought together, is counted, stored and read again."""

import numpy as np
import pytest

from recommender.errors import CatalogError
from recommender.shop.co_purchase import CoPurchases, KnnSettings
from recommender.shop.folder import Shop

BASKETS = ["ab", "ab", "ac", "bcd", "d", "ab"]
IN_TIME = KnnSettings(0.5, 0.25, 0.0, distance=0.5, backward=0.25)


def test_pairs_and_sales_are_counted_once_a_basket():
    counts = CoPurchases.count("abcde", ["aab", *BASKETS[1:], "xy"])
    assert counts.sold.tolist() == [4, 4, 2, 2, 0]
    assert counts.together.toarray().tolist() == [
        [0, 3, 1, 0, 0],
        [3, 0, 1, 1, 0],
        [1, 1, 0, 1, 0],
        [0, 1, 1, 0, 0],
        [0, 0, 0, 0, 0],
    ]


def test_in_order_of_time_near_pairs_and_later_products_count_more():
    counts = CoPurchases.count("abcd", ["abcb", "ca"], IN_TIME)
    near, far = 1.0, 2**-0.5
    assert counts.sold.tolist() == [2, 1, 2, 0]
    assert np.allclose(
        counts.together.toarray(),
        [
            [0, near, far + 0.25 * near, 0],  # c came two after a once, and right before a once
            [0.25 * near, 0, near, 0],
            [0.25 * far + near, 0.25 * near, 0, 0],
            [0, 0, 0, 0],
        ],
    )


def test_baskets_are_added_without_those_before(tmp_path):
    CoPurchases.count("abcd", BASKETS[:3]).save(tmp_path / "index.npz")
    counts = CoPurchases.load(tmp_path / "index.npz").add(BASKETS[3:])
    whole = CoPurchases.count("abcd", BASKETS)
    assert (counts.sold == whole.sold).all() and (counts.together != whole.together).nnz == 0
    assert counts.settings == whole.settings and counts.ids == whole.ids


def test_an_inventory_may_change_after_the_counting():
    counts = CoPurchases.count("abcd", BASKETS).select("exca")
    assert counts.sold.tolist() == [0, 0, 2, 4]
    assert counts.together.toarray()[2:, 2:].tolist() == [[0, 1], [1, 0]]


@pytest.mark.parametrize("content", [b"", b"PK", b"no index"])
def test_a_damaged_index_is_refused(tmp_path, content):
    path = tmp_path / "retrieval.npz"
    path.write_bytes(content)
    with pytest.raises(CatalogError, match=r"create it again with train --shop"):
        CoPurchases.load(path)


def test_an_index_with_a_damaged_byte_is_refused_unless_it_can_be_read(tmp_path):
    path = tmp_path / "retrieval.npz"
    CoPurchases.count("abcde", BASKETS).save(path)
    whole = path.read_bytes()
    refused = 0
    for place in range(0, len(whole), 3):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            CoPurchases.load(path)
        except CatalogError:
            refused += 1
    assert refused > len(whole) / 3 / 2


def test_the_index_of_a_shops_folder_is_used(tmp_path):
    (tmp_path / "inventory.csv").write_text("id,name\na,Saw\nb,Rake\nc,Hoe\n", encoding="utf-8")
    assert Shop.open(tmp_path).load_catalog().item_knn is None
    CoPurchases.count("abc", ["ac", "ac", "ab"]).save(tmp_path / "retrieval.npz")
    shop = Shop.open(tmp_path).load_catalog()
    assert [item.id for item in shop.candidates([shop["a"]])] == ["c", "b"]
    assert [item.id for item in shop.extended(["Axe"]).candidates([shop["a"]])] == ["c", "b", "axe"]
