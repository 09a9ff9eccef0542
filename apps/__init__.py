"""What people start by hand."""
