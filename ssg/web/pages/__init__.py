"""The pages, one file each: layout and wiring only; what they show and take in is in the views."""
