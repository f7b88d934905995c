"""200 malformed files and 200 hostile texts, through the command line and through the app over HTTP."""
