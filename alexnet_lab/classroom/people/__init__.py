"""Who is who, when they handed in, and what a person gave: read, and never written here."""
