"""What is printed on parcels."""
