"""Several kernels on one scenario: aligned, compared, and asked why they part."""
