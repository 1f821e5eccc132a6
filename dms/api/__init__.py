"""The JSON edge: what scanner stations and other programs ask and do, by bearer token."""
