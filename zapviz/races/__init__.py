"""Every interleaving of two or three CPUs, explored, reduced and replayed."""
