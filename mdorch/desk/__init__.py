"""What every front may ask and propose: one look at page, journal and runs, and one way to change things."""
