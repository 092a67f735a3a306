"""A believable demo business: stores in two towns, suppliers, and orders in every state."""
