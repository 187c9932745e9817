"""What the product decides about mail, as pure functions: no ORM and no network."""
