"""Reads the Northwind sample tables and makes them products, suppliers, customers and orders."""
