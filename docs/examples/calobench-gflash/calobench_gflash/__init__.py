"""A parametrised electromagnetic shower, after G. Grindhammer and S. Peters, hep-ex/0001020."""
