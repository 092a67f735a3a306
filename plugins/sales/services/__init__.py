"""What sales does: orders, lines, shipping and payments. Services flush, the edge commits."""
