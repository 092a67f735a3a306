"""Screens of sales: Manage orders, the order page, the new order, customers."""
