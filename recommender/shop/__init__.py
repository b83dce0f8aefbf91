"""The shop: items, the catalog that holds them, and what a shopper means by a text."""
