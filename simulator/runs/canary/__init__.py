"""Whether a rollout tells bad AMIs from good ones in time: drawn AMIs of both kinds, and what is measured of them."""
