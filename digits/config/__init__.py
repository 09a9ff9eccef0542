"""params.yaml: its sections, one-line errors for what is wrong in it, and the runs that it asks for.

Public: `load_params` and `load_section` of `params`, `Recipe` of `recipes`, `Run` of `runs`. The sections of the gate
and of the studies are typed where they are used. Imports `core` alone.
"""
