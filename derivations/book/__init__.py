"""Derivations for people: how they are made of checked steps, and the library that holds them."""
