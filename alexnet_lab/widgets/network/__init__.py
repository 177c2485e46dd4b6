"""`NetworkExplorer`: whole networks at any input size: shapes, parameters, work, memory."""
