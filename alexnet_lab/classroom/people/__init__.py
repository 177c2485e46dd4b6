"""The people of a course, when they handed in, and what a person gave: read, never written here."""
