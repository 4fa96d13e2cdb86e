"""Signage: what stands where, and in what state."""
