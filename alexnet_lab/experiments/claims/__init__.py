"""The experiments themselves, a module a row of the ledger."""
