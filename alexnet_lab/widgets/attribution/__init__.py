"""`AttributionExplorer`: two maps of importance over one photograph, and how alike they are."""
