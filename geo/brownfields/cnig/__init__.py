"""The CNIG Friches standard: its fields, what a file must keep, and the files that we write."""
