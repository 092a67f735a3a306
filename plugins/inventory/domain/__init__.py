"""Rules a storekeeper could check with a pencil: quantities, prices, transfers, pegs, places."""
