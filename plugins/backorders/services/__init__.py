"""What back orders do: give out stock, follow shortages, request, fulfil, explain, verify."""
