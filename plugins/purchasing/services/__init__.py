"""What purchasing does: orders, receipts, suppliers. Nothing here commits; the edge does."""
