"""A shop's folder that an import writes or updates: nothing is lost, and nothing written by half."""

import errno
import shutil
from contextlib import ExitStack
from pathlib import Path

import pytest

from recommender.__main__ import main
from recommender.errors import RecommenderError
from recommender.orders.amazon_sports import SEQUENCES, TITLES
from recommender.orders.importing import import_orders
from recommender.shop.csv_output import CsvOutput
from recommender.shop.folder import Shop
from recommender.shop.lock import lock_content
from recommender.shop.purchases import read_orders
from tests.support.orders import read_rows


def test_a_folder_that_has_an_inventory_is_not_overwritten_and_an_unusable_file_leaves_none(bring, tmp_path):
    shop, _ = bring("order,sku\n1,A\n")
    with pytest.raises(RecommenderError, match=r"has an inventory.csv already"):
        import_orders([tmp_path / "orders.csv"], shop, {})
    with pytest.raises(RecommenderError, match=r"no line can be used.*orders.csv, line 2: "):
        bring("order,sku\n,A\n")
    assert len(list(tmp_path.iterdir())) == 2


@pytest.fixture
def import_meanwhile(tmp_path):
    """Import an export with two lines, and do something else after its lines are read."""

    def run(shop, meanwhile, update=False):
        source = tmp_path / "meanwhile.csv"
        source.write_text("order,sku,title\n1,A,Saw\n1,B,Rake\n", "utf-8")
        return import_orders([source], shop, {}, update=update, progress=lambda lines: meanwhile())

    return run


def test_a_folder_that_another_import_is_writing_is_left_alone(import_meanwhile, tmp_path):
    shop = Shop(tmp_path / "shop")
    with ExitStack() as stack, pytest.raises(RecommenderError, match=r"Another run is writing .*shop"):
        import_meanwhile(shop, lambda: stack.enter_context(lock_content(shop.folder)))
    assert not list(shop.folder.iterdir())
    import_meanwhile(shop, lambda: None)
    assert {path.name for path in shop.folder.iterdir()} == {"inventory.csv", "purchases.csv"}


def test_a_shop_that_another_import_has_written_meanwhile_is_not_overwritten(bring, import_meanwhile):
    shop, _ = bring("order,sku\n1,A\n")
    inventory, purchases = shop.inventory.read_bytes(), shop.purchases.read_bytes()
    other = Shop(shop.folder.with_name("other"))
    with pytest.raises(RecommenderError, match=r"has an inventory.csv already"):
        import_meanwhile(other, lambda: shutil.copytree(shop.folder, other.folder))
    assert (other.inventory.read_bytes(), other.purchases.read_bytes()) == (inventory, purchases)


def test_an_inventory_that_its_owner_edits_during_an_update_keeps_the_edit(bring, import_meanwhile):
    shop, _ = bring("order,sku,title\n1,A,Saw\n")
    import_meanwhile(shop, lambda: shop.inventory.write_text("id,name\nA,Fine Saw\n", "utf-8"), update=True)
    assert read_rows(shop.inventory) == [("A", "Fine Saw"), ("B", "Rake")]


def test_purchases_from_elsewhere_are_replaced_only_by_an_update(bring, tmp_path):
    bring("order,sku\n1,A\n")
    shop = Shop(tmp_path)
    shop.purchases.write_text("purchased,next\nA,B\n", "utf-8")
    with pytest.raises(RecommenderError, match=r"has a purchases.csv already.*--update"):
        import_orders([tmp_path / "orders.csv"], shop, {})
    assert read_rows(shop.purchases) == [("A", "B")]
    import_orders([tmp_path / "orders.csv"], shop, {}, update=True)
    assert read_rows(shop.purchases) == [("A", "")]


@pytest.mark.parametrize("name", ["purchases.csv", "inventory.csv"])
@pytest.mark.parametrize("update", [False, True])
def test_an_export_is_never_written_over(tmp_path, monkeypatch, name, update):
    text = "order,sku,title,name\n1,A,Saw,Saw\n"
    (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "link.csv").symlink_to(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    for source in (name, "link.csv"):
        with pytest.raises(RecommenderError, match=f"{source} would be overwritten by the {name} of the shop"):
            import_orders([Path(source)], Shop(tmp_path), {}, update=update)
    assert (tmp_path / name).read_text("utf-8") == text and len(list(tmp_path.iterdir())) == 2


def test_an_update_keeps_the_inventory_and_adds_what_is_new(bring, tmp_path):
    shop, _ = bring("order,sku,title,category\n1,A 1,Saw,Tools\n1,B,Rake,Garden\n1,C,Hoe,Garden\n")
    kept = "id,en,fr,kind,sku\nB,Garden Rake,Râteau,rake,\nA-1,Saw,Scie,saw,A 1\n"  # as its owner went on with it
    shop.inventory.write_text(kept, "utf-8")
    later = "order,sku,title,category\n1,a 1,SAW,T\n1,B,Rake,G\n2,D,Axe,T\n2,,saw,\n"
    (tmp_path / "next.csv").write_text(later, "utf-8")
    with pytest.raises(RecommenderError, match="--update"):
        import_orders([tmp_path / "next.csv"], shop, {})
    report = import_orders([tmp_path / "next.csv"], shop, {}, update=True)
    assert read_rows(shop.inventory) == [
        ("B", "Garden Rake", "Râteau", "rake", "", ""),
        ("A-1", "Saw", "Scie", "saw", "A 1", ""),
        ("D", "Axe", "", "", "", "T"),
    ]
    assert read_rows(shop.purchases) == [("A-1;B", ""), ("D;A-1", "")]
    assert (report.products, report.new) == (3, 1)


def test_an_update_keeps_columns_without_names(bring, tmp_path):
    shop, _ = bring("order,sku\n1,A\n")
    shop.inventory.write_text(",id,,name,,kind\n1,A,2,Saw,3,saw\n,,,,,\n,,,,,\n", "utf-8")
    import_orders([tmp_path / "orders.csv"], shop, {}, update=True)
    assert shop.inventory.read_text("utf-8-sig").splitlines() == [",id,,name,,kind", "1,A,2,Saw,3,saw"]


def test_an_update_finds_the_products_of_a_list_of_names_and_notes_their_skus(bring, tmp_path):
    shop, _ = bring("order,sku\n1,A\n")
    shop.inventory.write_text("name,fr,kind\nSaw,Scie,saw\nRake,,\n", "utf-8")
    (tmp_path / "next.csv").write_text("order,sku,title\n1,S-1,Scie\n1,R 1,RAKE\n2,R 2,Rake\n2,R 1,Rake\n", "utf-8")
    for _ in range(2):
        report = import_orders([tmp_path / "next.csv"], shop, {}, update=True)
        assert read_rows(shop.inventory) == [
            ("saw", "Saw", "Scie", "saw", "S-1"),
            ("rake", "Rake", "", "", "R 1"),  # of two products with its title, the one that sells best
            ("R-2", "Rake (R-2)", "", "", "R 2"),
        ]
        assert read_rows(shop.purchases) == [("saw;rake", ""), ("R-2;rake", "")]
        assert report.rewritten == 2
    assert report.new == 0


def test_an_update_finds_the_products_of_an_import_without_skus_and_notes_their_skus(bring, tmp_path):
    shop, _ = bring("order,title\n1,Saw\n1,Rake\n2,Saw\n")
    (tmp_path / "next.csv").write_text("order,sku,title\n1,,Saw\n1,R-1,Rake\n2,S-1,Saw\n3,S-2,Saw\n3,S-1,\n", "utf-8")
    for _ in range(2):
        import_orders([tmp_path / "next.csv"], shop, {}, update=True)
        assert read_rows(shop.inventory) == [
            ("saw", "Saw", "", "S-1"),
            ("rake", "Rake", "", "R-1"),
            ("S-2", "Saw (S-2)", "", ""),
        ]
        assert read_rows(shop.purchases) == [("saw;rake", ""), ("saw", ""), ("S-2;saw", "")]


def test_an_update_gives_no_product_the_sku_of_another_one_with_its_title(bring, tmp_path):
    shop, _ = bring("order,sku,title\n1,shirt-1,Shirt\n1,R,Rake\n")  # the first SKU could be made from its title
    later = [["shirt-7"], ["shirt-1", "shirt-7"], ["shirt-7"]]
    for skus in later:
        lines = [f"{n},{sku},Shirt" for n, sku in enumerate(skus)]
        (tmp_path / "next.csv").write_text("\n".join(["order,sku,title", *lines]), "utf-8")
        import_orders([tmp_path / "next.csv"], shop, {}, update=True)
        assert [id_ for id_, *_ in read_rows(shop.inventory)] == ["shirt-1", "R", "shirt-7"]
        assert read_rows(shop.purchases) == [(sku, "") for sku in skus]


def test_an_update_finds_products_whose_ids_were_cut(bring, tmp_path):
    titles = [f"{'very long ' * 7}{colour}" for colour in ("red", "blue")]
    shop, _ = bring("\n".join(["order,title", *(f"1,{title}" for title in titles)]))
    ids = [item.id for item in shop.load_catalog()]
    for written in ("", "names alone"):
        if written:  # with ids that are longer than one may be written
            names = [item.name("en") for item in shop.load_catalog()]
            shop.inventory.write_text("\n".join(["name", *names]), "utf-8")
            ids = [item.id for item in shop.load_catalog()]
        lines = [f"1,N-{n},{title}" for n, title in enumerate(titles)]
        (tmp_path / "next.csv").write_text("\n".join(["order,sku,title", *lines]), "utf-8")
        for _ in range(2):
            import_orders([tmp_path / "next.csv"], shop, {}, update=True)
            assert [(item.id, item.sku) for item in shop.load_catalog()] == [(ids[0], "N-0"), (ids[1], "N-1")]


def test_an_update_reads_an_id_without_the_spaces_around_it(bring, tmp_path):
    shop, _ = bring("order,sku,title\n1,R,Rake\n")
    shop.inventory.write_text('id,name\n" saw ",Saw\nR,Rake\n', "utf-8")
    (tmp_path / "next.csv").write_text("order,sku,title\n1,S-1,Saw\n1,saw,\n1,R,\n", "utf-8")
    import_orders([tmp_path / "next.csv"], shop, {}, update=True)
    assert read_rows(shop.purchases) == [("S-1;saw;R", "")]


def test_an_update_finds_a_sku_that_was_stored_with_an_invisible_sign(bring, tmp_path):
    shop, _ = bring("order,sku,title\n1,A\ue000,Saw\n")
    shop.inventory.write_text("id,name,sku\nA-1,Saw,A\ue000\n", "utf-8")
    report = import_orders([tmp_path / "orders.csv"], shop, {}, update=True)
    assert read_rows(shop.inventory) == [("A-1", "Saw", "A\ue000")] and report.new == 0
    assert read_rows(shop.purchases) == [("A-1", "")]


def test_the_shoppers_of_a_paper_are_updated_like_any_shop(tmp_path, capsys):
    (tmp_path / SEQUENCES).write_text("A1 B00X B00Y\n", "utf-8")
    (tmp_path / TITLES).write_text("B00X title: Racket\nB00Y title: Bottle\n", "utf-8")
    command = ["import", "amazon-sports", "--from", str(tmp_path), "--output", str(tmp_path / "shop")]
    assert main(command) == 0
    with pytest.raises(SystemExit, match="2"):
        main(command)
    assert "add to it with --update" in capsys.readouterr().err
    assert main([*command, "--update"]) == 0
    assert "Products: 2; new: 0." in capsys.readouterr().out


def test_an_update_changes_no_cell_of_the_inventory(bring, tmp_path):
    shop, _ = bring("order,sku,title\n1,A,Saw\n")
    kept = "EN,Note,SKU,Id\n@Home Lamp, =ask Ann,,A\n-20V Drill,-,-20V,\n"
    shop.inventory.write_text(kept, "utf-8")
    (tmp_path / "next.csv").write_text("order,sku,title\n1,A,Lamp\n1,-20V,Drill\n1,+9V x,Pump\n2,+9V x,Pump\n", "utf-8")
    for _ in range(2):
        report = import_orders([tmp_path / "next.csv"], shop, {}, update=True)
        assert shop.inventory.read_text("utf-8-sig").splitlines() == [
            "EN,Note,SKU,Id",
            "@Home Lamp, =ask Ann,,A",
            "-20V Drill,-,-20V,20v-drill",  # an id that its owner left out
            "Pump,,'+9V x,9V-x",  # what is new runs in no spreadsheet
        ]
        assert read_rows(shop.purchases) == [("A;20v-drill;9V-x", ""), ("9V-x", "")]
    assert report.new == 0 and shop.load_catalog()["9V-x"].sku == "+9V x"


def test_a_purchase_of_what_is_no_longer_sold_does_not_spoil_its_order(bring):
    shop, _ = bring("order,sku,title\n1,A,Saw\n1,B,Rake\n1,C,Hoe\n2,C,Hoe\n")
    shop.inventory.write_text("id,en\nA,Saw\nB,Rake\n", "utf-8")
    refused, order, alone = read_orders(shop.purchases, shop.load_catalog())
    assert refused.line == order.line == 2 and refused.reason == 'Not in the inventory, and left out: "C".'
    assert order.ids == ["A", "B"] and alone.reason.startswith('Unknown item "C"')


def test_an_import_that_was_interrupted_can_be_repeated(bring, tmp_path, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("recommender.orders.importing._write_purchases", stop)
        source = tmp_path / "export.csv"
        source.write_text("order,title\n1,Saw\n1,Rake\n", encoding="utf-8")
        assert main(["import", str(source), "--output", str(tmp_path / "shop")]) == 130
    assert main(["import", str(source), "--output", str(tmp_path / "shop")]) == 0
    assert len(Shop.open(tmp_path / "shop").load_catalog()) == 2


@pytest.fixture
def kill_between_the_files():
    """Leave what an import leaves that is killed when it has replaced the purchases, and not yet the inventory."""

    def run(shop, source, update=False):
        before = shop.inventory.read_bytes() if update else None
        import_orders([source], shop, {}, update=update)
        shop.inventory.rename(shop.folder / "inventory.csv.part")
        (shop.folder / "inventory.csv.part.json").write_text("null", "utf-8")
        (shop.folder / "write.lock").touch()
        if before is not None:
            shop.inventory.write_bytes(before)

    return run


@pytest.mark.parametrize("update", [False, True])
def test_an_import_that_was_killed_between_its_files_can_be_repeated(bring, tmp_path, kill_between_the_files, update):
    shop, _ = bring("order,sku,title\n1,A,Saw\n")
    source = tmp_path / "next.csv"
    source.write_text("order,sku,title\n1,A,Saw\n1,B,Rake\n", "utf-8")
    shop = shop if update else Shop(tmp_path / "new")
    kill_between_the_files(shop, source, update)
    import_orders([source], shop, {}, update=update)
    assert read_rows(shop.purchases) == [("A;B", "")] and len(shop.load_catalog()) == 2
    assert {path.name for path in shop.folder.iterdir()} == {"inventory.csv", "purchases.csv"}


@pytest.mark.parametrize("update", [False, True])
@pytest.mark.parametrize("fails", ["inventory.csv", "purchases.csv"])
def test_a_full_disk_leaves_a_shop_as_it_was(bring, tmp_path, monkeypatch, capsys, update, fails):
    shop, _ = bring("order,sku,title\n1,A,Saw\n")
    (tmp_path / "next.csv").write_text("order,sku,title\n1,B,Rake\n", "utf-8")
    shop = shop if update else Shop(tmp_path / "new")
    before = {path.name: path.read_bytes() for path in shop.folder.iterdir()} if update else {}
    write = CsvOutput.write

    def fill(output, *arguments, **options):
        write(output, *arguments, **options)
        if fails in str(output._file.name):
            raise OSError(errno.ENOSPC, "No space left on device", output._file.name)

    monkeypatch.setattr(CsvOutput, "write", fill)
    command = ["import", str(tmp_path / "next.csv"), "--output", str(shop.folder), *["--update"][:update]]
    with pytest.raises(SystemExit, match="2"):
        main(command)
    assert f"{fails}.part cannot be read or written: No space left on device.\n" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in shop.folder.iterdir()} == before
