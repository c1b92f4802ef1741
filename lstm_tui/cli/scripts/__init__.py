"""What is done with scripts: recordings, pages, lessons."""
