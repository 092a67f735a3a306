"""Rules of e-mail: states and waiting times. Pure functions, no clock, no database."""
