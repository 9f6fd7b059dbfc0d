"""Several kernels on one scenario: their steps aligned and compared, and why they part."""
