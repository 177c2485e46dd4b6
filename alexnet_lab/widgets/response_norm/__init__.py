"""`ResponseNormExplorer`: local response normalisation: channels that inhibit their neighbours."""
