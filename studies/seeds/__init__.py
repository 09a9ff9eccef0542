"""How much the results of a recipe depend on the seed. A sweep of plans/seeds.yaml trains."""
