"""The shop's name, contact and email sender, which owners edit in the admin."""
