"""What inventory does for others: stock, adjustments, transfers, pegs and the catalogue."""
