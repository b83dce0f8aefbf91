"""Import of a shop system's export of orders: which column holds what, what counts as sold, and as which product."""
