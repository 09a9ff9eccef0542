"""How much the results of a recipe depend on the seed. The trainings themselves are run by `apps.seeds`."""
