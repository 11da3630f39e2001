// Replaced by the storey's own files.
