"""What Pegboard costs, measured against bare floors: `make bench`, docs/reference/performance.md.

Everything is a ratio of two things done in the same minute by the same process: machines differ and
are busy with other work, so a time alone says little. "CPU" is the client process plus its database
backends, from the kernel's accounting.
"""
