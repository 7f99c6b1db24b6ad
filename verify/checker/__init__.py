"""The small checker of proofs. It shares no code with the search for them (`verify.exact`, `derivations`)."""
