"""The rules of back orders: who gets the stock, and what the answer is called."""
