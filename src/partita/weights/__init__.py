"""The weights that come with Partita, read by the engines as package data."""
