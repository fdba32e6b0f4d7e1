"""Who tells the truth about a rollout? The table of `make bench`, alone."""

from rehearsal.bench.peers.table import peers

if __name__ == "__main__":
    peers()
