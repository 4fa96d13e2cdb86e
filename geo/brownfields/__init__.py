"""Brownfields (friches): disused sites, and how sure it is that they are."""
