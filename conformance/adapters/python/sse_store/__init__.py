"""A second, independent implementation of the specification, written from its text alone."""
