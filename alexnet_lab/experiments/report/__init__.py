"""What the records say: verdicts, the ledger page, what chapters show."""
