"""What the town does with an incoming invoice, from receipt to hand-over."""
