"""The basis of all other packages; it knows nothing about schools."""
