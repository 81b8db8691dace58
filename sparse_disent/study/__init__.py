"""Studies: many models as data, trained and scored by one command."""
