"""Which liberties the compiler may take with floating-point arithmetic."""

# Sums may be added in several lanes at once. NaN and infinity keep their meaning, and the order of additions is fixed
# when the kernel is compiled: it depends neither on the data nor on the number of threads.
SUMS = {"reassoc", "contract"}
