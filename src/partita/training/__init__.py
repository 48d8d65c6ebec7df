"""Training networks: a bank of stems and a TOML file in, weights and a model card out.

Needs torch, and is never imported by anything that only separates.
"""
