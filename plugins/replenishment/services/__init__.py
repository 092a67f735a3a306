"""What replenishment does: load, ask the domain, write, publish; the edge commits."""
