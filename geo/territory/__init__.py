"""The territory itself: its communes and their intercommunalities."""
