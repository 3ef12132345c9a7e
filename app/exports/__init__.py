"""What leaves the site on paper or as a file: prints, spreadsheets, the evening pack."""
