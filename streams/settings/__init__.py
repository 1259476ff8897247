"""Every default, here and nowhere else."""
