"""`swiftcorn image build`: an OCI image of an application, with no Docker, daemon or root."""
