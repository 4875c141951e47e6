"""How what can be descoped is written in one text."""

import pytest

from rulebook.engine.scope.scope import Item
from rulebook.engine.scope.scope_refusals import ItemMalformed


@pytest.mark.parametrize("text", ["4.2", ":4.2", "service-request:", ""])
def test_an_item_is_written_as_its_kind_and_its_name(text: str) -> None:
    assert Item.of("service-request:4.2:CV1-OD") == Item("service-request", "4.2:CV1-OD")
    with pytest.raises(ItemMalformed, match="Write kind:item"):
        Item.of(text)
