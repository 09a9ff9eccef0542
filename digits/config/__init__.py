"""params.yaml, typed: what it may hold, in one line what is wrong with it, and which models it asks for.

Public: `load_params` and `load_section` of `params`, `Recipe` of `recipes`, `Run` of `runs`. The sections of the gate
and of the studies are typed where they are used. Imports `core` alone.
"""
