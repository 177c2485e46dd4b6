"""The training bench: small nets that race, in a page or in a kernel, on the same batches."""
