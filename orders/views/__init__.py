"""HTTP for the till: each view reads, calls one function, and answers."""
