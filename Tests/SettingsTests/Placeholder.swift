// Replaced by the storey's own tests.
