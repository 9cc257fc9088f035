"""How the commands show what they found to a person: one file for each subject."""
