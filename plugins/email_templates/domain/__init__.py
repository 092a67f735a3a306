"""Rules of e-mail: addresses, states, waiting times. Pure functions, no clock, no database."""
