"""Sharing at work: the desks that give and take rights, links, guests, and who is here."""
