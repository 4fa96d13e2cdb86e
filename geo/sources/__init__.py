"""One file per provider: its file names and columns appear here and nowhere above."""
