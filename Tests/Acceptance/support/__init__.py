"""What the acceptance tests are written with; each module reads as a part of the specification."""
