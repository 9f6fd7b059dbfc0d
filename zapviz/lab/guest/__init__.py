"""The virtual machine: kernels, their images, and the program that runs inside."""
