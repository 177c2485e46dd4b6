"""`DropoutExplorer`: one mask, the mean over many, and what the test does instead."""
