"""The limits of an upload."""

# What a browser may send. A photo of a good camera, saved as JPEG, has 5 to 10 MB.
MAX_BYTES = 10 * 1024 * 1024
# The cameras of today's phones have up to 50 megapixels. A decoded pixel takes 4 bytes of memory.
MAX_PIXELS = 50_000_000
# Longest side, in pixels, of the image that is kept. The largest rendition is 1200 pixels wide.
MAX_SIDE = 2560
# Seconds of processor time, and seconds in all, that one upload may take to be decoded.
MAX_CPU_SECONDS = 10
MAX_SECONDS = 20
