"""The shop's images: uploads are checked and cleaned, and all renditions are made, at upload."""
