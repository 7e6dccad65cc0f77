"""What goes through a net's layers, and what to write where one fails."""
